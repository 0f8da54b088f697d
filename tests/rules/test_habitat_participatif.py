# ruff: noqa: E501 — one case a line: the tables are read across
"""What the règlement shipped says: the way of the first story, its euros, and every outcome."""

import pytest

from rules.evaluation import contexte_controles, est_due, evaluer_transition, parametres_contexte
from rules.expressions import entier
from rules.modele import Transition
from tests.rules.support import contexte, habitat, notes

REGLEMENT = habitat().reglement
DOSSIER = REGLEMENT.workflow("dossier")


def situation(**remplacements: object) -> dict[str, object]:
    valeurs = contexte(parametres=parametres_contexte(REGLEMENT), **remplacements)
    valeurs["controles"] = contexte_controles(REGLEMENT, valeurs)
    return valeurs


def suivante(etat: str, acte: str | None, **remplacements: object) -> Transition:
    """The transition taken from an état by an act (None: by itself), its guards met."""
    valeurs = situation(**remplacements)
    dues = [t for t in DOSSIER.depuis(etat) if t.acte == acte and est_due(t, valeurs)]
    assert dues, f"nothing happens from {etat} by {acte}"
    refus = [c.raison for c in evaluer_transition(REGLEMENT, dues[0], valeurs) if not c.passe]
    assert refus == []
    return dues[0]


def euros(transition: Transition, effet: str, **remplacements: object) -> float:
    montants = [e.montant for e in transition.effets if e.effet == effet and getattr(e, "montant", None)]  # type: ignore[union-attr]
    return entier(str(montants[0]), situation(**remplacements)) / 100


def budget(nature: str, **sommes: int) -> dict[str, object]:
    vide = {"engage": 0, "paye": 0, "reverse": 0, "libere": 0, "a_reverser": 0, "disponible": 100_000_00}
    natures = {n: {**vide, **(sommes if n == nature else {})} for n in ("aide_etude", "aide_projet", "participation")}
    return {**natures, "emplois": 0, "ressources": 0, "depenses_reelles": 0}


def decision(nom: str, **autres: object) -> dict[str, object]:
    return {"decision": nom, "motif": "Vu le dossier", "montant_accorde": 15_000_00, "rang": 0, "comite": 1, **autres}


def test_the_story_goes_from_first_contact_to_the_last_euro() -> None:
    faites: dict[str, object] = {"notes": notes(attendues=3, rendues=3, total=71_300)}
    etude = {
        "volets_attendus": 6,
        "volets_deposes": 6,
        "volets_valides": 6,
        "volets_renvoyes": 0,
        "cout_reel": 6_000_00,
    }
    place: dict[str, object] = {
        "dossier__rang": 11,
        "campagne__prochain_rang": 11,
        "dossier__montant_accorde": 15_000_00,
    }
    engage = budget("aide_projet", engage=15_000_00, paye=7_500_00)
    chemin: list[tuple[str, str | None, dict[str, object]]] = [
        ("interet_exprime", "planifier_action", {"donnees": {"cout_prevu": 1_500_00}}),
        ("action_planifiee", "rendre_compte_action", {"donnees": {"projets": 1, "cout_reel": 1_200_00}}),
        ("projet_identifie", "deposer_candidature", {"donnees": {"cout_prevu": 6_400_00, "montant_demande": 5_000_00}}),
        ("candidature_deposee", None, {"pieces__manquantes": ["lettre_bailleur"]}),
        ("a_completer", "completer", {}),
        ("candidature_deposee", None, {}),
        ("recevable", "selectionner", {"donnees": decision("retenu", montant_accorde=5_000_00)}),
        ("retenu_etude", "signer_convention", {"donnees": {"nature": "aide_etude"}}),
        ("etude_en_cours", "deposer_etude", {"etude": etude, "donnees": {"cout_reel": 6_000_00}}),
        ("etude_deposee", None, {"etude": etude, "budget": budget("aide_etude", engage=5_000_00, paye=2_500_00)}),
        ("etude_validee", "lancer_evaluation", {}),
        ("en_evaluation", None, faites),
        ("evalue", "deliberer", {**faites, "donnees": decision("liste_complementaire", rang=11)}),
        ("delibere", "notifier", {"dossier__decision": "liste_complementaire"}),
        ("liste_complementaire", None, place),
        ("place_proposee", "accepter_place", {}),
        ("laureat", "signer_convention", {"donnees": {"nature": "aide_projet"}}),
        ("conventionne", "demander_solde", {"donnees": {"depenses_reelles": 8_625_00}}),
        ("solde_demande", "verser", {"budget": {**engage, "depenses_reelles": 8_625_00}}),
        ("reversement_demande", "constater_reversement", {}),
    ]
    for rang, (etat, acte, faits) in enumerate(chemin):
        attendu = chemin[rang + 1][0] if rang + 1 < len(chemin) else "clos"
        assert suivante(etat, acte, **faits).vers == attendu


