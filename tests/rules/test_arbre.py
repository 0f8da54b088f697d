"""The tree read from an expression is the expression: written back and computed, it gives the same."""

from typing import Any

import pytest

from rules.arbre import Appel, Chemin, Choix, HorsDuParler, Non, Operation, Valeur, ecrire, lire_arbre, parcourir
from rules.chargement import charger
from rules.examen import Examen
from rules.expressions import EvaluationImpossible, compile_expression
from rules.verif_sources import sources_expressions
from tests.rules.support import RACINE, contexte

REGLEMENTS = sorted((RACINE / "rules").glob("*.yaml"))
EXPRESSIONS = sorted({s.texte for f in REGLEMENTS for s in sources_expressions(Examen(charger(f), None))})


def calculer(source: str, valeurs: dict[str, Any]) -> object:
    try:
        return compile_expression(source).evaluer(valeurs)
    except EvaluationImpossible as erreur:
        return erreur.raison


def test_every_expression_of_the_reglements_reads_back_the_same() -> None:
    for source in EXPRESSIONS:
        arbre = lire_arbre(source)
        assert lire_arbre(ecrire(arbre)) == arbre, source


def test_what_is_written_back_computes_the_same() -> None:
    donnees = {"montant_accorde": 400_000, "decision": "retenu", "motif": "x", "comite": "", "projets": 1}
    valeurs = contexte(donnees=donnees, parametres={"plafond_etude": 500_000, "taux_max_etude": 800})
    for source in EXPRESSIONS:
        assert calculer(ecrire(lire_arbre(source)), valeurs) == calculer(source, valeurs), source


@pytest.mark.parametrize(
    ("source", "valeur"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("-2 * 3 < 0 && !(1 > 2) || false", True),
        ("true ? 1 : false ? 2 : 3", 1),
        ("false ? 1 : false ? 2 : 3", 3),
        ('"a\\"b" == "a" + "\\"b"', True),
        ('[1, 2, 3].exists(x, x * 2 == 4) && size(["a"]) == 1', True),
        ('1 in [1, 2] && !("c" in ["a"])', True),
        ("0x10 == 16", True),
        ("-(1 + 1)", -2),
    ],
)
def test_precedence_is_that_of_the_language(source: str, valeur: object) -> None:
    assert calculer(source, {}) == valeur
    assert calculer(ecrire(lire_arbre(source)), {}) == valeur


def test_the_shapes_of_the_tree() -> None:
    assert lire_arbre("a.b && !c && d") == Operation("&&", (Chemin(("a", "b")), Non(Chemin(("c",))), Chemin(("d",))))
    assert lire_arbre('a["b"].c') == Chemin(("a", "b", "c"))
    assert lire_arbre("a ? 1 : null") == Choix(Chemin(("a",)), Valeur(1), Valeur(None))
    assert lire_arbre("x.all(k, k)") == Appel("all", (Chemin(("k",)), Chemin(("k",))), Chemin(("x",)))
    assert [n for n in parcourir(lire_arbre("f(a, [b])")) if isinstance(n, Chemin)] == [Chemin(("a",)), Chemin(("b",))]


@pytest.mark.parametrize("source", ["{'a': 1}", "a[0]", "f(a).b", "a b", "(a", "a ?", ""])
def test_a_shape_without_words_is_refused_by_name(source: str) -> None:
    with pytest.raises(HorsDuParler):
        lire_arbre(source)
