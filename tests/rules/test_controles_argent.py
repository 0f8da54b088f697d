# ruff: noqa: E501 — one case a line: the tables are read across
"""Each check of money, in both règlements shipped: refused to the centime, with its article and a figure of the file."""

from typing import Any

import pytest

from rules.evaluation import Constat, contexte_controles, evaluer_transition, parametres_contexte
from rules.modele import Reglement
from tests.rules.support import anru_plus, contexte, habitat

HPF, ANRU = habitat().reglement, anru_plus().reglement
PLAN = {"lignes": 3, "acquis": 0, "sollicite": 0, "base": "HT", "aides_publiques": 800_00, "autofinancement": 200_00, "cout_eligible": 1_000_00, "sans_statut": [], "en_nature_emplois": 50_00, "en_nature_ressources": 50_00}  # fmt: skip
NATURE = {"engage": 0, "paye": 0, "reverse": 0, "libere": 0, "a_reverser": 0, "depenses": 0, "disponible": 10**10}
BUDGET = {"aide_etude": NATURE, "aide_projet": NATURE, "participation": NATURE, "emplois": 1_000_00, "ressources": 1_000_00, "depenses_reelles": 0}  # fmt: skip
CONTROLES = [(HPF, "plan_de_financement"), (ANRU, "sortie_maturation")]


def manques(reglement: Reglement, controle: str, transition: str = "", **faits: Any) -> list[Constat]:
    """What is not met: of a contrôle, or of a transition."""
    sain: dict[str, Any] = {
        "plan": PLAN,
        "budget": BUDGET,
        "etude__volets_deposes": 6,
        "partenaires__nombre": 1,
        "donnees": {"cout_reel": 1},
    }
    valeurs = contexte(parametres=parametres_contexte(reglement), **{**sain, **faits})
    valeurs["controles"] = contexte_controles(reglement, valeurs)
    regle = next(
        t for t in reglement.workflow("dossier").transitions if t.code == transition or (controle and t.controle == controle)
    )  # fmt: skip
    constats = evaluer_transition(reglement, regle, valeurs)
    codes = {garde.code for garde in reglement.controles[controle]} if controle else {c.regle for c in constats}
    return [c for c in constats if not c.satisfait and c.regle in codes]


@pytest.mark.parametrize(("reglement", "controle"), CONTROLES, ids=["hpf", "anru"])
@pytest.mark.parametrize(
    ("faits", "regle", "raison"),
    [
        ({"budget": {**BUDGET, "ressources": 999_99}}, "plan_equilibre", "999,99 € de ressources pour 1 000,00 €"),
        ({"plan": {**PLAN, "en_nature_ressources": 49_99}}, "plan_equilibre_en_nature", "49,99 €"),
        ({"plan": {**PLAN, "sans_statut": ["Banque"]}}, "financeurs_dits", "sollicité ou acquis : on ne le sait pas pour Banque"),
        ({"plan": {**PLAN, "base": "TTC"}, "dossier__reponses": {"tva_recuperee": True}}, "base_du_plan", "hors taxes quand la TVA est récupérée"),
        ({"dossier__reponses": {"tva_recuperee": False}}, "base_du_plan", "établi HT"),
        ({"plan": {**PLAN, "autofinancement": 199_99}}, "autofinancement", "199,99 € sur ses fonds propres ; il en faut au moins 200,00 €"),
        ({"plan": {**PLAN, "aides_publiques": 800_01}}, "plafond_aides_publiques", "(800,01 €) dépassent ce que le règlement admet (800,00 €)"),
        ({"plan": {**PLAN, "cout_eligible": 799_99}}, "aides_dans_le_cout", "dépassent le coût éligible du projet (799,99 €)"),
    ],
)  # fmt: skip
def test_a_plan_is_refused_by_the_one_check_it_fails(
    reglement: Reglement, controle: str, faits: dict[str, Any], regle: str, raison: str
) -> None:
    assert manques(reglement, controle) == []
    (constat,) = manques(reglement, controle, **faits)
    assert (constat.regle, constat.passe, constat.article[:4]) == (regle, False, "art.")
    assert raison in constat.raison.replace("\u202f", " ").replace("\u00a0", " ")


