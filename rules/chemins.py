"""Which names a CEL expression reads: whole paths, because the engine lists only the roots.

The checker needs `dossier.cout_prevu`, so that a misspelt field is refused before a règlement is used.
"""

from collections.abc import Iterator
from decimal import Decimal

from rules.arbre_cel import Appel, Litteral, Macro, Noeud, arbre, chemin_de, enfants, parcourir


def nombres_flottants(source: str) -> list[str]:
    """The floating-point numbers of an expression: money never goes through them.

    Raises:
        ExpressionIllisible: the text is no expression.
    """
    noeuds = parcourir(arbre(source))
    return [str(n.valeur) for n in noeuds if isinstance(n, Litteral) and isinstance(n.valeur, Decimal)]


def lire_chemins(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dotted paths an expression reads and the functions it calls, each once, in alphabetical order.

    Variables bound by a macro are no paths.

    Raises:
        ExpressionIllisible: the text is no expression.
    """
    racine = arbre(source)
    appels = {n.fonction if isinstance(n, Appel) else n.nom for n in parcourir(racine) if isinstance(n, Appel | Macro)}
    return tuple(sorted(set(_chemins(racine, frozenset())))), tuple(sorted(appels))


def _chemins(noeud: Noeud, liees: frozenset[str]) -> Iterator[str]:
    chemin = chemin_de(noeud)
    if chemin is not None:
        if chemin.partition(".")[0] not in liees:
            yield chemin
        return
    if isinstance(noeud, Macro):
        yield from _chemins(noeud.cible, liees)
        for corps in noeud.corps:
            yield from _chemins(corps, liees | {noeud.variable})
        return
    for enfant in enfants(noeud):
        yield from _chemins(enfant, liees)
