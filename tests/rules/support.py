"""The règlement the tests plant defects in, and the context they evaluate guards over."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rules.chargement import ReglementCharge, charger, charger_texte
from rules.defauts import Defaut, ReglementRefuse
from rules.verification import verifier

RACINE = Path(__file__).resolve().parents[2]
HABITAT = RACINE / "rules" / "habitat_participatif_2026.yaml"
ANRU_PLUS = RACINE / "rules" / "anru_plus_2026.yaml"
MESSAGES = frozenset(
    {
        *("accuse_interet", "demande_accompagnement", "invitation_action", "action_realisee", "relance_compte_rendu"),
        *("accuse_candidature", "demande_pieces", "recevabilite", "irrecevabilite", "selection_retenu"),
        *("selection_liste", "selection_non_retenu", "convention_signee", "volet_renvoye", "accuse_etude"),
        *("etude_validee", "demande_reversement", "reversement_recu", "demande_evaluation", "deport_confirme"),
        *("laureat", "liste_complementaire", "ajournement", "rejet", "place_proposee", "place_acceptee"),
        *("demande_precisions", "demande_avis", "avis_rendu", "relance_avis"),
        *("resiliation", "place_non_acceptee", "complements_recus"),
        *("desistement", "abandon", "demande_solde_recue", "avis_versement", "cloture", "reclamation_recue"),
        *("reclamation_repondue", "relance_pieces", "relance_livrable", "relance_evaluation", "relance_bilan"),
        "evaluation_rouverte",
        "lien_connexion",
    }
)


def notes(**donnees: object) -> dict[str, object]:
    """What evaluations give: nothing rendered, nobody in disagreement, but for what is said."""
    comptes = {"attendues": 0, "rendues": 0, "total": 0, "eliminatoires": 0, "supplementaires": 0, "en_conflit": 0}
    return {**comptes, "ecart": 0, "ecart_max": 25_000, "a_departager": False, **donnees}


def habitat() -> ReglementCharge:
    """The règlement shipped for habitat participatif."""
    return charger(HABITAT)


def anru_plus() -> ReglementCharge:
    """The règlement shipped for ANRU+."""
    return charger(ANRU_PLUS)


def planter(avant: str, apres: str) -> str:
    """The règlement's text with one fragment, found exactly once, replaced."""
    texte = HABITAT.read_text(encoding="utf-8")
    assert texte.count(avant) == 1, f"the fragment must be found once: {avant!r} ({texte.count(avant)})"
    return texte.replace(avant, apres)


def ligne_de(texte: str, repere: str) -> int:
    """The line (from 1) of a fragment found exactly once."""
    assert texte.count(repere) == 1, f"the mark must be found once: {repere!r} ({texte.count(repere)})"
    return texte[: texte.index(repere)].count("\n") + 1


def defauts_de(texte: str) -> list[Defaut]:
    """Every defect, whether the document is refused as it is loaded or when it is checked."""
    try:
        return verifier(charger_texte(texte, "essai.yaml"), messages_connus=MESSAGES)
    except ReglementRefuse as refus:
        return refus.defauts


def contexte(**remplacements: Any) -> dict[str, Any]:
    """The context of a sound candidature; `dossier__rang=3` replaces one field."""
    tiers = {
        "connu": True,
        "nom": "Ville d’Essai",
        "kind": "collectivite",
        "adhesions": ["HPF"],
        "region": "Occitanie",
        "siret_present": True,
    }
    nature = {
        "engage": 0,
        "paye": 0,
        "reverse": 0,
        "libere": 0,
        "a_reverser": 0,
        "depenses": 0,
        "disponible": 100_000_00,
    }
    base: dict[str, Any] = {
        "dossier": {
            "numero": "HP-1",
            "etat": "candidature_deposee",
            "depuis": datetime(2026, 3, 30, 8, tzinfo=UTC),
            "reponses": {},
            "montant_demande": 5_000_00,
            "montant_accorde": 0,
            "cout_prevu": 6_400_00,
            "taux_demande": 782,
            "decision": "",
            "rang": 0,
        },
        "campagne": {
            "code": "hp",
            "ouverture": datetime(2026, 1, 1, tzinfo=UTC),
            "cloture": datetime(2026, 4, 30, tzinfo=UTC),
            "fin": datetime(2028, 1, 1, tzinfo=UTC),
            "reattribution": "Convention 2026-01",
            "places": 10,
            "prochain_rang": 0,
            "places_libres": 10,
        },
        "territoire": {
            "codes": ["QN03101M"],
            "kinds": ["QPV"],
            "communes": ["Toulouse"],
            "regions": ["Occitanie"],
            "interets": [],
            "millesimes": ["2024"],
            "connus": True,
            "admis": True,
            "point_donne": False,
            "point_verifie": False,
            "point_dedans": False,
            "distance_m": 0,
        },
        "porteur": tiers,
        "accompagnateur": {**tiers, "kind": "accompagnateur", "adhesions": ["RAHP"]},
        "action": {
            "prevue": False,
            "date": datetime(1970, 1, 1, tzinfo=UTC),
            "cout_prevu": 0,
            "cout_reel": 0,
            "projets": 0,
        },
        "partenaires": {
            "nombre": 0,
            "kinds": [],
            "co_candidats": [],
            "non_signes": 0,
            "non_signes_noms": [],
            "co_investisseurs": [],
            "co_investissement": 0,
        },
        "plan": {
            "lignes": 0,
            "acquis": 0,
            "sollicite": 0,
            "base": "",
            "aides_publiques": 0,
            "autofinancement": 0,
            "cout_eligible": 0,
            "sans_statut": [],
            "en_nature_emplois": 0,
            "en_nature_ressources": 0,
        },
        "avis": {"demandes": 0, "rendus": 0, "favorables": 0, "reserves": 0, "defavorables": 0},
        "demandes": {"en_attente": 0, "en_attente_libelles": []},
        "minimis": {n: {"concerne": False, "compte": 0} for n in ("aide_etude", "aide_projet", "participation")},
        "pieces": {"manquantes": [], "manquantes_libelles": [], "deposees": []},
        "etude": {
            "volets_attendus": 6,
            "volets_deposes": 0,
            "volets_valides": 0,
            "volets_renvoyes": 0,
            "cout_reel": 0,
        },
        "budget": {
            "aide_etude": nature,
            "aide_projet": nature,
            "participation": nature,
            "emplois": 0,
            "ressources": 0,
            "depenses_reelles": 0,
        },
        "revue": {"tenues": 0, "decision": "", "prochaine": datetime(1970, 1, 1, tzinfo=UTC)},
        "audition": {"tenue": False},
        "participation": {"decision": "", "montant": 0, "capital": 0},
        "indicateurs": {"attendus": 0, "releves": 0},
        "notes": notes(),
        "proposition": {"existe": False, "retenu": False, "montant": 0},
        "comite": {"membres": 5, "presents": 4, "quorum": 3},
        "convention": {"signees": [], "avenants": 0},
        "echeances": {"ouvertes": [], "depassees": [], "termes": {}},
        "acteur": {"role": "agent"},
        "controles": {},
        "donnees": {},
        "parametres": {},
        "maintenant": datetime(2026, 3, 30, 9, tzinfo=UTC),
    }
    for nom, valeur in remplacements.items():
        racine, _, champ = nom.partition("__")
        base[racine] = {**base[racine], champ: valeur} if champ else valeur
    return base
