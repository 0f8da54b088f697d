"""What every workbook of the product shares: styles, inert cells, and a plain table as a sheet ready to print."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import xlsxwriter

from notifications.formats import PARIS

Genre = Literal["texte", "entier", "euros", "note", "jour"]
BLEU: Final = "#1F3864"
GRIS: Final = "#F2F5FA"
TRAIT: Final = "#BFC7D5"
EUROS: Final = '#,##0.00\\ [$€-40C];-#,##0.00\\ [$€-40C];"–"'  # a dash for nothing: the eye goes to the sums
HAUTEUR_LIGNE: Final = 13  # points
HAUTEUR_MAX: Final = 409  # points: taller, Excel finds the workbook damaged
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "texte": {"text_wrap": True, "indent": 1},
    "entier": {"num_format": "0", "align": "center"},
    "euros": {"num_format": EUROS, "align": "right"},
    "note": {"num_format": "0.00", "align": "center"},
    "jour": {"num_format": "dd/mm/yyyy", "align": "center"},
}


class Styles:
    """The formats of the workbook, made once."""

    def __init__(self, classeur: Any) -> None:
        self._classeur = classeur
        self._faits: dict[tuple[str, bool, bool], Any] = {}
        self.titre = classeur.add_format({"bold": True, "font_size": 16, "font_color": BLEU})
        self.sous_titre = classeur.add_format({"font_color": "#404040"})
        self.paragraphe = classeur.add_format({"text_wrap": True, "valign": "top"})
        self.gras = classeur.add_format({"bold": True, "valign": "top"})
        self.entete = classeur.add_format(
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": BLEU,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
                "border": 1,
                "border_color": TRAIT,
            }
        )

    def cellule(self, genre: str, *, bande: bool = False, total: bool = False) -> Any:
        """The format of a cell: by kind, on a tinted line or not, in the line of sums or not."""
        clef = (genre, bande, total)
        if clef not in self._faits:
            base: dict[str, Any] = {
                "border": 1,
                "border_color": TRAIT,
                "valign": "vcenter",
                "font_size": 10,
                **_FORMATS[genre],
            }
            if bande:
                base["bg_color"] = GRIS
            if total:
                base |= {"bold": True, "top": 2, "top_color": BLEU}
            self._faits[clef] = self._classeur.add_format(base)
        return self._faits[clef]


def ecrire(feuille: Any, ligne: int, rang: int, valeur: object, style: Any) -> None:
    """Write a cell for what it is; a text is always written as a text, whatever it starts with."""
    match valeur:
        case None | "":
            feuille.write_blank(ligne, rang, None, style)
        case datetime():
            local = valeur.astimezone(PARIS)
            feuille.write_datetime(ligne, rang, datetime(local.year, local.month, local.day), style)  # noqa: DTZ001
        case date():
            feuille.write_datetime(ligne, rang, valeur, style)
        case Decimal() | int():
            feuille.write_number(ligne, rang, valeur, style)
        case _:
            feuille.write_string(ligne, rang, str(valeur), style)


def sommer(feuille: Any, ou: tuple[int, int, int], total: Decimal, style: Any) -> None:
    """A sum that follows the filter; its value is written too, for readers that do not calculate."""
    premiere, derniere, rang = ou
    lettre = xlsxwriter.utility.xl_col_to_name(rang)
    feuille.write_formula(derniere, rang, f"=SUBTOTAL(109,{lettre}{premiere + 1}:{lettre}{derniere})", style, total)


def total(montants: Sequence[Decimal]) -> Decimal:
    return sum(montants, Decimal("0.00"))


@dataclass(frozen=True)
class Champ:
    """A column of a sheet: heading, kind of value, width in characters, whether its sum means something."""

    titre: str
    genre: Genre
    largeur: int
    somme: bool = False


@dataclass(frozen=True)
class Feuille:
    """A table as a sheet: title, lines under it, columns, values; the first `fige` columns stay in view."""

    nom: str
    titre: str
    sous_titres: Sequence[str]
    champs: Sequence[Champ]
    lignes: Sequence[Sequence[object]]
    fige: int = 1


def ouvrir_classeur(memoire: io.BytesIO, titre: str, quand: datetime) -> Any:
    """A workbook whose texts stay texts. A creation date taken from the clock would change its bytes."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    classeur = xlsxwriter.Workbook(memoire, options)
    classeur.set_properties({"title": titre, "created": quand.astimezone(PARIS).replace(tzinfo=None)})
    return classeur


