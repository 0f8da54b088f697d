"""The product's own source, parsed once: what the contract tests look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
PAQUETS = ("rules", "notifications", "ami", "flows", "deployments")
Fonction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of the product."""

    chemin: str  # relative to the root, with slashes
    texte: str
    arbre: ast.Module

    def fonctions(self) -> Iterator[Fonction]:
        """Every function and method, nested ones included."""
        return (noeud for noeud in ast.walk(self.arbre) if isinstance(noeud, Fonction))

    def litteraux(self) -> Iterator[ast.Constant]:
        """Every string literal that is not a docstring or a free-standing string."""
        libres = {id(n.value) for n in ast.walk(self.arbre) if isinstance(n, ast.Expr)}
        for noeud in ast.walk(self.arbre):
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and id(noeud) not in libres:
                yield noeud

    def modules_importes(self) -> Iterator[tuple[int, str]]:
        """Line and full name of every module imported, wherever the import stands."""
        for noeud in ast.walk(self.arbre):
            if isinstance(noeud, ast.Import):
                yield from ((noeud.lineno, alias.name) for alias in noeud.names)
            elif isinstance(noeud, ast.ImportFrom) and noeud.module:
                yield noeud.lineno, noeud.module


@cache
def sources(*paquets: str) -> tuple[Source, ...]:
    """The Python files of these top folders (all of the product's when none is named), in a stable order."""
    chemins = [c for paquet in paquets or PAQUETS for c in sorted((RACINE / paquet).rglob("*.py"))]
    return tuple(lire(chemin.relative_to(RACINE).as_posix(), chemin.read_text("utf-8")) for chemin in chemins)


def lire(chemin: str, texte: str) -> Source:
    """Parse a text as if it were that file."""
    return Source(chemin, texte, ast.parse(texte, filename=chemin))


def longueur(fonction: Fonction) -> int:
    """Lines of a function, from `def` to its last one, docstring left out: explaining is not length."""
    corps = fonction.body
    premier = corps[0]
    docstring = isinstance(premier, ast.Expr) and isinstance(premier.value, ast.Constant)
    lignes = (fonction.end_lineno or fonction.lineno) - fonction.lineno + 1
    return lignes - ((premier.end_lineno or premier.lineno) - premier.lineno + 1 if docstring else 0)
