"""The workbook of a shortlist: three sheets ready to print, texts as texts, amounts as numbers."""

import io
import textwrap
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from ami.exports_selection import COLONNES, Selection, tableau
from ami.queries import MontantEnveloppe
from notifications.formats import PARIS, instant

BLEU: Final = "#1F3864"
GRIS: Final = "#F2F5FA"
TRAIT: Final = "#BFC7D5"
EUROS: Final = '#,##0.00\\ [$€-40C];-#,##0.00\\ [$€-40C];"–"'  # a dash for nothing: the eye goes to the sums
HAUTEUR_LIGNE: Final = 13  # points
LIGNE_ENTETES: Final = 5
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "texte": {"text_wrap": True, "indent": 1},
    "entier": {"num_format": "0", "align": "center"},
    "euros": {"num_format": EUROS, "align": "right"},
    "note": {"num_format": "0.00", "align": "center"},
    "jour": {"num_format": "dd/mm/yyyy", "align": "center"},
}
_MONTANTS: Final[tuple[tuple[str, str], ...]] = (
    ("montant", "Doté"),
    ("engage", "Engagé"),
    ("paye", "Versé"),
    ("reverse", "Reversé"),
    ("libere", "Libéré"),
    ("disponible", "Disponible"),
)
_EXPLICATIONS: Final = (
    "Les montants sont en euros. Les sommes du bas de page suivent le filtre posé sur le tableau.",
    "Sont présents les dossiers évalués, ceux qui ont reçu une décision et ceux pour lesquels une aide est engagée.",
    "Ordre : d'abord le rang donné par le comité, puis la note, puis le numéro de dossier.",
    "Aucune donnée personnelle ne figure dans ce classeur.",
)


def ecrire_classeur(selection: Selection) -> bytes:
    """Build the workbook; the same selection gives the same bytes."""
    memoire = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    classeur = xlsxwriter.Workbook(memoire, options)
    # A creation date taken from the clock would change the bytes.
    classeur.set_properties(
        {"title": _titre(selection), "created": selection.arretee_a.astimezone(PARIS).replace(tzinfo=None)}
    )
    styles = _Styles(classeur)
    _feuille_selection(classeur.add_worksheet("Sélection"), selection, styles)
    _feuille_lecture(classeur.add_worksheet("Comment lire"), selection, styles)
    _feuille_montants(classeur.add_worksheet("Montants par enveloppe"), selection, styles)
    classeur.close()
    return memoire.getvalue()


class _Styles:
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


def _feuille_selection(feuille: Any, selection: Selection, styles: _Styles) -> None:
    _bandeau(feuille, selection, styles)
    for rang, colonne in enumerate(COLONNES):
        feuille.set_column(rang, rang, colonne.largeur)
        feuille.write_string(LIGNE_ENTETES, rang, colonne.titre, styles.entete)
    feuille.set_row(LIGNE_ENTETES, 32)
    premiere = LIGNE_ENTETES + 1
    valeurs = tableau(selection)
    for position, ligne in enumerate(valeurs.itertuples(index=False, name=None)):
        feuille.set_row(premiere + position, _hauteur(ligne))
        for rang, colonne in enumerate(COLONNES):
            style = styles.cellule(colonne.genre, bande=position % 2 == 1)
            _ecrire(feuille, premiere + position, rang, ligne[rang], style)
    if len(valeurs):
        _totaux(feuille, premiere, valeurs, styles)
        feuille.autofilter(LIGNE_ENTETES, 0, premiere + len(valeurs) - 1, len(COLONNES) - 1)
    feuille.freeze_panes(premiere, 3)
    feuille.repeat_rows(LIGNE_ENTETES)
    _mise_en_page(feuille, selection)


def _hauteur(ligne: Sequence[object]) -> int:
    """Room for the longest text of a line once wrapped (points): not every reader grows the line by itself."""
    textes = [(str(valeur), c.largeur) for valeur, c in zip(ligne, COLONNES, strict=True) if c.genre == "texte"]
    return 8 + HAUTEUR_LIGNE * max(len(textwrap.wrap(texte, largeur - 2)) or 1 for texte, largeur in textes)


def _bandeau(feuille: Any, selection: Selection, styles: _Styles) -> None:
    programme = selection.reglement.programme
    nombre = len(selection.lignes)
    feuille.write_string(0, 0, _titre(selection), styles.titre)
    feuille.set_row(0, 24)
    feuille.write_string(1, 0, f"{programme.nom} — {programme.organisme.nom}", styles.sous_titre)
    feuille.write_string(2, 0, f"Arrêté le {instant(selection.arretee_a)} (heure de Paris)", styles.sous_titre)
    dossiers = f"{nombre} dossier" if nombre < 2 else f"{nombre} dossiers"
    feuille.write_string(3, 0, f"{dossiers} ; règlement version {programme.version}", styles.sous_titre)


def _titre(selection: Selection) -> str:
    return f"{selection.campagne.nom} : sélection"