MINIMIS = {n: {"concerne": True, "compte": 299_000_00} for n in ("aide_etude", "aide_projet", "participation")}
ACCORDE = {"decision": "retenu", "motif": "x", "montant_accorde": 1_000_01, "comite": ""}


@pytest.mark.parametrize(
    ("reglement", "transition", "nature", "faits"),
    [
        (HPF, "retenir_etude", "aide_etude", {"donnees": ACCORDE}),
        (ANRU, "retenir", "aide_etude", {"donnees": ACCORDE}),
        (HPF, "notifier_laureat", "aide_projet", {"dossier__montant_accorde": 1_000_01}),
        (ANRU, "notifier_laureat", "aide_projet", {"dossier__montant_accorde": 1_000_01}),
        (ANRU, "proposer_place", "aide_projet", {"dossier__montant_accorde": 1_000_01}),
    ],
)  # fmt: skip
def test_no_aid_is_engaged_above_the_de_minimis_ceiling(
    reglement: Reglement, transition: str, nature: str, faits: dict[str, Any]
) -> None:
    (constat,) = manques(reglement, "", transition, minimis=MINIMIS, **faits)
    assert constat.regle == f"minimis_{nature}"
    assert "300 000,01 €" in constat.raison.replace("\u202f", " ").replace("\u00a0", " ")
    exempte = {n: {"concerne": False, "compte": 0} for n in MINIMIS}
    assert manques(reglement, "", transition, minimis=exempte, **faits) == []


@pytest.mark.parametrize("transition", ["retenir_etude", "notifier_laureat", "proposer_place"])
def test_nothing_is_engaged_from_money_that_may_not_be_re_granted(transition: str) -> None:
    faits = {"donnees": ACCORDE, "dossier__montant_accorde": 1_000_01, "campagne__reattribution": ""}
    assert [c.regle for c in manques(HPF, "", transition, **faits)] == ["reattribution"]


@pytest.mark.parametrize(
    ("reglement", "transition", "nature"),
    [
        (HPF, "valider_etude", "aide_etude"),
        (HPF, "verser_solde", "aide_projet"),
        (ANRU, "verser_acompte_etudes", "aide_etude"),
        (ANRU, "verser_acompte_innover", "aide_projet"),
        (ANRU, "verser_solde", "aide_projet"),
    ],
)
def test_above_23_000_euros_nothing_is_paid_without_a_convention(
    reglement: Reglement, transition: str, nature: str
) -> None:
    def engage(euros: int, *signees: str) -> list[str]:
        faits = {"budget": {**BUDGET, nature: {**NATURE, "engage": euros}}, "convention__signees": list(signees)}
        return [c.regle for c in manques(reglement, "", transition, **faits)]

    assert engage(23_000_00) == []
    assert engage(23_000_01) == [f"convention_{nature}"]
    assert engage(23_000_01, nature) == []


def test_a_project_without_inhabitants_nor_funder_is_signalled_and_goes_on() -> None:
    dits = manques(ANRU, "recevabilite", territoire__kinds=["NPNRU"], partenaires__co_candidats=["collectivite"], dossier__taux_demande=500)  # fmt: skip
    assert [(c.regle, c.passe) for c in dits] == [("habitants_associes", True), ("financeur_associe", True)]
    assert manques(ANRU, "recevabilite", dossier__taux_demande=500, partenaires__co_candidats=["collectivite"], partenaires__kinds=["habitants", "financeur"]) == []  # fmt: skip


@pytest.mark.parametrize(
    ("transition", "nature", "regle"),
    [("declarer_depenses_etudes", "aide_etude", "cout_des_etudes"), ("declarer_depenses_innover", "aide_projet", "plan_depasse")],
)  # fmt: skip
def test_spending_above_the_plan_is_told_and_blocks_nothing(transition: str, nature: str, regle: str) -> None:
    faits: dict[str, Any] = {"dossier__cout_prevu": 1_000_00, "pieces__manquantes": []}
    dites = {"donnees": {"nature": nature, "montant": 1_000_00, "commentaire": ""}}
    assert manques(ANRU, "", transition, **faits, **dites) == []
    dites["donnees"]["montant"] = 1_000_01
    (constat,) = manques(ANRU, "", transition, **faits, **dites)
    assert (constat.regle, constat.defaut, constat.passe) == (regle, "avertissement", True)
