"""The closed vocabulary: what Python knows by name, and a règlement file may use.

Everything else (états, phases, thresholds, weights, delays, wording) is open and lives in the files. The domain
layer registers one use case per act and one handler per effect; a test holds the two lists together.
"""

from typing import Final, Literal, get_args

Role = Literal["porteur", "accompagnateur", "agent", "evaluateur", "membre_comite", "financeur", "consulte", "systeme"]

Acte = Literal[
    "exprimer_interet",
    "ouvrir_dossier",
    "planifier_action",
    "rendre_compte_action",
    "deposer_candidature",
    "completer",
    "declarer_partenaires",
    "signer_engagement",
    "deposer_plan",
    "instruire",
    "demander_pieces",
    "demander_avis",
    "rendre_avis",
    "convoquer",
    "selectionner",
    "signer_convention",
    "signer_avenant",
    "tenir_revue",
    "declarer_depenses",
    "deposer_volet",
    "renvoyer_volet",
    "valider_volet",
    "deposer_etude",
    "lancer_evaluation",
    "noter",
    "rouvrir_evaluation",
    "se_deporter",
    "auditionner",
    "deliberer",
    "notifier",
    "accepter_place",
    "examiner_participation",
    "relever_indicateurs",
    "demander_solde",
    "verser",
    "constater_reversement",
    "abandonner",
    "se_desister",
    "resilier",
    "reclamer",
    "repondre_reclamation",
]

# Acts that bring their sujet into being: their transitions start from no état.
ACTES_CREATEURS: Final = frozenset({"exprimer_interet", "ouvrir_dossier", "reclamer"})

# The natures of the euros an enveloppe holds (kernel.md §3, table engagement).
Nature = Literal["aide_etude", "aide_projet", "participation"]

# Who a courriel can be addressed to; the domain layer resolves each to persons.
DestinataireRegle = Literal[
    "porteur",
    "accompagnateur",
    "agents",
    "evaluateurs",
    "evaluateurs_sollicites",
    "membres_comite",
    "financeurs",
    "invites",
    "consultes",
    "consultes_sollicites",
    "partenaires",
    "accompagnateurs_region",
    "acteur",
    "reclamant",
]

TypeChamp = Literal["texte", "texte_long", "entier", "euros", "taux", "date", "choix", "booleen", "point"]

Unite = Literal["euros", "taux", "points", "jours", "jours_ouvres", "mois", "metres", "nombre"]

SujetKind = Literal["dossier", "reclamation"]

# What each act brings (`donnees.<champ>` in expressions), with the type expressions see. A test holds it to the schemas
# of the use cases.
DONNEES: Final[dict[str, dict[str, str]]] = {
    "exprimer_interet": {
        "titre": "texte",
        "territoires": "liste",
        "porteur": "entier",
        "contact": "entier",
        "demande": "texte",
        "message": "texte",
    },
    "ouvrir_dossier": {
        "titre": "texte",
        "territoires": "liste",
        "porteur": "entier",
        "contact": "entier",
        "accompagnateur": "entier",
    },
    "planifier_action": {
        "kind": "texte",
        "date": "instant",
        "lieu": "texte",
        "publics": "liste",
        "cout_prevu": "centimes",
        "invites": "liste",
    },
    "rendre_compte_action": {
        "realisee_le": "instant",
        "presence": "libre",
        "compte_rendu": "texte",
        "cout_reel": "centimes",
        "projets": "entier",
    },
    "deposer_candidature": {
        "reponses": "libre",
        "cout_prevu": "centimes",
        "montant_demande": "centimes",
        "porteur": "entier",
        "contact": "entier",
        "accompagnateur": "entier",
    },
    "completer": {"reponses": "libre", "message": "texte"},
    "declarer_partenaires": {"partenaires": "liste"},
    "signer_engagement": {"structure": "entier", "signe_le": "instant", "reference": "texte", "apport": "centimes"},
    "deposer_plan": {"base": "texte", "lignes": "liste"},
    "instruire": {"decision": "texte", "motif": "texte"},
    "demander_pieces": {"pieces": "liste", "questions": "liste", "message": "texte", "avant_le": "instant"},
    "demander_avis": {"personnes": "liste", "question": "texte"},
    "rendre_avis": {"sens": "texte", "texte": "texte", "reserves": "texte", "confidentiel": "booleen"},
    "convoquer": {"comite": "entier", "message": "texte"},
    "selectionner": {"decision": "texte", "motif": "texte", "montant_accorde": "centimes", "comite": "entier"},
    "signer_convention": {"nature": "texte", "signee_le": "instant", "reference": "texte"},
    "signer_avenant": {
        "nature": "texte",
        "signe_le": "instant",
        "reference": "texte",
        "montant": "centimes",
        "fin": "instant",
        "motif": "texte",
    },
    "tenir_revue": {"tenue_le": "instant", "decision": "texte", "conditions": "texte", "prochaine_le": "instant"},
    "declarer_depenses": {"nature": "texte", "montant": "centimes", "commentaire": "texte"},
    "deposer_volet": {"volet": "texte", "resume": "texte"},
    "renvoyer_volet": {"volet": "texte", "commentaire": "texte"},
    "valider_volet": {"volet": "texte", "commentaire": "texte"},
    "deposer_etude": {"cout_reel": "centimes"},
    "lancer_evaluation": {},
    "noter": {"notes": "libre", "final": "booleen"},
    "rouvrir_evaluation": {"evaluateur": "entier", "motif": "texte"},
    "se_deporter": {"motif": "texte"},
    "auditionner": {"tenue_le": "instant", "compte_rendu": "texte"},
    "deliberer": {
        "decision": "texte",
        "rang": "entier",
        "motif": "texte",
        "montant_accorde": "centimes",
        "comite": "entier",
        "ecart": "texte",
    },
    "notifier": {},
    "accepter_place": {},
    "examiner_participation": {
        "decision": "texte",
        "motif": "texte",
        "montant": "centimes",
        "capital": "centimes",
        "comite": "entier",
    },
    "relever_indicateurs": {"releve_le": "instant", "valeurs": "libre", "commentaire": "texte"},
    "demander_solde": {"depenses_reelles": "centimes", "bilan": "texte"},
    "verser": {"commentaire": "texte"},
    "constater_reversement": {"recu_le": "instant"},
    "abandonner": {"motif": "texte"},
    "se_desister": {"motif": "texte"},
    "resilier": {"motif": "texte"},
    "reclamer": {"objet": "texte", "texte": "texte", "dossier": "entier"},
    "repondre_reclamation": {"reponse": "texte", "suite": "texte"},
}

ROLES: Final[tuple[str, ...]] = get_args(Role)
ACTES: Final[tuple[str, ...]] = get_args(Acte)
NATURES: Final[tuple[str, ...]] = get_args(Nature)
DESTINATAIRES: Final[tuple[str, ...]] = get_args(DestinataireRegle)
SUJETS: Final[tuple[str, ...]] = get_args(SujetKind)
