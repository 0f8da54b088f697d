"""The expression language: what it computes, what it reads, what it refuses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.expressions import (
    EvaluationImpossible,
    ExpressionInvalide,
    compile_expression,
    entier,
    instant,
    proportion,
    vrai,
)

CENTIMES = st.integers(min_value=0, max_value=10**13)


@pytest.mark.parametrize(
    ("source", "chemins"),
    [
        ("dossier.cout_prevu > 0", ["dossier.cout_prevu"]),
        ('"dossier.faux" in pieces.manquantes', ["pieces.manquantes"]),
        ("territoire.kinds.all(k, k in ['QPV'])", ["territoire.kinds"]),
        ("notes.exists(n, n.valeur > dossier.rang)", ["dossier.rang", "notes"]),
        ("max(budget.aide_etude.paye, 0)", ["budget.aide_etude.paye"]),
        ("has(donnees.motif) && size(donnees.motif) > 0", ["donnees.motif"]),
        ('dossier["reponses"].nombre', ["dossier.reponses.nombre"]),
        ("pieces.manquantes.filter(p, p in echeances.ouvertes).size()", ["echeances.ouvertes", "pieces.manquantes"]),
        ("true && !false // dossier.commentaire", []),
        ("l.exists(x, x > 1) && x.y", ["l", "x.y"]),
    ],
)
def test_the_paths_read_are_the_fields_and_nothing_else(source: str, chemins: list[str]) -> None:
    assert compile_expression(source).chemins() == chemins


def test_the_same_text_is_compiled_once() -> None:
    assert compile_expression("dossier.rang == 1") is compile_expression("dossier.rang == 1")


@pytest.mark.parametrize("source", ["1 +", "a b", "dossier.", "1.5 > 1", "2e3 > 1", "double(1) > 1", ".5 < 1"])
def test_a_text_that_is_no_expression_is_refused_in_french(source: str) -> None:
    with pytest.raises(ExpressionInvalide, match=r"expression : «"):
        compile_expression(source)


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(ExpressionInvalide, match="ligne 1, colonne 4"):
        compile_expression("1 +")


@pytest.mark.parametrize("valeur", [Decimal("1.5"), 1.5, object(), datetime(2026, 1, 1), 2**63])
def test_what_would_be_read_wrongly_is_refused_in_the_context(valeur: object) -> None:
    with pytest.raises(EvaluationImpossible, match=r"donnees\.x"):
        compile_expression("donnees.x == donnees.x").evaluer({"donnees": {"x": valeur}})


@pytest.mark.parametrize(
    ("source", "raison"),
    [
        ("donnees.absent > 1", "absent"),
        ("inconnu.champ > 1", "inconnu"),
        ("donnees.texte > 1", "même type"),
        ("donnees.nombre / 0 > 1", "zéro"),
        ("9223372036854775807 + donnees.nombre > 0", "trop grand"),
        ("inexistante(donnees.nombre)", "inexistante"),
    ],
)
def test_what_cannot_be_computed_says_why(source: str, raison: str) -> None:
    with pytest.raises(EvaluationImpossible, match=raison):
        compile_expression(source).evaluer({"donnees": {"texte": "a", "nombre": 1}})


def test_what_is_none_is_absent() -> None:
    contexte: dict[str, object] = {"donnees": {"motif": None, "autre": 1}, "dossier": None}
    assert vrai("has(donnees.motif)", contexte) is False
    assert vrai("has(donnees.autre)", contexte) is True


def test_a_date_is_the_legal_midnight_that_begins_it() -> None:
    assert instant("donnees.jour", {"donnees": {"jour": date(2026, 7, 14)}}) == datetime(2026, 7, 13, 22, tzinfo=UTC)
    assert instant("donnees.jour", {"donnees": {"jour": "2026-01-14"}}) == datetime(2026, 1, 13, 23, tzinfo=UTC)


@pytest.mark.parametrize("mauvais", ["3", "'oui'", "donnees.l"])
def test_a_condition_that_is_not_true_or_false_is_refused(mauvais: str) -> None:
    with pytest.raises(EvaluationImpossible, match="vrai ou faux"):
        vrai(mauvais, {"donnees": {"l": []}})


@pytest.mark.parametrize("mauvais", ["true", "'5'", "[1]"])
def test_an_amount_that_is_not_an_integer_is_refused(mauvais: str) -> None:
    with pytest.raises(EvaluationImpossible, match="nombre entier"):
        entier(mauvais, {})


@pytest.mark.parametrize("mauvais", ["true", "'bientôt'", "12"])
def test_a_date_that_is_none_is_refused(mauvais: str) -> None:
    with pytest.raises(EvaluationImpossible, match="date"):
        instant(mauvais, {})


def test_the_study_of_the_story_is_settled_on_its_real_cost() -> None:
    assert proportion(5_000_00, 6_000_00, 6_400_00) == 4_687_50


@given(CENTIMES, st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_proportion_is_the_exact_share_rounded_half_up(montant: int, numerateur: int, denominateur: int) -> None:
    exact = Decimal(montant) * numerateur / denominateur
    if exact < 2**62:
        assert proportion(montant, numerateur, denominateur) == int(exact.quantize(Decimal(1), "ROUND_HALF_UP"))


@given(CENTIMES, CENTIMES)
def test_a_proportion_by_nothing_is_nothing(montant: int, numerateur: int) -> None:
    assert proportion(montant, numerateur, 0) == 0


@given(CENTIMES, CENTIMES)
def test_min_and_max_of_the_language_are_those_of_arithmetic(a: int, b: int) -> None:
    contexte = {"donnees": {"a": a, "b": b}}
    assert entier("min(donnees.a, donnees.b)", contexte) == min(a, b)
    assert entier("max(donnees.a, donnees.b)", contexte) == max(a, b)
    assert entier("donnees.a - donnees.b", contexte) == a - b


@given(
    st.recursive(st.none() | st.integers(-(2**62), 2**62) | st.booleans() | st.text(max_size=8), st.lists, max_leaves=6)
)
def test_a_value_goes_in_and_comes_back_the_same(valeur: object) -> None:
    if valeur is not None:
        assert compile_expression("donnees.x").evaluer({"donnees": {"x": valeur}}) == valeur
