"""What the letters of a document can draw: the rest is shown as a mark, so that one sign never stops a paper.

The fonts come with Typst and are the same everywhere. Which signs they hold is asked to Typst itself, once per sign.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import typst

MARQUE: Final = "\u25a1"  # an empty square: something stood here
_SURS: Final = re.compile("[\t\n -~\u00a0-\u017f\u2009-\u200a\u2010-\u2015\u2018-\u201e\u2022\u2026\u202f\u20ac]*")
_ESSAI: Final = b"""#set document(title: "essai")
#set text(lang: "fr", font: "Libertinus Serif")
#par[x#sys.inputs.signe;x #strong(sys.inputs.signe)]"""


def dessinable(texte: str) -> str:
    """The text with a mark instead of each run of signs that no font holds; invisible ones among them are dropped."""
    if _SURS.fullmatch(texte):
        return texte
    signes: list[str] = []
    for signe in unicodedata.normalize("NFC", texte):
        if _SURS.fullmatch(signe) or (_se_dessine(signe) and not (_s_accroche(signe) and signes[-1:] == [MARQUE])):
            signes.append(signe)
        elif not _s_accroche(signe) and signes[-1:] != [MARQUE]:
            signes.append(MARQUE)
    return "".join(signes)


def _s_accroche(signe: str) -> bool:
    """True for what shows nothing by itself: an accent, a joiner of emojis, a mark of order."""
    return unicodedata.category(signe) in ("Cc", "Cf", "Mc", "Me", "Mn")


@lru_cache(maxsize=8192)
def _se_dessine(signe: str) -> bool:
    """True when a page that may be read aloud can hold this sign; a private one means nothing to a reader."""
    if unicodedata.category(signe) in ("Co", "Cn"):
        return False
    try:
        typst.compile(
            _ESSAI, format="pdf", sys_inputs={"signe": signe}, pdf_standards=["ua-1"], ignore_system_fonts=True
        )
    except typst.TypstError:
        return False
    return True