def ecrire_feuilles(feuilles: Sequence[Feuille], titre: str, pied: str, quand: datetime) -> bytes:
    """A workbook of plain tables; the same give the same bytes."""
    memoire = io.BytesIO()
    classeur = ouvrir_classeur(memoire, titre, quand)
    styles = Styles(classeur)
    for feuille in feuilles:
        ajouter_feuille(classeur, styles, feuille, pied)
    classeur.close()
    return memoire.getvalue()


def ajouter_feuille(classeur: Any, styles: Styles, feuille: Feuille, pied: str) -> None:
    """Write a table as a sheet: headings in view, filter, sums that follow it, ready to print."""
    page = classeur.add_worksheet(feuille.nom)
    page.write_string(0, 0, feuille.titre, styles.titre)
    page.set_row(0, 24)
    for rang, texte in enumerate(feuille.sous_titres, start=1):
        page.write_string(rang, 0, texte, styles.sous_titre)
    entetes = len(feuille.sous_titres) + 2
    page.set_row(entetes, 32)
    for rang, champ in enumerate(feuille.champs):
        page.set_column(rang, rang, champ.largeur)
        page.write_string(entetes, rang, champ.titre, styles.entete)
    _corps(page, feuille, entetes + 1, styles)
    page.freeze_panes(entetes + 1, feuille.fige)
    page.repeat_rows(entetes)
    mettre_en_page(page, pied)


def _corps(page: Any, feuille: Feuille, premiere: int, styles: Styles) -> None:
    for position, ligne in enumerate(feuille.lignes):
        page.set_row(premiere + position, _hauteur(ligne, feuille.champs))
        for rang, (valeur, champ) in enumerate(zip(ligne, feuille.champs, strict=True)):
            ecrire(page, premiere + position, rang, valeur, styles.cellule(champ.genre, bande=position % 2 == 1))
    if not feuille.lignes:
        page.write_string(premiere, 0, "Rien à montrer à cette date.", styles.sous_titre)
        return
    derniere = premiere + len(feuille.lignes)
    page.autofilter(premiere - 1, 0, derniere - 1, len(feuille.champs) - 1)
    if any(champ.somme for champ in feuille.champs):
        _sommes(page, feuille, premiere, derniere, styles)


def _sommes(page: Any, feuille: Feuille, premiere: int, derniere: int, styles: Styles) -> None:
    for rang, champ in enumerate(feuille.champs):
        if champ.somme:
            valeurs = [ligne[rang] for ligne in feuille.lignes]
            montant = total([valeur for valeur in valeurs if isinstance(valeur, Decimal)])
            sommer(page, (premiere, derniere, rang), montant, styles.cellule("euros", total=True))
        else:
            page.write_string(derniere, rang, "" if rang else "Total", styles.cellule("texte", total=True))


def _hauteur(ligne: Sequence[object], champs: Sequence[Champ]) -> int:
    """Room for the longest text of a line once wrapped (points): not every reader grows the line by itself."""
    return hauteur([(str(v or ""), c.largeur) for v, c in zip(ligne, champs, strict=True) if c.genre == "texte"])


def hauteur(textes: Sequence[tuple[str, int]]) -> int:
    """The height of a row (points), from each of its texts and the width it is wrapped in."""
    lignes = [len(textwrap.wrap(texte, max(largeur - 2, 1))) or 1 for texte, largeur in textes]
    return min(8 + HAUTEUR_LIGNE * max(lignes, default=1), HAUTEUR_MAX)


def mettre_en_page(page: Any, pied: str) -> None:
    """A4, landscape, as wide as the sheet; who, what and which page at the foot."""
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    # A lone & is a code in a footer.
    page.set_footer(f"&L{pied.replace('&', '&&')}&C&A&RPage &P sur &N")
    page.hide_gridlines(2)