def _ecrire(feuille: Any, ligne: int, rang: int, valeur: object, style: Any) -> None:
    """Write a cell for what it is; a text is always written as a text, whatever it starts with."""
    match valeur:
        case None | "":
            feuille.write_blank(ligne, rang, None, style)
        case datetime():
            local = valeur.astimezone(PARIS)
            feuille.write_datetime(ligne, rang, datetime(local.year, local.month, local.day), style)  # noqa: DTZ001
        case Decimal() | int():
            feuille.write_number(ligne, rang, valeur, style)
        case _:
            feuille.write_string(ligne, rang, str(valeur), style)


def _totaux(feuille: Any, premiere: int, valeurs: Any, styles: _Styles) -> None:
    derniere = premiere + len(valeurs)
    feuille.set_row(derniere, 20)
    for rang, colonne in enumerate(COLONNES):
        style = styles.cellule("euros" if colonne.somme else "texte", total=True)
        if colonne.somme:
            _somme(feuille, (premiere, derniere, rang), _total(valeurs[colonne.titre]), style)
        else:
            feuille.write_string(derniere, rang, "Total" if colonne.titre == "Projet" else "", style)


def _somme(feuille: Any, ou: tuple[int, int, int], total: Decimal, style: Any) -> None:
    """A sum that follows the filter; its value is written too, for readers that do not calculate."""
    premiere, derniere, rang = ou
    lettre = xlsxwriter.utility.xl_col_to_name(rang)
    feuille.write_formula(derniere, rang, f"=SUBTOTAL(109,{lettre}{premiere + 1}:{lettre}{derniere})", style, total)


def _total(montants: Sequence[Decimal]) -> Decimal:
    return sum(montants, Decimal("0.00"))


def _feuille_lecture(feuille: Any, selection: Selection, styles: _Styles) -> None:
    feuille.set_column(0, 0, 28)
    feuille.set_column(1, 1, 100)
    feuille.write_string(0, 0, "Comment lire ce classeur", styles.titre)
    ligne = 2
    for texte in _EXPLICATIONS:
        feuille.write_string(ligne, 0, texte)
        ligne += 1
    definitions = [(colonne.titre, colonne.sens) for colonne in COLONNES]
    ligne = _definitions(feuille, ligne + 1, "Colonne", definitions, styles)
    etats = [(e.libelle, e.explication) for e in selection.reglement.workflow("dossier").etats if e.explication]
    if etats:
        _definitions(feuille, ligne + 1, "Situation", etats, styles)
    _mise_en_page(feuille, selection)


def _definitions(feuille: Any, ligne: int, titre: str, paires: Sequence[tuple[str, str]], styles: _Styles) -> int:
    feuille.write_string(ligne, 0, titre, styles.entete)
    feuille.write_string(ligne, 1, "Ce que cela veut dire", styles.entete)
    for rang, (mot, sens) in enumerate(paires, start=ligne + 1):
        feuille.write_string(rang, 0, mot, styles.gras)
        feuille.write_string(rang, 1, sens, styles.paragraphe)
    return ligne + 1 + len(paires)


def _feuille_montants(feuille: Any, selection: Selection, styles: _Styles) -> None:
    feuille.set_column(0, 1, 34)
    feuille.set_column(2, 1 + len(_MONTANTS), 16)
    feuille.write_string(0, 0, "Montants par enveloppe", styles.titre)
    feuille.write_string(1, 0, f"Arrêté le {instant(selection.arretee_a)} (heure de Paris)", styles.sous_titre)
    for rang, titre in enumerate(("Enveloppe", "Financeur", *(titre for _, titre in _MONTANTS))):
        feuille.write_string(3, rang, titre, styles.entete)
    for position, enveloppe in enumerate(selection.enveloppes):
        _ligne_enveloppe(feuille, 4 + position, enveloppe, styles)
    if selection.enveloppes:
        _totaux_enveloppes(feuille, selection.enveloppes, styles)
    feuille.freeze_panes(4, 2)
    _mise_en_page(feuille, selection)


def _ligne_enveloppe(feuille: Any, ligne: int, enveloppe: MontantEnveloppe, styles: _Styles) -> None:
    feuille.write_string(ligne, 0, enveloppe.nature_libelle, styles.cellule("texte"))
    feuille.write_string(ligne, 1, enveloppe.financeur, styles.cellule("texte"))
    for rang, (champ, _) in enumerate(_MONTANTS, start=2):
        feuille.write_number(ligne, rang, getattr(enveloppe, champ), styles.cellule("euros"))


def _totaux_enveloppes(feuille: Any, enveloppes: Sequence[MontantEnveloppe], styles: _Styles) -> None:
    derniere = 4 + len(enveloppes)
    feuille.write_string(derniere, 0, "Total", styles.cellule("texte", total=True))
    feuille.write_blank(derniere, 1, None, styles.cellule("texte", total=True))
    for rang, (champ, _) in enumerate(_MONTANTS, start=2):
        total = _total([getattr(enveloppe, champ) for enveloppe in enveloppes])
        _somme(feuille, (4, derniere, rang), total, styles.cellule("euros", total=True))


def _mise_en_page(feuille: Any, selection: Selection) -> None:
    feuille.set_landscape()
    feuille.set_paper(9)  # A4
    feuille.fit_to_pages(1, 0)
    feuille.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    # A lone & is a code in a footer.
    feuille.set_footer(f"&L{selection.campagne.code.replace('&', '&&')}&C&A&RPage &P sur &N")
    feuille.hide_gridlines(2)
