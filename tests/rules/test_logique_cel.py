"""The prover shows what excludes what, and never wrongly."""

from itertools import product

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.arbre_cel import arbre
from rules.expressions import FONCTIONS_CEL
from rules.logique_cel import JAMAIS, TOUJOURS, Cas, Connu, TropDeCas, cas_de, disjointes, et


def cas(texte: str, *, vrai: bool = True, connu: Connu | None = None) -> Cas:
    return cas_de(arbre(texte), vrai=vrai, connu=connu)


@pytest.mark.parametrize(
    ("une", "autre"),
    [
        ("a == 0", "a > 0"),
        ("a == 0", "0 < a"),
        ("a >= b", "a < b"),
        ("a >= b", "b > a"),
        ("a == b", "b != a"),
        ("f(a, 1) < b", "b <= f(a, 1)"),
        ("d == 'x'", "d == 'y'"),
        ("d == 'x'", "d != 'x'"),
        ("d in ['x', 'y']", "d == 'z'"),
        ("d in ['x', 'y']", "!(d in ['y', 'x'])"),
        ("'x' in l", "!('x' in l)"),
        ("p", "!p"),
        ("p", "p == false"),
        ("a > 5", "a < 5 || a == 5"),
        ("a > 5 && a != 6", "a == 6 || a <= 5"),
        ("a > 1 && a < 3", "a != 2"),
        ("p ? a == 1 : a == 2", "a > 2"),
        ("size(l) == 0", "size(l) > 0"),
        ("l.exists(x, x > 1)", "!l.exists(x, x > 1)"),
        ("min(a, b) >= c", "b < c"),
        ("c <= min(a, b)", "a < c"),
        ("min(a, b) < c", "a >= c && b >= c"),
        ("max(a, b) > c", "a <= c && b <= c"),
        ("c > max(a, min(b, d))", "a >= c"),
        ("a <= 0 && b == 0", "a == 0 && b > 0"),
    ],
)
def test_conditions_that_exclude_each_other_are_shown_to(une: str, autre: str) -> None:
    assert disjointes(cas(une), cas(autre))
    assert disjointes(cas(autre), cas(une))


@pytest.mark.parametrize(
    ("une", "autre"),
    [
        ("a > 0", "b > 0"),
        ("min(a, b) > c", "max(a, b) > c"),
        ("min(a, b) < c", "a >= c"),
        ("a > 0", "a > 1"),
        ("a >= b", "a <= b"),
        ("d == 'x'", "e == 'y'"),
        ("d != 'x'", "d != 'y'"),
        ("p || q", "!p"),
        ("a > 1 && a < 4", "a != 2"),
        ("d in ['x', 'y']", "d in ['y', 'z']"),
        ("a == 1", "a == 'x'"),  # of which type a is, the prover does not know
    ],
)
def test_conditions_that_may_hold_together_are_not_said_to_exclude_each_other(une: str, autre: str) -> None:
    assert not disjointes(cas(une), cas(autre))


def test_a_condition_that_contradicts_itself_has_no_case() -> None:
    assert cas("a > 3 && a < 4") == JAMAIS
    assert cas("1 > 2") == JAMAIS
    assert cas("1 < 2") == TOUJOURS
    assert cas("p || !p", vrai=False) == JAMAIS


def test_a_known_value_takes_part_in_the_proof() -> None:
    connu = Connu(valeurs={"seuils.haut": 60, "seuils.bas": 50})
    assert disjointes(cas("n >= seuils.haut", connu=connu), cas("n < seuils.bas", connu=connu))
    assert not disjointes(cas("n >= seuils.bas", connu=connu), cas("n < seuils.haut", connu=connu))


def test_what_a_count_stands_for_takes_part_in_the_proof() -> None:
    connu = Connu(comptes={"c.refus": (cas("x <= fin"), cas("x > fin"))})
    assert disjointes(cas("c.refus > 0", connu=connu), cas("x <= fin"))
    assert disjointes(cas("c.refus != 0", connu=connu), cas("x <= fin"))
    assert disjointes(cas("c.refus == 0", connu=connu), cas("x > fin"))
    assert disjointes(cas("c.refus < 1", connu=connu), cas("x > fin"))
    assert not disjointes(cas("c.refus < 2", connu=connu), cas("x > fin"))


def test_a_condition_with_too_many_cases_is_left_alone() -> None:
    with pytest.raises(TropDeCas):
        cas(" && ".join(f"(a{n} || b{n})" for n in range(12)))


ATOMES = st.sampled_from(
    [
        "a < 1",
        "a == 1",
        "a != 2",
        "a >= b",
        "b > a",
        "b == 0",
        "a in [0, 2]",
        "p",
        "p == false",
        "2 > b",
        "a + 1 > b",
        "min(a, b) < 1",
        "max(a, 1) <= b",
    ]
)
CONDITIONS = st.recursive(
    ATOMES,
    lambda c: st.one_of(
        st.builds("!({})".format, c),
        st.builds("({} && {})".format, c, c),
        st.builds("({} || {})".format, c, c),
        st.builds("({} ? {} : {})".format, c, c, c),
    ),
    max_leaves=5,
)
MONDES = [{"a": a, "b": b, "p": p} for a, b, p in product(range(-1, 4), range(-1, 4), (True, False))]


def vraies(texte: str) -> set[int]:
    programme = cel.compile(texte)
    mondes = [cel.Context(variables=monde, functions=FONCTIONS_CEL) for monde in MONDES]
    return {rang for rang, monde in enumerate(mondes) if programme.execute(monde) is True}


@given(CONDITIONS, CONDITIONS)
def test_what_is_shown_is_true_in_every_world(une: str, autre: str) -> None:
    if disjointes(cas(une), cas(autre)):
        assert not vraies(une) & vraies(autre)
    if et(cas(une), cas(autre, vrai=False)) == JAMAIS:
        assert vraies(une) <= vraies(autre)
