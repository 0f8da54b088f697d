"""Making text safe to print: what people type must neither add a header nor break a page."""

import re
import textwrap
import unicodedata

LARGEUR = 78
_SAUTS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANCS = re.compile(r"[ \t\n]+")
_AVANT_DOUBLE = re.compile(" (?=[:;?!»%€](?:\\s|[.,)<]|$))")
_APRES_OUVRANT = re.compile("(?<=«) ")
# Bidirectional overrides and invisible marks let a name pass for another one.
_TROMPEURS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def propre(texte: str) -> str:
    """Keep lines and words, drop control and misleading characters; odd line ends become plain ones."""
    lignes = _TROMPEURS.sub("", _SAUTS.sub("\n", texte)).replace("\t", " ")
    return "".join(c for c in lignes if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"}).strip("\n")


def ligne(texte: object) -> str:
    """One line, for a header or a table cell."""
    return _BLANCS.sub(" ", propre(str(texte))).strip()


def minuscule(libelle: str) -> str:
    """A label within a sentence: « Signature de la convention » loses its capital, « SIRET du porteur » does not."""
    return libelle if libelle[1:2].isupper() else libelle[:1].lower() + libelle[1:]


def typographie(texte: str) -> str:
    """Put no-break spaces where French asks for them, so that no line starts with a colon."""
    return _APRES_OUVRANT.sub("\u00a0", _AVANT_DOUBLE.sub("\u00a0", texte))


def paragraphe(texte: object) -> str:
    """A wrapped paragraph of the text edition; no-break spaces are kept."""
    return _couper(typographie(ligne(texte)))


def puce(texte: object) -> str:
    """A list line of the text edition."""
    return _couper(typographie(ligne(texte)), premiere="- ", suite="  ")


def retrait(texte: object) -> str:
    """Somebody's words, indented, their lines kept."""
    lignes = typographie(propre(str(texte))).split("\n")
    return "\n".join(_couper(une, premiere="    ", suite="    ") if une.strip() else "" for une in lignes)


def _couper(texte: str, premiere: str = "", suite: str = "") -> str:
    return textwrap.fill(
        texte,
        width=LARGEUR,
        initial_indent=premiere,
        subsequent_indent=suite,
        break_long_words=False,
        break_on_hyphens=False,
    )
