"""What spoils a cell whatever its column: errors of spreadsheets, formulas, damaged or invisible signs, « n/a »."""

import re
from typing import Final

from ami.imports_lignes import Defaut

LONGUEUR_MAX: Final = 20_000  # characters; what an act accepts of a paragraph
# What Excel, LibreOffice and Google Sheets write in a cell they could not calculate, in French and in English.
_ERREURS: Final = re.compile(
    r"^#(REF!|N/?[AD]|VALUE!|VALEUR!|NAME\?|NOM\?|DIV/0!|NUM!|NOMBRE!|NULL?!|SPILL!|PROPAGATION!|CALCU?L?!|GETTING_DATA)$"
    # a column too narrow; LibreOffice's own numbers
    r"|^#{5,}$|^Err ?: ?\d{3}$",
    re.IGNORECASE,
)
_FORMULE: Final = re.compile(r"^(=[^>=\s]|[-+@][A-Za-z.]+\()")
_VIDES_DITS: Final = frozenset(
    {"n/a", "n.a.", "n/c", "n.c.", "nc", "néant", "neant", "sans objet", "inconnu", "à compléter", "-", "--", "—", "?"}
)
_VIDES_INFORMATIQUES: Final = frozenset({"NULL", "null", "None", "NaN", "nan", "<NA>", "undefined"})
_ILLISIBLES: Final = re.compile("[\udc80-\udcff\ufffd]")  # bytes that are not in the file's encoding
_SENS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ABIMES: Final = re.compile(r"[ÂÃâ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€¢£]")


def defaut_de(texte: str) -> Defaut | None:
    """Why this cell cannot be used, whatever its column asks; None when nothing is wrong with it."""
    nu = texte.strip()
    if len(texte) > LONGUEUR_MAX:
        return Defaut(
            f"Cette cellule compte {len(texte)} caractères, c'est trop long.",
            f"Raccourcissez-la à {LONGUEUR_MAX} caractères, ou cherchez un guillemet non refermé.",
        )
    return _defaut_de_tableur(nu) or _defaut_de_signes(texte)


def _defaut_de_tableur(nu: str) -> Defaut | None:
    if _ERREURS.match(nu):
        return Defaut(
            f"Le tableur n'a pas pu calculer cette cellule : il a écrit « {nu[:20]} ».",
            "Corrigez la formule, ou remplacez-la par la valeur voulue.",
        )
    if _FORMULE.match(nu):
        return Defaut(
            "Cette cellule contient une formule au lieu d'une valeur.",
            "Remplacez-la par sa valeur (copier, puis collage spécial des valeurs).",
        )
    return None


def vide_dit(texte: str) -> Defaut | None:
    """What people and programs type when they have nothing to say: « n/a », « - », « NULL »."""
    nu = texte.strip()
    if nu.lower() in _VIDES_DITS or nu in _VIDES_INFORMATIQUES:
        return Defaut(f"« {nu} » n'est pas une valeur.", "Laissez la cellule vide quand l'information manque.")
    return None


def _defaut_de_signes(texte: str) -> Defaut | None:
    if texte.isascii() and texte.isprintable():
        return None
    if _ILLISIBLES.search(texte):
        return Defaut(
            "Un caractère est illisible : cette cellule n'est pas dans le même encodage que le reste du fichier.",
            "Ressaisissez ce texte, ou réenregistrez tout le fichier en UTF-8.",
        )
    if _SENS.search(texte):
        return Defaut(
            "Le texte contient un signe invisible qui change le sens de lecture.", "Ressaisissez ce texte à la main."
        )
    if _CONTROLES.search(texte):
        return Defaut("Le texte contient un caractère de contrôle invisible.", "Ressaisissez ce texte à la main.")
    if _ABIMES.search(texte) and _mal_decode(texte):
        return Defaut(
            f"Les accents de ce texte ont été abîmés par un mauvais encodage : on y lirait « {_repare(texte)} ».",
            "Repartez du fichier d'origine, et ouvrez-le en UTF-8.",
        )
    return None


def _mal_decode(texte: str) -> bool:
    """UTF-8 read as Windows-1252: turned back, it is UTF-8 again, which true French hardly ever is."""
    try:
        texte.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _repare(texte: str) -> str:
    return texte.encode("cp1252").decode("utf-8")[:40]
