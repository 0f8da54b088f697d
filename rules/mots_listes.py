"""The words of the closed lists: roles, recipients, natures of aid, units, kinds of structures, of answers, of files.

One table per list; a name without words fails a test that names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.mot import Mot


@dataclass(frozen=True)
class MotRole:
    """A role: its name with the article, what one person of it is, who that is, and how each of them is told apart."""

    nom: str
    titre: str
    definition: str
    chacun: str = "chacun pour ce qui le concerne"


ROLES: Final[dict[str, MotRole]] = {
    "porteur": MotRole("le porteur", "porteur", "la structure qui porte le projet, et son correspondant"),
    "accompagnateur": MotRole(
        "l’accompagnateur", "accompagnateur", "la structure qui aide le porteur à étudier et à monter le projet"
    ),
    "agent": MotRole(
        "l’équipe de l’organisme", "équipe de l’organisme", "les personnes qui conduisent l’appel pour l’organisme"
    ),
    "evaluateur": MotRole("les évaluateurs", "évaluateur", "les personnes à qui le dossier est confié pour être noté"),
    "membre_comite": MotRole("le comité", "membre du comité", "les personnes qui siègent au comité et délibèrent"),
    "financeur": MotRole("le financeur", "financeur", "la structure qui apporte une enveloppe à la campagne"),
    "consulte": MotRole(
        "les personnes consultées",
        "personne consultée",
        "les personnes ou services à qui un avis est demandé",
        "chacune pour ce qui la concerne",
    ),
    "systeme": MotRole("le moteur", "moteur", "le logiciel, quand une règle s’applique d’elle-même"),
}

# To whom a courriel goes.
DESTINATAIRES: Final[dict[str, str]] = {
    "porteur": "au porteur",
    "accompagnateur": "à l’accompagnateur",
    "agents": "à l’équipe de l’organisme",
    "evaluateurs": "aux évaluateurs du dossier",
    "evaluateurs_sollicites": "aux évaluateurs nouvellement sollicités",
    "membres_comite": "aux membres du comité",
    "financeurs": "aux financeurs",
    "invites": "aux personnes invitées",
    "consultes": "aux personnes consultées",
    "consultes_sollicites": "aux personnes nouvellement consultées",
    "partenaires": "aux partenaires",
    "accompagnateurs_region": "aux accompagnateurs de la région",
    "acteur": "à la personne qui agit",
    "reclamant": "à l’auteur de la réclamation",
}

NATURES: Final[dict[str, str]] = {
    "aide_etude": "l’aide à l’étude",
    "aide_projet": "l’aide au projet",
    "participation": "la participation",
}

BASES: Final[dict[str, str]] = {"HT": "hors taxes (HT)", "TTC": "toutes taxes comprises (TTC)"}

HORS_PHASE: Final = "À tout moment"  # the états that belong to no phase

SUJETS: Final[dict[str, Mot]] = {
    "dossier": Mot("le dossier"),
    "reclamation": Mot("la réclamation", "f"),
}

# What is paid, after « Ordonne le versement ».
MOTIFS: Final[dict[str, str]] = {
    "acompte": "de l’acompte",
    "intermediaire": "d’un acompte intermédiaire",
    "solde": "du solde",
    "unique": "en une fois",
}

TYPES_DE_CHAMP: Final[dict[str, str]] = {
    "texte": "texte court",
    "texte_long": "texte",
    "entier": "nombre entier",
    "euros": "montant en euros",
    "taux": "pourcentage",
    "date": "date",
    "choix": "choix",
    "booleen": "oui ou non",
    "point": "point sur une carte",
}

UNITES: Final[dict[str, str]] = {
    "euros": "euros",
    "taux": "pourcentage",
    "points": "points de note",
    "jours": "jours",
    "jours_ouvres": "jours ouvrés",
    "mois": "mois",
    "nombre": "nombre",
    "metres": "mètres",
}

# Who a grant is paid to, beyond the roles.
BENEFICIAIRES: Final[dict[str, str]] = {
    "porteur": "le porteur",
    "accompagnateur": "la structure de l’accompagnateur",
    "societe_projet": "la société de projet",
}

# What a quota counts by.
CHAMPS_DE_QUOTA: Final[dict[str, str]] = {"region": "région", "territoire": "quartier", "axe": "axe"}

# What parts two dossiers of the same score, in the order tried.
DEPARTAGES: Final[dict[str, str]] = {
    "note_critere": "la note du critère",
    "depot": "la date du dépôt, le plus ancien d’abord",
    "montant": "le montant demandé, le plus faible d’abord",
    "cout": "le coût du projet, le plus faible d’abord",
    "numero": "le numéro du dossier",
}

# Which way an indicator is meant to go.
SENS: Final[dict[str, str]] = {"hausse": "doit augmenter", "baisse": "doit baisser", "suivi": "est suivi"}

NON_APPLICABLE: Final[dict[str, str]] = {
    "redistribuer": "son poids est réparti entre les autres critères",
    "zero": "il compte comme la note la plus basse",
    "interdit": "ce n’est pas admis : tout critère est noté",
}

# What a text of the context may be, by the table `Mot.valeurs` names; the other tables are lists of the règlement.
VALEURS: Final[Mapping[str, Mapping[str, str]]] = {
    "structures": {
        "collectivite": "une collectivité",
        "organisme_hlm": "un organisme HLM",
        "association": "une association",
        "accompagnateur": "un accompagnateur",
        "entreprise": "une entreprise",
        "etat": "un service de l’État",
        "financeur": "un financeur",
        "amenageur": "un aménageur",
        "recherche": "un organisme de recherche",
        "formation": "un organisme de formation",
        "habitants": "un groupe d’habitants",
        "autre": "une autre structure",
    },
    "territoires": {
        "QPV": "un quartier prioritaire de la politique de la ville (QPV)",
        "NPNRU": "un quartier du nouveau programme national de renouvellement urbain (NPNRU)",
        "autre": "un autre territoire",
    },
    "bases": {"HT": "hors taxes", "TTC": "toutes taxes comprises"},
    "interets": {"national": "d’intérêt national", "regional": "d’intérêt régional"},
    "natures": NATURES,
    "roles": {role: mot.nom for role, mot in ROLES.items()},
}
# Lists of the règlement that give words to a text: the états, pièces, échéances, parts of the study, and its lexique.
VALEURS_DU_REGLEMENT: Final = frozenset({"etats", "pieces", "echeances", "volets", "decisions", "lexique"})
