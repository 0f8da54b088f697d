"""The product's own source, parsed once: what the contract tests look at.

Nothing is parsed before a test asks for it: collecting the tests must not cost every worker six parses of the product.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
PAQUETS = ("rules", "notifications", "ami", "flows", "deployments")
Fonction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of the product."""

    chemin: str  # relative to the root, with slashes
    texte: str

    @cached_property
    def noeuds(self) -> tuple[ast.AST, ...]:
        """Every node of the file, walked once for all the contracts."""
        return tuple(ast.walk(ast.parse(self.texte, filename=self.chemin)))

    def fonctions(self) -> Iterator[Fonction]:
        """Every function and method, nested ones included."""
        return (noeud for noeud in self.noeuds if isinstance(noeud, Fonction))

    def litteraux(self) -> Iterator[ast.Constant]:
        """Every string literal that is not a docstring or a free-standing string."""
        libres = {id(n.value) for n in self.noeuds if isinstance(n, ast.Expr)}
        for noeud in self.noeuds:
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and id(noeud) not in libres:
                yield noeud

    def modules_importes(self) -> Iterator[tuple[int, str]]:
        """Line and full name of every module imported, wherever the import stands."""
        for noeud in self.noeuds:
            if isinstance(noeud, ast.Import):
                yield from ((noeud.lineno, alias.name) for alias in noeud.names)
            elif isinstance(noeud, ast.ImportFrom) and noeud.module:
                yield noeud.lineno, noeud.module


def sources(*paquets: str) -> tuple[Source, ...]:
    """The Python files of these top folders (all of the product's when none is named), in a stable order.

    Finding none is an error: a contract over an empty list would hold whatever the code.
    """
    trouvees = tuple(fichier for paquet in paquets or PAQUETS for fichier in _du_paquet(paquet))
    assert trouvees, f"aucun fichier Python dans {paquets}"
    return trouvees


@cache
def _du_paquet(paquet: str) -> tuple[Source, ...]:
    chemins = sorted((RACINE / paquet).rglob("*.py"))
    return tuple(Source(chemin.relative_to(RACINE).as_posix(), chemin.read_text("utf-8")) for chemin in chemins)


def oublier() -> None:
    """Let the trees go: kept, they would make every later test of the process pay for their memory."""
    _du_paquet.cache_clear()


def exiger_aucun(ecarts: Iterable[str]) -> None:
    """Fail with every one of them by name: the comparison of two lists is cut short where they are many."""
    trouves = list(ecarts)
    assert not trouves, "\n".join(["", *trouves])


def lire(chemin: str, texte: str) -> Source:
    """A text as if it were that file."""
    return Source(chemin, texte)


def longueur(fonction: Fonction) -> int:
    """Lines of a function, from `def` to its last one, docstring left out: explaining is not length."""
    corps = fonction.body
    premier = corps[0]
    docstring = isinstance(premier, ast.Expr) and isinstance(premier.value, ast.Constant)
    lignes = (fonction.end_lineno or fonction.lineno) - fonction.lineno + 1
    return lignes - ((premier.end_lineno or premier.lineno) - premier.lineno + 1 if docstring else 0)