def test_the_study_pays_half_then_its_solde_on_the_real_cost_and_frees_the_rest() -> None:
    signature = DOSSIER.transition_par_code["signer_convention_etude"]
    assert euros(signature, "ordonner_versement", budget=budget("aide_etude", engage=5_000_00)) == 2_500
    etude = {
        "volets_attendus": 6,
        "volets_deposes": 6,
        "volets_valides": 6,
        "volets_renvoyes": 0,
        "cout_reel": 6_000_00,
    }
    faits = {"etude": etude, "budget": budget("aide_etude", engage=5_000_00, paye=2_500_00)}
    assert euros(suivante("etude_deposee", None, **faits), "ordonner_versement", **faits) == 2_187.50


def test_a_study_that_cost_far_less_gives_back_the_difference() -> None:
    etude = {
        "volets_attendus": 6,
        "volets_deposes": 6,
        "volets_valides": 6,
        "volets_renvoyes": 0,
        "cout_reel": 2_560_00,
    }
    faits = {"etude": etude, "budget": budget("aide_etude", engage=5_000_00, paye=2_500_00)}
    transition = suivante("etude_deposee", None, **faits)
    assert transition.code == "valider_etude_trop_percu"
    assert euros(transition, "demander_reversement", **faits) == 500


@pytest.mark.parametrize(
    ("depenses", "vers", "effet", "montant"),
    [
        (8_625_00, "reversement_demande", "demander_reversement", 600),
        (9_375_00, "clos", "ordonner_versement", 0),
        (12_500_00, "clos", "ordonner_versement", 2_500),
        (40_000_00, "clos", "ordonner_versement", 7_500),
    ],
)
def test_the_project_is_settled_on_its_real_spending(depenses: int, vers: str, effet: str, montant: int) -> None:
    faits = {"budget": {**budget("aide_projet", engage=15_000_00, paye=7_500_00), "depenses_reelles": depenses}}
    transition = suivante("solde_demande", "verser", **faits)
    assert (transition.vers, euros(transition, effet, **faits)) == (vers, montant)


@pytest.mark.parametrize(
    ("etat", "acte", "faits", "vers"),
    [
        ("action_planifiee", "rendre_compte_action", {"donnees": {"projets": 0, "cout_reel": 0}}, "interet_exprime"),
        ("candidature_deposee", None, {"dossier__taux_demande": 801}, "irrecevable"),
        ("candidature_deposee", None, {"territoire__kinds": ["autre"]}, "irrecevable"),
        ("a_completer", None, {"echeances__depassees": ["pieces", "pieces_ultime"]}, "irrecevable"),
        ("recevable", "selectionner", {"donnees": decision("liste")}, "liste_etude"),
        ("recevable", "selectionner", {"donnees": decision("non_retenu")}, "non_retenu_etude"),
        ("liste_etude", "selectionner", {"donnees": decision("retenu", montant_accorde=4_000_00)}, "retenu_etude"),
        ("evalue", "deliberer", {"donnees": decision("ajourne")}, "delibere"),
        ("evalue", "deliberer", {"donnees": decision("non_retenu")}, "delibere"),
        ("delibere", "notifier", {"dossier__decision": "ajourne"}, "ajourne"),
        ("delibere", "notifier", {"dossier__decision": "non_retenu"}, "non_retenu"),
        ("delibere", "notifier", {"dossier__decision": "laureat", "dossier__montant_accorde": 15_000_00}, "laureat"),
        ("ajourne", "completer", {}, "a_redeliberer"),
        ("ajourne", None, {"echeances__depassees": ["complement_etude"]}, "non_retenu"),
        ("place_proposee", None, {"echeances__depassees": ["reponse_place"]}, "desiste"),
        ("laureat", "se_desister", {}, "desiste"),
        ("etude_en_cours", "abandonner", {}, "abandonne"),
        ("conventionne", "resilier", {"donnees": {"motif": "x"}, "budget": budget("aide_projet", paye=1)}, "resilie_a_reverser"),
        ("resilie_a_reverser", "constater_reversement", {}, "resilie"),
    ],
)  # fmt: skip
def test_every_outcome_is_told(etat: str, acte: str | None, faits: dict[str, object], vers: str) -> None:
    assert suivante(etat, acte, **faits).vers == vers


