"""Files written for people: whole or not at all, and inert in a spreadsheet."""

from pathlib import Path
from typing import Final

# What starts a formula in a spreadsheet, and the full-width signs some take for the same.
_FORMULES: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_INVISIBLES: Final = ("\t", "\r", "\n")


def remplacer(chemin: Path, contenu: bytes) -> None:
    """Write beside, then rename: nobody opens half a file. The folder is created if need be.

    Raises:
        OSError: the place cannot be written; nothing is left there.
    """
    chemin.parent.mkdir(parents=True, exist_ok=True)
    provisoire = chemin.with_name(f".{chemin.name}.partiel")
    try:
        provisoire.write_bytes(contenu)
        provisoire.replace(chemin)
    finally:
        provisoire.unlink(missing_ok=True)


def inerte(texte: str) -> str:
    """Make a text harmless in a spreadsheet: an apostrophe before what would start a formula (CSV injection)."""
    return f"'{texte}" if texte.startswith(_INVISIBLES) or texte.lstrip().startswith(_FORMULES) else texte
