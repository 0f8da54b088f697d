"""Which names a CEL expression reads: a small scanner, because the engine lists only the roots.

The checker needs whole paths (`dossier.cout_prevu`), so that a misspelt field is refused before a règlement is used.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_JETON: Final = re.compile(
    r"""
    (?P<commentaire>//[^\n]*)
  | (?P<chaine>[rRbB]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<nombre>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<nom>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<signe>\S)
    """,
    re.VERBOSE,
)
_MACROS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
_MOTS_RESERVES: Final = frozenset({"true", "false", "null", "in"})
_FLOTTANT: Final = re.compile(r"^(?!0[xX]).*[.eE]")


@dataclass(frozen=True)
class Jeton:
    """One token of an expression."""

    genre: str
    texte: str


def decouper(source: str) -> list[Jeton]:
    """The tokens of an expression, comments left out."""
    jetons = [Jeton(m.lastgroup or "", m.group()) for m in _JETON.finditer(source)]
    return [jeton for jeton in jetons if jeton.genre != "commentaire"]


def nombres_flottants(source: str) -> list[str]:
    """The floating-point literals of an expression: money never goes through them."""
    return [j.texte for j in decouper(source) if j.genre == "nombre" and _FLOTTANT.match(j.texte)]


@dataclass
class _Lecteur:
    """Walks the tokens once, remembering which names a comprehension binds inside which parentheses."""

    jetons: list[Jeton]
    position: int = 0
    portees: list[str | None] = field(default_factory=list)
    chemins: list[str] = field(default_factory=list)
    appels: list[str] = field(default_factory=list)

    def lire(self) -> None:
        while self.position < len(self.jetons):
            jeton = self.jetons[self.position]
            if jeton.genre == "nom" and jeton.texte not in _MOTS_RESERVES:
                self._nom()
            else:
                self._ponctuation(jeton.texte)
                self.position += 1

    def _ponctuation(self, texte: str) -> None:
        if texte == "(":
            self.portees.append(None)
        elif texte == ")" and self.portees:
            self.portees.pop()

    def _nom(self) -> None:
        suite_d_appel = self._texte(self.position - 1) == "."
        morceaux = self._morceaux()
        appel = self._texte(self.position) == "("
        if appel:
            methode = morceaux.pop()
            self.appels.append(methode)
            self.portees.append(self._variable_liee(methode))
            self.position += 1
        if morceaux and not suite_d_appel and morceaux[0] not in self.portees:
            self.chemins.append(".".join(morceaux))

    def _morceaux(self) -> list[str]:
        morceaux = [self.jetons[self.position].texte]
        self.position += 1
        while suivant := self._suivant():
            morceaux.append(suivant)
        return morceaux

    def _suivant(self) -> str | None:
        """The next member, written `.nom` or `["nom"]`."""
        if self._texte(self.position) == "." and self._genre(self.position + 1) == "nom":
            self.position += 2
            return self.jetons[self.position - 1].texte
        entre_crochets = self._texte(self.position) == "[" and self._texte(self.position + 2) == "]"
        if entre_crochets and self._genre(self.position + 1) == "chaine":
            self.position += 3
            return self.jetons[self.position - 2].texte.lstrip("rRbB").strip("\"'")
        return None

    def _variable_liee(self, methode: str) -> str | None:
        """The name a comprehension binds: `x` in `liste.exists(x, ...)`; the opening parenthesis is current."""
        liee = methode in _MACROS and self._texte(self.position + 2) == ","
        return self._texte(self.position + 1) if liee else None

    def _texte(self, position: int) -> str:
        return self.jetons[position].texte if 0 <= position < len(self.jetons) else ""

    def _genre(self, position: int) -> str:
        return self.jetons[position].genre if 0 <= position < len(self.jetons) else ""


def lire_chemins(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dotted paths an expression reads and the functions it calls, each once, in alphabetical order."""
    lecteur = _Lecteur(decouper(source))
    lecteur.lire()
    return tuple(sorted(set(lecteur.chemins))), tuple(sorted(set(lecteur.appels)))
