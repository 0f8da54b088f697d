"""The documented context of the expressions: what a guard may look at, with the meaning and unit of each field.

Money is integer centimes, rates and shares are integers per thousand, scores are thousandths of a point, dates are
timestamps. A name absent from here is refused by the checker before a règlement is used; the domain layer builds
exactly this. `LIBRE` marks a map whose keys come from the règlement itself or from the data of the act.
"""

from typing import Final

Type = str  # "entier" | "centimes" | "millieme" | "texte" | "booleen" | "instant" | "liste"
Schema = dict[str, "Type | Schema"]
LIBRE: Final = "libre"

_TIERS: Final[Schema] = {
    "connu": "booleen",  # a structure is attached
    "nom": "texte",
    "kind": "texte",  # collectivite, organisme_hlm, association, accompagnateur, entreprise...
    "adhesions": "liste",  # codes of the networks it belongs to
    "region": "texte",
    "siret_present": "booleen",
}
_BUDGET_NATURE: Final[Schema] = {
    "engage": "centimes",  # engaged on this dossier
    "paye": "centimes",  # ordered so far
    "reverse": "centimes",  # come back
    "libere": "centimes",  # freed
    "a_reverser": "centimes",  # asked back, not yet received
    "disponible": "centimes",  # left in the campagne's enveloppe of that nature
}
CONTEXTE: Final[Schema] = {
    "dossier": {
        "numero": "texte",
        "etat": "texte",
        "depuis": "instant",  # instant of the last change of état
        "reponses": LIBRE,  # answers to the règlement's forms
        "montant_demande": "centimes",
        "montant_accorde": "centimes",  # set by a selection or a délibération
        "cout_prevu": "centimes",
        "taux_demande": "millieme",  # montant_demande / cout_prevu, rounded up
        "decision": "texte",  # decision prepared by the comité, or ""
        "rang": "entier",  # rank given by the comité, 0 when none
    },
    "campagne": {
        "code": "texte",
        "ouverture": "instant",
        "cloture": "instant",
        "fin": "instant",
        "places": "entier",
        "prochain_rang": "entier",  # lowest rank waiting in an ordered list, 0 when none
        "places_libres": "entier",
    },
    "territoire": {
        "codes": "liste",
        "kinds": "liste",
        "communes": "liste",
        "regions": "liste",
        "connus": "booleen",  # every code named is in the territories imported
    },
    "porteur": _TIERS,
    "accompagnateur": _TIERS,
    "action": {
        "prevue": "booleen",
        "date": "instant",
        "cout_prevu": "centimes",
        "cout_reel": "centimes",
        "projets": "entier",
    },
    "pieces": {
        "manquantes": "liste",  # codes demanded by an act already done (or under way) and not laid in the dossier
        "manquantes_libelles": "liste",  # the same, in words
        "deposees": "liste",
    },
    "etude": {
        "volets_attendus": "entier",
        "volets_deposes": "entier",  # deposited, sent back ones excluded
        "volets_valides": "entier",
        "volets_renvoyes": "entier",
        "cout_reel": "centimes",  # actual cost declared
    },
    "budget": {
        "aide_etude": _BUDGET_NATURE,
        "aide_projet": _BUDGET_NATURE,
        "participation": _BUDGET_NATURE,
        "emplois": "centimes",
        "ressources": "centimes",
        "depenses_reelles": "centimes",  # of the last bilan
    },
    "notes": {
        "attendues": "entier",
        "rendues": "entier",  # final evaluations
        "total": "millieme",  # score out of 100, in thousandths of a point; 0 when none
        "eliminatoires": "entier",  # critères below their bar
    },
    "comite": {"membres": "entier", "presents": "entier", "quorum": "entier"},
    "convention": {"signees": "liste"},  # natures for which a convention is signed
    "echeances": {"ouvertes": "liste", "depassees": "liste", "termes": LIBRE},  # codes; termes.<code>: due instant
    "acteur": {"role": "texte"},
    "controles": LIBRE,  # controles.<nom>.bloquants, controles.<nom>.completables: number of guards not met
    "donnees": LIBRE,  # data of the act under way
    "parametres": LIBRE,  # figures of the règlement, by code
    "maintenant": "instant",
}

# Functions added to CEL's own: name -> meaning.
FONCTIONS: Final[dict[str, str]] = {
    "min": "the smaller of two integers",
    "max": "the greater of two integers",
    "proportion": (
        "proportion(montant, numerateur, denominateur): montant x numerateur / denominateur, "
        "half a centime rounded up; 0 when denominateur is 0"
    ),
}
