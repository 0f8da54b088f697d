# ruff: noqa: E501 — one case a line: the tables are read across
"""What the second règlement shipped says: the way of the second story, its euros, and every outcome."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.catalogue import CATALOGUE
from rules.evaluation import Constat, contexte_controles, est_due, evaluer_transition, parametres_contexte
from rules.expressions import entier
from rules.modele import Transition
from rules.verification import verifier
from tests.rules.support import anru_plus, contexte, notes

CHARGE = anru_plus()
REGLEMENT = CHARGE.reglement
DOSSIER = REGLEMENT.workflow("dossier")
MAINTENANT = datetime(2026, 3, 30, 9, tzinfo=UTC)
NOTE = notes(attendues=3, rendues=3, total=72_000)
ETUDES = {"volets_attendus": 6, "volets_deposes": 6, "volets_valides": 6, "volets_renvoyes": 0, "cout_reel": 240_000_00}  # fmt: skip
REPONSES = {"volets_demandes": "Innover et Investir"}
COMMUN: dict[str, Any] = {
    "territoire__kinds": ["NPNRU"],
    "dossier__montant_demande": 120_000_00,
    "dossier__cout_prevu": 240_000_00,
    "dossier__taux_demande": 500,
    "dossier__reponses": REPONSES,
    "etude": ETUDES,
    "partenaires__nombre": 3,
    "partenaires__kinds": ["entreprise", "habitants", "financeur"],
    "plan__cout_eligible": 2_000_000_00,
    "plan__aides_publiques": 700_000_00,
    "plan__autofinancement": 1_300_000_00,
    "convention__signees": ["aide_etude", "aide_projet"],
    "partenaires__co_candidats": ["collectivite"],
    "partenaires__co_investisseurs": ["entreprise"],
    "partenaires__co_investissement": 600_000_00,
    "comite__quorum": 3,
    "indicateurs__releves": 1,
}


def situation(**remplacements: object) -> dict[str, Any]:
    """A sound dossier of the programme, with what the test changes."""
    valeurs = contexte(
        parametres=parametres_contexte(REGLEMENT), **{"budget": budget(), "notes": NOTE, **COMMUN, **remplacements}
    )
    valeurs["controles"] = contexte_controles(REGLEMENT, valeurs)
    return valeurs


def budget(nature: str = "", **sommes: int) -> dict[str, object]:
    vide = {
        "engage": 0,
        "paye": 0,
        "reverse": 0,
        "libere": 0,
        "a_reverser": 0,
        "depenses": 0,
        "disponible": 9_000_000_00,
    }
    generales = {
        nom: sommes.pop(nom, defaut)
        for nom, defaut in (("emplois", 2_000_000_00), ("ressources", 2_000_000_00), ("depenses_reelles", 0))
    }
    natures = {n: {**vide, **(sommes if n == nature else {})} for n in ("aide_etude", "aide_projet", "participation")}
    return {**natures, **generales}


def decision(nom: str, **autres: object) -> dict[str, object]:
    return {"decision": nom, "motif": "Vu le dossier", "montant_accorde": 120_000_00, "rang": 0, "comite": 1, **autres}


def revue(nom: str, conditions: str = "", dans_jours: int = 90) -> dict[str, object]:
    return {
        "donnees": {"decision": nom, "conditions": conditions},
        "revue__prochaine": MAINTENANT + timedelta(days=dans_jours),
    }


def participation(**autres: object) -> dict[str, object]:
    donnees = {
        "decision": "retenu",
        "motif": "x",
        "montant": 400_000_00,
        "capital": 1_000_000_00,
        "comite": 1,
        **autres,
    }
    return {"donnees": donnees}


def suivante(etat: str, acte: str | None, **remplacements: object) -> Transition:
    """The transition taken from an état by an act (None: by itself), its guards met."""
    valeurs = situation(**remplacements)
    dues = [t for t in DOSSIER.depuis(etat) if t.acte == acte and est_due(t, valeurs)]
    assert dues, f"nothing happens from {etat} by {acte}"
    assert [c.raison for c in manques(dues[0].code, **remplacements)] == []
    return dues[0]


def manques(code: str, **remplacements: object) -> list[Constat]:
    transition = DOSSIER.transition_par_code[code]
    return [c for c in evaluer_transition(REGLEMENT, transition, situation(**remplacements)) if not c.passe]


def euros(transition: Transition, effet: str, **remplacements: object) -> int:
    montants = [e.montant for e in transition.effets if e.effet == effet and getattr(e, "montant", None)]  # type: ignore[union-attr]
    return entier(str(montants[0]), situation(**remplacements)) // 100


def test_the_file_holds_together_without_error_or_warning() -> None:
    assert verifier(CHARGE, messages_connus=set(CATALOGUE)) == []


def test_the_story_goes_from_the_meeting_day_to_the_last_euro() -> None:
    engagee, subvention = (
        budget("aide_etude", engage=120_000_00, paye=96_000_00),
        budget("aide_projet", engage=700_000_00),
    )
    chemin: list[tuple[str, str | None, dict[str, object]]] = [
        ("interet_exprime", "planifier_action", {}),
        ("rencontre_planifiee", "rendre_compte_action", {}),
        (
            "en_preparation",
            "deposer_candidature",
            {"donnees": {"cout_prevu": 240_000_00, "montant_demande": 120_000_00}},
        ),
        ("candidature_deposee", None, {"pieces__manquantes": ["deliberation_co_candidat"]}),
        ("a_completer", "completer", {}),
        ("candidature_deposee", None, {}),
        ("recevable", "demander_avis", {}),
        ("avis_demandes", None, {"avis__demandes": 2, "avis__rendus": 2}),
        ("avis_recueillis", "selectionner", {"donnees": decision("retenu")}),
        ("retenu_maturation", "signer_convention", {"donnees": {"nature": "aide_etude"}}),
        ("maturation", "tenir_revue", revue("conditions", "Signer avec le bailleur")),
        ("sous_conditions", "completer", {"donnees": {"message": "C’est signé"}}),
        ("maturation", "deposer_etude", {"donnees": {"cout_reel": 232_000_00}}),
        ("etudes_remises", None, {"budget": engagee}),
        ("maturation_achevee", "lancer_evaluation", {}),
        ("en_expertise", None, {}),
        ("expertise", "auditionner", {}),
        ("auditionne", "deliberer", {"donnees": decision("laureat", montant_accorde=700_000_00)}),
        ("delibere", "notifier", {"dossier__decision": "laureat", "dossier__montant_accorde": 700_000_00}),
        ("laureat", "signer_convention", {"donnees": {"nature": "aide_projet"}}),
        ("conventionne", "demander_solde", {"donnees": {"depenses_reelles": 1_800_000_00}}),
        ("solde_demande", "verser", {"budget": {**subvention, "depenses_reelles": 1_800_000_00}}),
    ]
    for rang, (etat, acte, faits) in enumerate(chemin):
        attendu = chemin[rang + 1][0] if rang + 1 < len(chemin) else "clos"
        assert suivante(etat, acte, **faits).vers == attendu


@pytest.mark.parametrize(
    ("etat", "acte", "faits", "vers"),
    [
        ("interet_exprime", "deposer_candidature", {"donnees": {"cout_prevu": 1, "montant_demande": 1}}, "candidature_deposee"),
        ("candidature_deposee", None, {"dossier__taux_demande": 501}, "irrecevable"),
        ("candidature_deposee", None, {"territoire__admis": False}, "irrecevable"),
        ("candidature_deposee", None, {"porteur": {"connu": True, "nom": "Une société", "kind": "entreprise", "adhesions": [], "region": "", "siret_present": True}}, "irrecevable"),
        ("candidature_deposee", None, {"partenaires__co_candidats": []}, "a_completer"),
        ("candidature_deposee", None, {"partenaires__co_candidats": ["entreprise"]}, "a_completer"),
        ("candidature_deposee", None, {"partenaires__co_candidats": [], "dossier__reponses": {"motif_candidature_seule": "Commune isolée"}}, "recevable"),
        ("a_completer", None, {"echeances__depassees": ["pieces", "pieces_ultime"]}, "irrecevable"),
        ("avis_demandes", None, {"avis__demandes": 2, "avis__rendus": 1, "echeances__depassees": ["avis"], "echeances__ouvertes": ["avis"]}, "avis_recueillis"),
        ("avis_demandes", None, {"avis__demandes": 2, "avis__rendus": 1, "echeances__ouvertes": []}, "avis_recueillis"),
        ("avis_recueillis", "selectionner", {"donnees": decision("liste")}, "liste_maturation"),
        ("avis_recueillis", "selectionner", {"donnees": decision("non_retenu")}, "non_retenu_selection"),
        ("liste_maturation", "selectionner", {"donnees": decision("retenu")}, "retenu_maturation"),
        ("maturation", "tenir_revue", revue("poursuite"), "maturation"),
        ("sous_conditions", "tenir_revue", revue("poursuite"), "maturation"),
        ("sous_conditions", "tenir_revue", revue("conditions", "Encore ceci"), "sous_conditions"),
        ("sous_conditions", "tenir_revue", revue("arret", "Rien n’avance"), "maturation_arretee"),
        ("retenu_maturation", "abandonner", {}, "abandonne_apres_aide"),
        ("auditionne", "abandonner", {}, "abandonne_apres_aide"),
        ("maturation", "resilier", {"donnees": {"motif": "x"}}, "resilie"),
        ("auditionne", "deliberer", {"donnees": decision("ajourne")}, "delibere"),
        ("a_redeliberer", "deliberer", {"donnees": decision("non_retenu")}, "delibere"),
        ("delibere", "notifier", {"dossier__decision": "ajourne"}, "ajourne"),
        ("delibere", "notifier", {"dossier__decision": "non_retenu"}, "non_retenu"),
        ("delibere", "notifier", {"dossier__decision": "liste_complementaire"}, "liste_complementaire"),
        ("ajourne", "completer", {}, "a_redeliberer"),
        ("ajourne", None, {"echeances__depassees": ["complement"]}, "non_retenu"),
        ("liste_complementaire", None, {"maintenant": datetime(2029, 1, 1, tzinfo=UTC)}, "non_retenu"),
        ("place_proposee", None, {"echeances__depassees": ["reponse_place"]}, "desiste"),
        ("laureat", "se_desister", {}, "desiste"),
        ("conventionne", "resilier", {"donnees": {"motif": "x"}, "budget": budget("aide_projet", engage=700_000_00, paye=210_000_00)}, "resilie_a_reverser"),
        ("conventionne", "resilier", {"donnees": {"motif": "x"}, "budget": budget("aide_projet", engage=700_000_00, paye=210_000_00, depenses=600_000_00)}, "resilie"),
        ("resilie_a_reverser", "constater_reversement", {}, "resilie"),
        ("reversement_demande", "constater_reversement", {}, "clos"),
    ],
)  # fmt: skip
def test_every_outcome_is_told(etat: str, acte: str | None, faits: dict[str, object], vers: str) -> None:
    assert suivante(etat, acte, **faits).vers == vers


@pytest.mark.parametrize(
    ("code", "faits", "regle"),
    [
        ("completer", {"partenaires__co_candidats": []}, "candidature_conjointe"),
        ("retenir", {"donnees": decision("retenu"), "comite__presents": 2}, "quorum"),
        ("retenir", {"donnees": decision("retenu", montant_accorde=120_000_01)}, "taux_ingenierie"),
        ("retenir", {"donnees": decision("retenu", montant_accorde=300_000_01), "dossier__cout_prevu": 700_000_00}, "plafond_ingenierie"),
        ("retenir", {"donnees": decision("retenu"), "budget": budget("aide_etude", disponible=119_999_99)}, "enveloppe_ingenierie"),
        ("mettre_en_liste", {"donnees": decision("liste", motif="")}, "motif"),
        ("revue_poursuivre", revue("poursuite", dans_jours=185), "prochaine_revue"),
        ("revue_poursuivre", revue("poursuite", dans_jours=0), "prochaine_revue"),
        ("revue_conditionner", revue("conditions", ""), "conditions_ecrites"),
        ("revue_arreter", revue("arret", ""), "raisons_ecrites"),
        ("revue_conditionner", revue("conditions", "Signer", dans_jours=29), "temps_de_repondre"),
        ("lever_conditions", {"donnees": {"message": ""}}, "reponse_aux_conditions"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "etude": {**ETUDES, "volets_deposes": 5}}, "etudes_livrees"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "etude": {**ETUDES, "volets_renvoyes": 1}}, "etudes_corrigees"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "budget": budget(ressources=1_999_999_99)}, "plan_equilibre"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "budget": budget(emplois=0, ressources=0), "plan__aides_publiques": 0}, "plan_equilibre"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "plan__en_nature_emplois": 1}, "plan_equilibre_en_nature"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "partenaires__non_signes": 1}, "partenaires_signes"),
        ("deposer_etudes", {"donnees": {"cout_reel": 1}, "partenaires__nombre": 0}, "partenaires_signes"),
        ("deliberer_laureat", {"donnees": decision("laureat"), "notes__total": 64_999}, "seuil_laureat"),
        ("deliberer_laureat", {"donnees": decision("laureat", montant_accorde=700_000_01)}, "taux_innover"),
        ("deliberer_liste", {"donnees": decision("liste_complementaire", rang=1), "notes__total": 54_999}, "seuil_liste"),
        ("deliberer_liste", {"donnees": decision("liste_complementaire")}, "rang_indique"),
        ("notifier_laureat", {"dossier__decision": "laureat", "campagne__places_libres": 0}, "place_libre"),
        ("accepter_place", {"echeances__depassees": ["reponse_place"]}, "reponse_dans_le_delai"),
        ("signer_avenant", {"donnees": {"montant": 700_000_01, "fin": MAINTENANT}, "budget": budget("aide_projet", engage=700_000_00)}, "avenant_sans_hausse"),
        ("signer_avenant", {"donnees": {"montant": 0, "fin": datetime(2028, 1, 2, tzinfo=UTC)}}, "fin_avant_programme"),
        ("retenir_participation", participation(montant=490_000_01), "participation_minoritaire"),
        ("retenir_participation", {**participation(), "partenaires__co_investisseurs": []}, "co_investisseur_prive"),
        ("retenir_participation", {**participation(), "partenaires__co_investisseurs": ["collectivite", "etat"]}, "co_investisseur_prive"),
        ("retenir_participation", {**participation(), "partenaires__co_investissement": 0}, "co_investisseur_prive"),
        ("retenir_participation", {**participation(), "dossier__reponses": {"volets_demandes": "Innover"}}, "volet_demande"),
        ("retenir_participation", {**participation(), "budget": budget("participation", engage=1, disponible=9_000_000_00)}, "une_seule_participation"),
        ("retenir_participation", {**participation(), "budget": budget("participation", disponible=399_999_99)}, "enveloppe_investir"),
        ("retenir_participation", {**participation(), "comite__presents": 2}, "quorum"),
        ("signer_participation", {"donnees": {"nature": "participation"}}, "participation_a_signer"),
        ("signer_participation", {"donnees": {"nature": "participation"}, "budget": budget("participation", engage=9, paye=9)}, "participation_a_signer"),
        ("demander_solde", {"indicateurs__releves": 0}, "indicateurs_releves"),
        ("demander_solde", {"pieces__manquantes": ["bilan"]}, "bilan_joint"),
    ],
)  # fmt: skip
def test_each_guard_refuses_alone(code: str, faits: dict[str, object], regle: str) -> None:
    assert [constat.regle for constat in manques(code, **faits)] == [regle]


@pytest.mark.parametrize(("k", "prive"), [("entreprise", True), ("financeur", True), ("organisme_hlm", False)])
def test_a_private_co_investor_is_whoever_is_no_public_body(k: str, prive: bool) -> None:
    assert (manques("retenir_participation", **participation(), partenaires__co_investisseurs=[k]) == []) is prive


def test_an_avance_is_thirty_percent_of_the_aid_in_force() -> None:
    signer = DOSSIER.transition_par_code["signer_convention_ingenierie"]
    assert euros(signer, "ordonner_versement", budget=budget("aide_etude", engage=120_000_00)) == 36_000


@pytest.mark.parametrize(
    ("depenses", "paye", "acompte"),
    [
        (72_000_00, 36_000_00, None),  # 36 000 due, all paid by the avance
        (100_000_00, 36_000_00, 14_000),
        (200_000_00, 50_000_00, 46_000),  # 100 000 due, 96 000 at most before the solde
        (240_000_00, 96_000_00, None),
    ],
)
def test_interim_payments_follow_the_spending_up_to_eighty_percent(
    depenses: int, paye: int, acompte: int | None
) -> None:
    faits = {
        "budget": budget("aide_etude", engage=120_000_00, paye=paye, depenses=depenses),
        "echeances__ouvertes": ["examen_depenses"],
    }
    transition = suivante("maturation", "verser", **faits)
    assert transition.vers is None
    assert (transition.code == "verser_acompte_etudes") is (acompte is not None)
    if acompte is not None:
        assert euros(transition, "ordonner_versement", **faits) == acompte


def test_nothing_is_paid_while_conditions_are_not_met() -> None:
    assert "verser" not in {t.acte for t in DOSSIER.depuis("sous_conditions")}


@pytest.mark.parametrize(
    ("cout_reel", "paye", "code", "effet", "montant"),
    [
        (232_000_00, 96_000_00, "achever_maturation", "ordonner_versement", 20_000),
        (250_000_00, 96_000_00, "achever_maturation", "ordonner_versement", 24_000),
        (192_000_00, 96_000_00, "achever_maturation", "ordonner_versement", 0),
        (180_000_00, 96_000_00, "achever_maturation_trop_percu", "demander_reversement", 6_000),
    ],
)
def test_the_studies_are_settled_on_their_real_cost(
    cout_reel: int, paye: int, code: str, effet: str, montant: int
) -> None:
    faits = {"etude": {**ETUDES, "cout_reel": cout_reel}, "budget": budget("aide_etude", engage=120_000_00, paye=paye)}
    transition = suivante("etudes_remises", None, **faits)
    assert (transition.code, euros(transition, effet, **faits)) == (code, montant)


@pytest.mark.parametrize(
    ("acte", "faits"),
    [("abandonner", {}), ("resilier", {"donnees": {"motif": "x"}}), ("tenir_revue", revue("arret", "x"))],
)
def test_an_avance_that_no_spending_justifies_is_asked_back_when_maturation_stops(
    acte: str, faits: dict[str, object]
) -> None:
    depense = {
        **faits,
        "etude": {**ETUDES, "cout_reel": 0},
        "budget": budget("aide_etude", engage=120_000_00, paye=36_000_00, depenses=20_000_00),
    }
    transition = suivante("maturation", acte, **depense)
    assert euros(transition, "demander_reversement", **depense) == 26_000
    justifiee = {**depense, "budget": budget("aide_etude", engage=120_000_00, paye=36_000_00, depenses=72_000_00)}
    assert all(e.effet != "demander_reversement" for e in suivante("maturation", acte, **justifiee).effets)


def test_studies_handed_in_wait_for_a_balanced_plan_and_signed_partners() -> None:
    achever = DOSSIER.transition_par_code["achever_maturation"]
    assert est_due(achever, situation())
    assert not est_due(achever, situation(budget=budget(ressources=1)))
    assert not est_due(achever, situation(partenaires__non_signes=1))
    assert not est_due(achever, situation(etude={**ETUDES, "volets_valides": 5}))


def test_avis_are_all_waited_for_until_their_delay() -> None:
    attente = {"avis__demandes": 2, "avis__rendus": 1, "echeances__ouvertes": ["avis"]}
    assert not any(est_due(t, situation(**attente)) for t in DOSSIER.depuis("avis_demandes") if t.automatique)
    etats_de_selection = {etat for t in DOSSIER.transitions if t.acte == "selectionner" for etat in t.de}
    assert etats_de_selection == {"avis_recueillis", "liste_maturation"}


def test_an_avenant_frees_what_it_lowers() -> None:
    faits = {
        "donnees": {"nature": "aide_projet", "montant": 630_000_00, "fin": MAINTENANT},
        "budget": budget("aide_projet", engage=700_000_00),
    }
    assert euros(suivante("conventionne", "signer_avenant", **faits), "liberer_montant", **faits) == 70_000


@pytest.mark.parametrize(
    ("depenses", "vers", "effet", "montant"),
    [
        (2_400_000_00, "clos", "ordonner_versement", 126_000),  # 630 000 after the avenant, 504 000 paid
        (1_700_000_00, "clos", "ordonner_versement", 91_000),
        (1_440_000_00, "clos", "ordonner_versement", 0),
        (1_400_000_00, "reversement_demande", "demander_reversement", 14_000),
    ],
)
def test_the_grant_is_settled_on_real_spending(depenses: int, vers: str, effet: str, montant: int) -> None:
    faits = {
        "budget": {
            **budget("aide_projet", engage=700_000_00, libere=70_000_00, paye=504_000_00),
            "depenses_reelles": depenses,
        }
    }
    transition = suivante("solde_demande", "verser", **faits)
    assert (transition.vers, euros(transition, effet, **faits)) == (vers, montant)


def test_a_participation_is_paid_whole_at_its_deed_and_moves_no_etat() -> None:
    examiner = suivante("conventionne", "examiner_participation", **participation())
    assert (examiner.vers, euros(examiner, "engager_montant", **participation())) == (None, 400_000)
    faits = {"donnees": {"nature": "participation"}, "budget": budget("participation", engage=400_000_00)}
    signer = suivante("conventionne", "signer_convention", **faits)
    assert signer.vers is None
    assert [(e.nature, e.motif) for e in signer.effets if e.effet == "ordonner_versement"] == [
        ("participation", "unique")
    ]
    assert euros(signer, "ordonner_versement", **faits) == 400_000
    assert not any(
        getattr(e, "motif", "") == "solde" and getattr(e, "nature", "") == "participation"
        for t in DOSSIER.transitions
        for e in t.effets
    )


def test_the_payee_of_each_aid_is_said() -> None:
    assert {aide.nature: aide.beneficiaire for aide in REGLEMENT.aides} == {
        "aide_etude": "porteur",
        "aide_projet": "porteur",
        "participation": "societe_projet",
    }


def test_every_live_etat_can_be_left_by_the_porteur_or_by_staff() -> None:
    sorties = {"abandonner", "se_desister", "resilier"}
    for etat in DOSSIER.etats:
        actes = {t.acte for t in DOSSIER.depuis(etat.code)}
        if not etat.final and etat.code not in {"reversement_demande", "resilie_a_reverser"}:
            assert actes & sorties, etat.code


def test_the_phases_bear_the_codes_the_flows_sweep() -> None:
    assert [phase.code for phase in REGLEMENT.phases] == ["sensibilisation", "prefaisabilite", "scoring", "financement"]


def test_every_mail_to_someone_refused_says_how_to_contest() -> None:
    assert "tribunal administratif" in REGLEMENT.recours
    assert "deux mois" in REGLEMENT.recours
