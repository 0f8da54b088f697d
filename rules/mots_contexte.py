"""The words of the context: how each name an expression may look at is said to a jurist.

A name without words fails a test that names it; to add one, add its line here: nothing else is needed. The words of
the acts and of their data are in `rules.mots_actes`, those of the closed lists in `rules.mots_listes`. Nouns carry
their article (« le coût prévu »), clauses have no final stop.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rules.mot import Mot, compte
from rules.mots_plan import PLAN
from rules.mots_territoire import TERRITOIRE


def _tiers(nom: str) -> dict[str, Mot]:
    """The words of a structure: the porteur, the accompagnateur."""
    connu = {"oui": f"{nom} est désigné", "non": f"{nom} n’est pas désigné"}
    return {
        "connu": Mot(f"la désignation d’une structure comme {_nu(nom)}", "f", **connu),
        "nom": Mot(f"le nom de la structure désignée comme {_nu(nom)}"),
        "kind": Mot(
            f"la nature de la structure désignée comme {_nu(nom)}",
            "f",
            est=f"{nom} est {{}}",
            nest=f"{nom} n’est pas {{}}",
            valeurs="structures",
        ),
        "adhesions": Mot(
            f"les réseaux auxquels adhère {nom}",
            "mp",
            contient=f"{nom} est membre du réseau {{}}",
            sans=f"{nom} n’est pas membre du réseau {{}}",
            elements=f"des réseaux auxquels adhère {nom}",
            valeurs="lexique",
        ),
        "region": Mot(f"la région de la structure désignée comme {_nu(nom)}", "f"),
        "siret_present": Mot(
            f"le numéro SIRET de la structure désignée comme {_nu(nom)}",
            oui=f"{nom} a donné son numéro SIRET",
            non=f"{nom} n’a pas donné son numéro SIRET",
        ),
    }


def _nu(nom: str) -> str:
    return nom.removeprefix("le ").removeprefix("l’")


def _budget(de_la_nature: str) -> dict[str, Mot]:
    """The words of the money of one nature; `de_la_nature` is « de l’aide à l’étude »."""
    titre = f"au titre {de_la_nature}"
    return {
        "engage": Mot(f"le montant engagé {titre}"),
        "paye": Mot(f"les sommes déjà versées {titre}", "fp"),
        "reverse": Mot(f"les sommes déjà reversées {titre}", "fp"),
        "libere": Mot(f"les sommes rendues à l’enveloppe {titre}", "fp"),
        "a_reverser": Mot(
            f"les sommes restant à reverser {titre}",
            "fp",
            oui=f"un reversement reste attendu {titre}",
            non=f"aucun reversement n’est attendu {titre}",
        ),
        "depenses": Mot(f"les dépenses éligibles déclarées {titre}", "fp"),
        "disponible": Mot(f"le montant disponible pour ce dossier dans l’enveloppe {de_la_nature}"),
    }


def _nets(nature: str, de_la_nature: str) -> dict[tuple[str, str], Mot]:
    """Differences that have a name of their own."""
    budget, titre = f"budget.{nature}", f"au titre {de_la_nature}"
    return {
        (f"{budget}.engage", f"{budget}.libere"): Mot(f"le montant net engagé {titre}"),
        (f"{budget}.paye", f"{budget}.reverse"): Mot(f"les sommes nettes versées {titre}", "fp"),
    }


def _places(prefixe: str, mots: Mapping[str, Mot]) -> dict[str, Mot]:
    return {f"{prefixe}.{champ}": mot for champ, mot in mots.items()}


_MANQUANTES: Final = Mot(
    "les pièces manquantes",
    "fp",
    contient="la pièce {} manque",
    sans="la pièce {} est jointe",
    elements="des pièces manquantes",
    oui="une pièce demandée au moins manque",
    non="aucune pièce demandée ne manque",
    valeurs="pieces",
)

# How each leaf of `rules.contexte.CONTEXTE` is said, by its dotted path. The maps whose keys come from the règlement
# (`reponses`, `controles`, `donnees`, `parametres`) are said from the règlement itself, and from `rules.mots_actes`.
CONTEXTE: Final[dict[str, Mot]] = {
    "dossier.numero": Mot("le numéro du dossier"),
    "dossier.etat": Mot(
        "l’état du dossier",
        est="le dossier est dans l’état {}",
        nest="le dossier n’est pas dans l’état {}",
        valeurs="etats",
    ),
    "dossier.depuis": Mot("la date d’entrée du dossier dans son état", "f"),
    "dossier.montant_demande": Mot("l’aide demandée", "f"),
    "dossier.montant_accorde": Mot(
        "le montant accordé au dossier",
        oui="un montant est accordé au dossier",
        non="aucun montant n’est accordé au dossier",
    ),
    "dossier.cout_prevu": Mot("le coût prévu"),
    "dossier.taux_demande": Mot("la part de l’aide demandée dans le coût prévu", "f", unite="taux"),
    "dossier.decision": Mot(
        "la décision du comité",
        "f",
        est="le comité a décidé : {}",
        nest="le comité n’a pas décidé : {}",
        valeurs="decisions",
    ),
    "dossier.rang": compte(
        "le rang donné au dossier par le comité", "aucun rang n’est donné au dossier", "un rang est donné au dossier"
    ),
    "campagne.code": Mot("le code de la campagne"),
    "campagne.ouverture": Mot("la date d’ouverture des candidatures", "f"),
    "campagne.cloture": Mot("la date de clôture des candidatures", "f"),
    "campagne.fin": Mot("la date de fin de la campagne", "f"),
    "campagne.reattribution": Mot(
        "la convention qui permet de redistribuer les aides",
        "f",
        oui="la convention qui permet de redistribuer les aides est enregistrée",
        non="aucune convention permettant de redistribuer les aides n’est enregistrée",
    ),
    "campagne.places": compte(
        "le nombre de places de la campagne", "la campagne n’a aucune place", "la campagne a une place au moins"
    ),
    "campagne.prochain_rang": compte(
        "le premier rang en attente dans la liste",
        "aucun dossier n’attend dans la liste",
        "un dossier au moins attend dans la liste",
    ),
    "campagne.places_libres": compte(
        "le nombre de places libres", "aucune place n’est libre", "une place au moins est libre"
    ),
    **TERRITOIRE,
    **PLAN,
    **_places("porteur", _tiers("le porteur")),
    **_places("accompagnateur", _tiers("l’accompagnateur")),
    "action.prevue": Mot(
        "la prévision d’une action", "f", oui="une action est prévue", non="aucune action n’est prévue"
    ),
    "action.date": Mot("la date de l’action", "f"),
    "action.cout_prevu": Mot("le coût prévu de l’action"),
    "action.cout_reel": Mot("le coût réel de l’action"),
    "action.projets": compte(
        "le nombre de projets repérés par l’action",
        "l’action n’a repéré aucun projet",
        "l’action a repéré un projet au moins",
    ),
    "partenaires.nombre": compte(
        "le nombre de partenaires", "aucun partenaire n’est déclaré", "un partenaire au moins est déclaré"
    ),
    "partenaires.kinds": Mot(
        "les natures des partenaires",
        "fp",
        contient="un partenaire au moins est {}",
        sans="aucun partenaire n’est {}",
        elements="des partenaires",
        oui="un partenaire au moins est déclaré",
        non="aucun partenaire n’est déclaré",
        valeurs="structures",
    ),
    "partenaires.co_candidats": Mot(
        "les natures des co-candidats",
        "fp",
        contient="un co-candidat au moins est {}",
        sans="aucun co-candidat n’est {}",
        elements="des co-candidats",
        oui="la candidature est portée avec un co-candidat au moins",
        non="la candidature n’a pas de co-candidat",
        valeurs="structures",
    ),
    "partenaires.non_signes": compte(
        "le nombre de partenaires dont l’engagement n’est pas signé",
        "tous les partenaires ont signé leur engagement",
        "un partenaire au moins n’a pas signé son engagement",
    ),
    "partenaires.non_signes_noms": Mot(
        "les partenaires dont l’engagement n’est pas signé",
        "mp",
        elements="des partenaires dont l’engagement n’est pas signé",
        contient="l’engagement de {} n’est pas signé",
        sans="l’engagement de {} est signé",
        oui="un partenaire au moins n’a pas signé son engagement",
        non="tous les partenaires ont signé leur engagement",
    ),
    "partenaires.co_investisseurs": Mot(
        "les natures des co-investisseurs dont l’engagement est signé",
        "fp",
        contient="un co-investisseur au moins est {}, et son engagement est signé",
        sans="aucun co-investisseur dont l’engagement est signé n’est {}",
        elements="des co-investisseurs dont l’engagement est signé",
        oui="un co-investisseur au moins a signé son engagement",
        non="aucun co-investisseur n’a signé son engagement",
        valeurs="structures",
    ),
    "partenaires.co_investissement": Mot("l’apport des co-investisseurs dont l’engagement est signé"),
    "proposition.existe": Mot(
        "l’existence d’une proposition de sélection",
        "f",
        oui="le comité part d’une proposition de sélection",
        non="le comité ne part d’aucune proposition de sélection",
    ),
    "proposition.retenu": Mot(
        "la présence du dossier dans la proposition de sélection",
        "f",
        oui="la proposition de sélection retient le dossier",
        non="la proposition de sélection ne retient pas le dossier",
    ),
    "proposition.montant": Mot("le montant donné au dossier par la proposition de sélection"),
    "avis.demandes": compte("le nombre d’avis demandés", "aucun avis n’est demandé", "un avis au moins est demandé"),
    "avis.rendus": compte("le nombre d’avis rendus", "aucun avis n’est rendu", "un avis au moins est rendu"),
    "avis.favorables": compte(
        "le nombre d’avis favorables", "aucun avis n’est favorable", "un avis au moins est favorable"
    ),
    "avis.reserves": compte(
        "le nombre d’avis favorables avec réserves",
        "aucun avis n’est assorti de réserves",
        "un avis au moins est assorti de réserves",
    ),
    "avis.defavorables": compte(
        "le nombre d’avis défavorables", "aucun avis n’est défavorable", "un avis au moins est défavorable"
    ),
    "pieces.manquantes": _MANQUANTES,
    "pieces.manquantes_libelles": replace(_MANQUANTES, valeurs=""),
    "pieces.deposees": Mot(
        "les pièces déposées",
        "fp",
        contient="la pièce {} est déposée",
        sans="la pièce {} n’est pas déposée",
        elements="des pièces déposées",
        oui="une pièce au moins est déposée",
        non="aucune pièce n’est déposée",
        valeurs="pieces",
    ),
    "etude.volets_attendus": Mot("le nombre de parties attendues de l’étude"),
    "etude.volets_deposes": compte(
        "le nombre de parties déposées de l’étude",
        "aucune partie de l’étude n’est déposée",
        "une partie de l’étude au moins est déposée",
    ),
    "etude.volets_valides": compte(
        "le nombre de parties validées de l’étude",
        "aucune partie de l’étude n’est validée",
        "une partie de l’étude au moins est validée",
    ),
    "etude.volets_renvoyes": compte(
        "le nombre de parties renvoyées de l’étude",
        "aucune partie renvoyée n’attend de correction",
        "une partie renvoyée au moins attend une correction",
    ),
    "etude.cout_reel": Mot("le coût réel de l’étude"),
    **_places("budget.aide_etude", _budget("de l’aide à l’étude")),
    **_places("budget.aide_projet", _budget("de l’aide au projet")),
    **_places("budget.participation", _budget("de la participation")),
    "budget.emplois": Mot("les emplois du plan de financement", "mp"),
    "budget.ressources": Mot("les ressources du plan de financement", "fp"),
    "budget.depenses_reelles": Mot("les dépenses réelles du projet", "fp"),
    "revue.tenues": compte(
        "le nombre de revues de projet tenues",
        "aucune revue de projet n’est tenue",
        "une revue de projet au moins est tenue",
    ),
    "revue.decision": Mot(
        "la décision de la dernière revue de projet",
        "f",
        est="la dernière revue de projet a décidé : {}",
        nest="la dernière revue de projet n’a pas décidé : {}",
        valeurs="decisions",
    ),
    "revue.prochaine": Mot("la date fixée pour la prochaine revue de projet", "f"),
    "audition.tenue": Mot("la tenue de l’audition", "f", oui="l’audition est tenue", non="l’audition n’est pas tenue"),
    "participation.decision": Mot(
        "la décision sur la participation",
        "f",
        est="la décision sur la participation est : {}",
        nest="la décision sur la participation n’est pas : {}",
        valeurs="decisions",
    ),
    "participation.montant": Mot("le montant de la participation"),
    "participation.capital": Mot("les fonds propres du projet", "mp"),
    "indicateurs.attendus": compte(
        "le nombre d’indicateurs attendus", "aucun indicateur n’est attendu", "un indicateur au moins est attendu"
    ),
    "indicateurs.releves": compte(
        "le nombre de relevés d’indicateurs", "aucun indicateur n’est relevé", "un indicateur au moins est relevé"
    ),
    "notes.attendues": Mot("le nombre d’évaluations attendues"),
    "notes.rendues": compte(
        "le nombre d’évaluations rendues", "aucune évaluation n’est rendue", "une évaluation au moins est rendue"
    ),
    "notes.total": Mot("la note obtenue", "f", unite="points"),
    "notes.eliminatoires": compte(
        "le nombre de critères sous leur barre éliminatoire",
        "aucun critère n’est sous sa barre éliminatoire",
        "un critère au moins est sous sa barre éliminatoire",
    ),
    "notes.ecart": Mot("l’écart entre la plus haute et la plus basse des notes des évaluateurs", unite="points"),
    "notes.ecart_max": Mot("l’écart admis entre évaluateurs", unite="points"),
    "notes.supplementaires": compte(
        "le nombre d’évaluations supplémentaires demandées",
        "aucune évaluation supplémentaire n’est demandée",
        "une évaluation supplémentaire est demandée",
    ),
    "notes.a_departager": Mot(
        "le besoin d’une évaluation supplémentaire",
        oui="les évaluateurs sont en désaccord, et un de plus peut être sollicité",
        non="aucune évaluation supplémentaire n’est à demander",
    ),
    "comite.membres": Mot("le nombre de membres du comité"),
    "comite.presents": compte(
        "le nombre de membres du comité présents pour ce dossier",
        "aucun membre du comité n’est présent pour ce dossier",
        "un membre du comité au moins est présent pour ce dossier",
    ),
    "comite.quorum": Mot("le quorum du comité"),
    "convention.signees": Mot(
        "les conventions signées",
        "fp",
        contient="la convention est signée pour {}",
        sans="la convention n’est pas signée pour {}",
        elements="des conventions signées",
        oui="une convention au moins est signée",
        non="aucune convention n’est signée",
        valeurs="natures",
    ),
    "convention.avenants": compte(
        "le nombre d’avenants signés", "aucun avenant n’est signé", "un avenant au moins est signé"
    ),
    "echeances.ouvertes": Mot(
        "les échéances ouvertes",
        "fp",
        contient="l’échéance {} est ouverte",
        sans="l’échéance {} n’est pas ouverte",
        elements="des échéances ouvertes",
        oui="une échéance au moins est ouverte",
        non="aucune échéance n’est ouverte",
        valeurs="echeances",
    ),
    "echeances.depassees": Mot(
        "les échéances dépassées",
        "fp",
        contient="l’échéance {} est dépassée",
        sans="l’échéance {} n’est pas dépassée",
        elements="des échéances dépassées",
        oui="une échéance au moins est dépassée",
        non="aucune échéance n’est dépassée",
        valeurs="echeances",
    ),
    "acteur.role": Mot(
        "le rôle de la personne qui agit",
        est="l’acte est fait par {}",
        nest="l’acte n’est pas fait par {}",
        valeurs="roles",
    ),
    "maintenant": Mot("la date du jour", "f"),
}

# What a difference between two names of the context is called; the page says what « net » means.
DIFFERENCES: Final[dict[tuple[str, str], Mot]] = {
    **_nets("aide_etude", "de l’aide à l’étude"),
    **_nets("aide_projet", "de l’aide au projet"),
    **_nets("participation", "de la participation"),
}
