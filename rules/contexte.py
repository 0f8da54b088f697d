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
    "depenses": "centimes",  # eligible spending declared so far
    "disponible": "centimes",  # left for this dossier in the enveloppes of that nature
}
_MINIMIS_NATURE: Final[Schema] = {
    "concerne": "booleen",  # the rule concerns this aid and its beneficiary
    "compte": "centimes",  # aids it counts over the règlement's period, those it declares included
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
        "reattribution": "texte",  # reference of the convention that allows to re-grant its money, or ""
        "places": "entier",
        "prochain_rang": "entier",  # lowest rank waiting in an ordered list, 0 when none
        "places_libres": "entier",
    },
    "territoire": {
        "codes": "liste",
        "kinds": "liste",
        "communes": "liste",
        "regions": "liste",
        "interets": "liste",  # of the NPNRU quartiers named: national, regional
        "millesimes": "liste",  # vintages of the lists that know a code named: "2015", "2024"
        "connus": "booleen",  # every code named is in the territories imported
        "admis": "booleen",  # every code named is in a list of a kind the règlement is open to (`territoires`)
        "point_donne": "booleen",  # a form of type point was answered
        "point_verifie": "booleen",  # the point could be measured against the contour of a quartier named
        "point_dedans": "booleen",  # at the last check, the point was in a quartier named
        "distance_m": "entier",  # metres from the point to the nearest quartier named; 0 inside, or not verified
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
    "partenaires": {
        "nombre": "entier",
        "kinds": "liste",  # kinds of structures among them
        "co_candidats": "liste",  # kinds of those who apply together with the porteur
        "non_signes": "entier",  # those whose commitment is not signed yet
        "non_signes_noms": "liste",
        "co_investisseurs": "liste",  # kinds of the co-investors whose commitment is signed
        "co_investissement": "centimes",  # what these bring
    },
    "plan": {
        "lignes": "entier",
        "acquis": "centimes",  # resources granted, and self-funding
        "sollicite": "centimes",  # resources asked and not granted yet
        "base": "texte",  # HT, TTC, or "" before any plan
        "aides_publiques": "centimes",  # cash resources from public financeurs
        "autofinancement": "centimes",  # cash resources without a financeur
        "cout_eligible": "centimes",  # cash uses of money the aids may be counted on
        "sans_statut": "liste",  # financeurs of a resource said neither asked nor granted
        "en_nature_emplois": "centimes",  # outside of budget.emplois and budget.ressources
        "en_nature_ressources": "centimes",
    },
    "avis": {
        "demandes": "entier",
        "rendus": "entier",
        "favorables": "entier",
        "reserves": "entier",  # favourable with reservations
        "defavorables": "entier",
    },
    "demandes": {
        "en_attente": "entier",  # pièces and answers staff asked for, not come yet
        "en_attente_libelles": "liste",
    },
    "minimis": {
        "aide_etude": _MINIMIS_NATURE,
        "aide_projet": _MINIMIS_NATURE,
        "participation": _MINIMIS_NATURE,
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
        "emplois": "centimes",  # of the financing plan, in cash
        "ressources": "centimes",
        "depenses_reelles": "centimes",  # of the last bilan
    },
    "revue": {
        "tenues": "entier",
        "decision": "texte",  # of the last one, or ""
        "prochaine": "instant",  # the date it set
    },
    "audition": {"tenue": "booleen"},
    "participation": {
        "decision": "texte",  # of the last examination, or ""
        "montant": "centimes",
        "capital": "centimes",  # the own funds it would be a part of
    },
    "indicateurs": {"attendus": "entier", "releves": "entier"},  # declared by the règlement; readings made
    "notes": {
        "attendues": "entier",
        "rendues": "entier",  # final evaluations
        "total": "millieme",  # score out of 100, in thousandths of a point; 0 when none
        "eliminatoires": "entier",  # critères below their bar
        "ecart": "millieme",  # between the highest and the lowest evaluator's own score; 0 below two
        "ecart_max": "millieme",  # the bound of the grille; out of reach when it has none
        "supplementaires": "entier",  # further evaluations asked in this round and not withdrawn from
        "a_departager": "booleen",  # beyond the bound, none asked yet, and somebody could be
    },
    "proposition": {
        "existe": "booleen",  # the comité chose a selection to start from
        "retenu": "booleen",  # this dossier is in it
        "montant": "centimes",  # what it gives this dossier
    },
    "comite": {"membres": "entier", "presents": "entier", "quorum": "entier"},
    "convention": {"signees": "liste", "avenants": "entier"},  # natures whose convention is signed; avenants signed
    "echeances": {"ouvertes": "liste", "depassees": "liste", "termes": LIBRE},  # codes; termes.<code>: due instant
    "acteur": {"role": "texte"},
    "controles": LIBRE,  # controles.<nom>.bloquants, controles.<nom>.completables: number of guards not met
    "donnees": LIBRE,  # data of the act under way
    "parametres": LIBRE,  # figures of the règlement, by code
    "maintenant": "instant",  # when the server received the act, to the second
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