@pytest.mark.parametrize(
    ("code", "faits", "regle"),
    [
        ("planifier_action", {"donnees": {"cout_prevu": 1_500_01}}, "cout_action"),
        ("retenir_etude", {"donnees": decision("retenu", montant_accorde=5_000_01)}, "plafond_etude"),
        ("retenir_etude", {"donnees": decision("retenu", montant_accorde=5_000_00), "dossier__cout_prevu": 6_000_00}, "taux_etude"),
        ("retenir_etude", {"donnees": decision("retenu", montant_accorde=0)}, "montant_accorde"),
        ("deliberer_laureat", {"donnees": decision("laureat"), "notes__total": 59_999}, "seuil_laureat"),
        ("deliberer_laureat", {"donnees": decision("laureat"), "notes__total": 80_000, "notes__eliminatoires": 1}, "sans_note_eliminatoire"),
        ("deliberer_laureat", {"donnees": decision("laureat", montant_accorde=15_000_01), "notes__total": 80_000}, "plafond_projet"),
        ("deliberer_laureat", {"donnees": decision("laureat"), "notes__total": 80_000, "comite__presents": 2}, "quorum"),
        ("deliberer_liste", {"donnees": decision("liste_complementaire", rang=1), "notes__total": 49_999}, "seuil_liste"),
        ("deliberer_liste", {"donnees": decision("liste_complementaire"), "notes__total": 80_000}, "rang_indique"),
        ("deliberer_rejet", {"donnees": decision("non_retenu", motif="")}, "motif"),
        ("notifier_laureat", {"dossier__decision": "laureat", "campagne__places_libres": 0}, "place_libre"),
        ("accepter_place", {"echeances__depassees": ["reponse_place"]}, "reponse_dans_le_delai"),
        ("demander_solde", {"donnees": {"depenses_reelles": 1}, "pieces__manquantes": ["bilan"]}, "bilan_joint"),
    ],
)  # fmt: skip
def test_each_money_and_quorum_guard_refuses_alone(code: str, faits: dict[str, object], regle: str) -> None:
    constats = evaluer_transition(REGLEMENT, DOSSIER.transition_par_code[code], situation(**faits))
    assert [c.regle for c in constats if not c.passe] == [regle]


def test_nobody_is_offered_a_place_out_of_turn_or_without_money() -> None:
    libre = {"dossier__rang": 11, "campagne__prochain_rang": 11, "dossier__montant_accorde": 15_000_00}
    proposer = DOSSIER.transition_par_code["proposer_place"]
    assert est_due(proposer, situation(**libre))
    assert not est_due(proposer, situation(**{**libre, "campagne__prochain_rang": 10}))
    assert not est_due(proposer, situation(**{**libre, "campagne__places_libres": 0}))
    assert not est_due(proposer, situation(**libre, budget=budget("aide_projet", disponible=14_999_99)))


def test_an_evaluation_closes_when_all_are_in_or_when_late_with_enough() -> None:
    clore = DOSSIER.transition_par_code["clore_evaluation"]
    en_retard = {"echeances__depassees": ["evaluation"]}
    deux = {"notes": notes(attendues=3, rendues=2, total=60_000)}
    une = {"notes": notes(attendues=3, rendues=1, total=60_000)}
    assert not est_due(clore, situation(**deux))
    assert est_due(clore, situation(**deux, **en_retard))
    assert not est_due(clore, situation(**une, **en_retard))
    assert not est_due(clore, situation(**en_retard))


def test_a_dossier_is_adjourned_once_only() -> None:
    assert DOSSIER.transition_par_code["deliberer_ajournement"].de == ["evalue"]


def test_every_live_etat_can_be_left_by_the_porteur_or_by_staff() -> None:
    sorties = {"abandonner", "se_desister", "resilier"}
    for etat in DOSSIER.etats:
        actes = {t.acte for t in DOSSIER.depuis(etat.code)}
        if not etat.final and etat.code not in {"reversement_demande", "resilie_a_reverser"}:
            assert actes & sorties, etat.code


def test_the_places_count_those_offered_and_funded() -> None:
    assert [e.code for e in DOSSIER.etats if e.occupe_place] == [
        *("place_proposee", "laureat", "conventionne", "solde_demande", "reversement_demande", "clos")
    ]
