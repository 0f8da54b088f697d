"""The tree of an expression says what the engine computes, and is written back as the same expression."""

from decimal import Decimal

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
from rules.examen import Examen
from rules.verif_sources import sources_expressions
from tests.rules.support import habitat

RANG = Champ(Nom("dossier"), "rang")


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
    for source in sources_expressions(Examen(habitat())):
        racine = arbre(source.texte)
        assert arbre(str(racine)) == racine
        lus = set(cel.compile(source.texte).variables())
        assert lus == {n.nom for n in parcourir(racine) if isinstance(n, Nom)}, source.texte


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
