"""The tokens of a CEL expression."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Jeton:
    """One token of an expression."""

    genre: str
    texte: str


def decouper(source: str) -> list[Jeton]:
    """The tokens of an expression, comments left out."""
    jetons = [Jeton(m.lastgroup or "", m.group()) for m in _JETON.finditer(source)]
    return [jeton for jeton in jetons if jeton.genre != "commentaire"]
