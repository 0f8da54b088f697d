"""The tree of an expression says what the engine computes, and is written back as the same expression."""

from decimal import Decimal
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.arbre_cel import (
    Appel,
    Binaire,
    Champ,
    Choix,
    Dictionnaire,
    ExpressionIllisible,
    Indice,
    Liste,
    Litteral,
    Macro,
    Noeud,
    Nom,
    Unaire,
    arbre,
    chemin_de,
    parcourir,
)
from rules.chargement import charger
from rules.examen import Examen
from rules.expressions import EvaluationImpossible, compile_expression
from rules.verif_sources import sources_expressions
from tests.rules.support import RACINE, contexte

EXPRESSIONS = sorted(
    {s.texte for f in (RACINE / "rules").glob("*.yaml") for s in sources_expressions(Examen(charger(f)))}
)
RANG = Champ(Nom("dossier"), "rang")


def calculer(texte: str, valeurs: dict[str, Any]) -> object:
    try:
        return compile_expression(texte).evaluer(valeurs)
    except EvaluationImpossible as erreur:
        return erreur.raison


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("dossier.rang > 0", Binaire(">", RANG, Litteral(0))),
        ('dossier["rang"]', RANG),
        ("l[0]", Indice(Nom("l"), Litteral(0))),
        ("!a", Unaire("!", Nom("a"))),
        ("-3", Litteral(-3)),
        ("- -3", Litteral(3)),
        ("1.50", Litteral(Decimal("1.50"))),
        ("0x1F", Litteral(31)),
        ("3u", Litteral(3)),
        ("a ? b : c ? d : e", Choix(Nom("a"), Nom("b"), Choix(Nom("c"), Nom("d"), Nom("e")))),
        ("min(a, b)", Appel("min", None, (Nom("a"), Nom("b")))),
        ("l.size()", Appel("size", Nom("l"), ())),
        ("l.all(x, x > 1)", Macro("all", Nom("l"), "x", (Binaire(">", Nom("x"), Litteral(1)),))),
        ("[a, 'é',]", Liste((Nom("a"), Litteral("é")))),
        ('{"a": 1}', Dictionnaire(((Litteral("a"), Litteral(1)),))),
        (r'"d\"ici\n\u00e9"', Litteral('d"ici\né')),
        (r'r"\n"', Litteral("\\n")),
        ('"""un "mot" """', Litteral('un "mot" ')),
        ("b'oui'", Litteral(b"oui")),
        ("true // dossier.absent", Litteral(True)),
        ("a && b || c && d", Binaire("||", Binaire("&&", Nom("a"), Nom("b")), Binaire("&&", Nom("c"), Nom("d")))),
        ("1 - 2 - 3", Binaire("-", Binaire("-", Litteral(1), Litteral(2)), Litteral(3))),
    ],
)
def test_a_text_is_read_as_one_tree(texte: str, attendu: Noeud) -> None:
    assert arbre(texte) == attendu
    assert arbre(str(attendu)) == attendu


@pytest.mark.parametrize(
    "texte", ["", "1 +", "a b", "a.", "f(", "(a", "a)", "[a", "a[0", "{a}", "a ? b", "a.1", "@", "Type{a: 1}"]
)
def test_what_is_no_expression_is_refused_in_french(texte: str) -> None:
    with pytest.raises(ExpressionIllisible, match=r"attendu|finie"):
        arbre(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "(" * 400 + "1" + ")" * 400,
        "!(" * 400 + "a" + ")" * 400,
        "[" * 400 + "]" * 400,
        "+".join(["1"] * 400),
        "a" + ".b" * 400,
    ],
)
def test_an_expression_nested_beyond_reason_is_refused_before_it_exhausts_anything(texte: str) -> None:
    with pytest.raises(ExpressionIllisible, match="trop imbriquée"):
        arbre(texte)


def test_a_path_is_what_members_spell_and_nothing_else() -> None:
    assert chemin_de(arbre('budget["aide_etude"].paye')) == "budget.aide_etude.paye"
    assert chemin_de(arbre("l[0].paye")) is None
    assert chemin_de(arbre("f(a).paye")) is None


def test_every_expression_shipped_is_written_back_with_the_same_meaning() -> None:
    for texte in EXPRESSIONS:
        racine = arbre(texte)
        assert arbre(str(racine)) == racine
        lus = set(cel.compile(texte).variables())
        assert lus == {n.nom for n in parcourir(racine) if isinstance(n, Nom)}, texte


def test_every_expression_shipped_computes_the_same_once_written_back() -> None:
    donnees = {"montant_accorde": 400_000, "decision": "retenu", "motif": "x", "comite": "", "projets": 1}
    valeurs = contexte(donnees=donnees, parametres={"plafond_etude": 500_000, "taux_max_etude": 800})
    for texte in EXPRESSIONS:
        assert calculer(str(arbre(texte)), valeurs) == calculer(texte, valeurs), texte


@pytest.mark.parametrize(
    ("texte", "valeur"),
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
def test_precedence_is_that_of_the_language(texte: str, valeur: object) -> None:
    assert calculer(texte, {}) == valeur
    assert calculer(str(arbre(texte)), {}) == valeur


VALEURS = st.sampled_from(
    ["1", "-2", "3", "true", "false", "'a'", "x", "y", "l", "[1, 2]", "(1 + 2)", "size(l)", "m.c"]
)
OPERATEURS = st.sampled_from(["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"])
CONTEXTE = {"x": 5, "y": True, "l": [1, 5], "m": {"c": 2}}


def resultat(texte: str) -> object:
    try:
        return cel.evaluate(texte, CONTEXTE)
    except Exception as erreur:
        return type(erreur)


def entre_parentheses(noeud: Noeud) -> str:
    """The same expression, with every operation between parentheses: nothing is left to precedence."""
    match noeud:
        case Binaire(operateur=operateur, gauche=gauche, droite=droite):
            return f"({entre_parentheses(gauche)} {operateur} {entre_parentheses(droite)})"
        case Unaire(operateur=operateur, operande=operande):
            return f"({operateur}{entre_parentheses(operande)})"
        case Choix(condition=condition, oui=oui, non=non):
            return f"({entre_parentheses(condition)} ? {entre_parentheses(oui)} : {entre_parentheses(non)})"
        case _:
            return str(noeud)


@given(st.data())
def test_the_engine_computes_the_tree_that_is_read(data: st.DataObject) -> None:
    morceaux = [data.draw(st.sampled_from(["", "!", "-", "!!"])) + data.draw(VALEURS)]
    for _ in range(data.draw(st.integers(1, 5))):
        morceaux += [data.draw(OPERATEURS), data.draw(st.sampled_from(["", "!", "-"])) + data.draw(VALEURS)]
    texte = " ".join(morceaux)
    if data.draw(st.booleans()):
        texte = f"{texte} ? 1 : {texte}"
    lu = arbre(texte)
    assert resultat(texte) == resultat(entre_parentheses(lu))
    assert arbre(str(lu)) == lu
