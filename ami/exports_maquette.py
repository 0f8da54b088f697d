"""The financing plan as a workbook to fill in: the « maquette financière » the product offers and reads back.

Where each thing stands is said here once, for the writer and for `ami.imports_maquette`.
"""

import io
from dataclasses import dataclass
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ami.libelles import STATUTS_PLAN

VERSION: Final = "maquette-2"
FEUILLE: Final = "Maquette"
NOTICE: Final = "Notice"
LIGNES: Final = 40  # lines offered in each table
BASES: Final = ("HT", "TTC")
STATUTS: Final = {"fonds propres": "", **{mot: code for code, mot in STATUTS_PLAN.items()}}
OUI_NON: Final = ("non", "oui")

CELLULE_VERSION: Final = "H1"
CELLULE_DOSSIER: Final = "B2"
CELLULE_BASE: Final = "B3"
LIGNE_EMPLOIS: Final = 6  # headings of the uses of money, counted from 1 as a spreadsheet does
LIGNE_RESSOURCES: Final = LIGNE_EMPLOIS + LIGNES + 4
EMPLOIS: Final = ("Emploi", "Montant", "En nature", "Éligible")
RESSOURCES: Final = ("Ressource", "Montant", "En nature", "Financeur", "Statut", "Public")
_LARGEURS: Final = (46, 16, 12, 34, 16, 10)
_MODE_D_EMPLOI: Final = (
    "Remplissez les cases blanches de la feuille « Maquette », sans ajouter de ligne ni de colonne.",
    "Les montants s'écrivent en euros, avec deux décimales au plus : 12000,50.",
    "Dites en haut si les montants sont HT, ou TTC quand la TVA n'est pas récupérée.",
    "« En nature » : bénévolat, mise à disposition… Ces lignes s'équilibrent entre elles, à part des euros.",
    "« Éligible » : non pour une dépense que l'aide ne peut pas couvrir ; oui, ou rien, pour les autres.",
    "« Statut » : fonds propres (votre argent), sollicité (demandé, pas encore accordé) ou acquis (accordé).",
    "« Public » : oui si le financeur est l'État, une collectivité ou un établissement public.",
    "Le total des emplois doit égaler celui des ressources ; la dernière ligne le dit.",
)


@dataclass(frozen=True)
class _Styles:
    titre: Format
    entete: Format
    saisie: Format
    euros: Format
    total: Format


def ecrire_maquette(numero: str, titre: str) -> bytes:
    """An empty maquette for a dossier."""
    sortie = io.BytesIO()
    classeur = xlsxwriter.Workbook(sortie, {"in_memory": True})
    styles = _styles(classeur)
    feuille = classeur.add_worksheet(FEUILLE)
    _entete(feuille, styles, numero, titre)
    _tableau(feuille, styles, LIGNE_EMPLOIS, EMPLOIS)
    _tableau(feuille, styles, LIGNE_RESSOURCES, RESSOURCES)
    _equilibre(feuille, styles)
    _notice(classeur.add_worksheet(NOTICE), styles)
    classeur.close()
    return sortie.getvalue()


def premiere_ligne(entete: int) -> int:
    """The first line to fill in under a table's headings."""
    return entete + 1


def ligne_total(entete: int) -> int:
    """The line of a table's total."""
    return entete + LIGNES + 1


def formule_total(entete: int) -> str:
    """The total of the amounts in cash: what is in kind is balanced apart."""
    debut, fin = premiere_ligne(entete), ligne_total(entete) - 1
    return f'=SUMIF(C{debut}:C{fin},"<>oui",B{debut}:B{fin})'


def _styles(classeur: xlsxwriter.Workbook) -> _Styles:
    return _Styles(
        titre=classeur.add_format({"bold": True, "font_size": 14}),
        entete=classeur.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True}),
        saisie=classeur.add_format({"border": 1, "locked": False, "text_wrap": True}),
        euros=classeur.add_format({"border": 1, "locked": False, "num_format": "#,##0.00 €"}),
        total=classeur.add_format({"bold": True, "top": 2, "num_format": "#,##0.00 €"}),
    )


def _entete(feuille: Worksheet, styles: _Styles, numero: str, titre: str) -> None:
    for colonne, largeur in enumerate(_LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    feuille.set_column("H:H", None, None, {"hidden": True})
    feuille.write_string("A1", "Maquette financière", styles.titre)
    feuille.write_string(CELLULE_VERSION, VERSION)
    feuille.write_string("A2", "Dossier", styles.entete)
    feuille.write_string(CELLULE_DOSSIER, numero, styles.entete)
    feuille.write_string("C2", titre)
    feuille.write_string("A3", "Montants (HT ou TTC)", styles.entete)
    feuille.write_blank(CELLULE_BASE, None, styles.saisie)
    feuille.data_validation(CELLULE_BASE, {"validate": "list", "source": list(BASES)})
    feuille.freeze_panes(3, 0)
    feuille.protect("", {"format_columns": True, "format_rows": True})


def _tableau(feuille: Worksheet, styles: _Styles, entete: int, colonnes: tuple[str, ...]) -> None:
    for rang, colonne in enumerate(colonnes):
        feuille.write_string(entete - 1, rang, colonne, styles.entete)
    debut, total = premiere_ligne(entete), ligne_total(entete)
    for ligne in range(debut, total):
        for rang in range(len(colonnes)):
            feuille.write_blank(ligne - 1, rang, None, styles.euros if rang == 1 else styles.saisie)
    feuille.data_validation(f"C{debut}:C{total - 1}", {"validate": "list", "source": list(OUI_NON)})
    if colonnes == EMPLOIS:
        feuille.data_validation(f"D{debut}:D{total - 1}", {"validate": "list", "source": list(OUI_NON)})
    else:
        feuille.data_validation(f"E{debut}:E{total - 1}", {"validate": "list", "source": list(STATUTS)})
        feuille.data_validation(f"F{debut}:F{total - 1}", {"validate": "list", "source": list(OUI_NON)})
    feuille.write_string(total - 1, 0, "Total", styles.total)
    feuille.write_formula(total - 1, 1, formule_total(entete), styles.total, 0)


def _equilibre(feuille: Worksheet, styles: _Styles) -> None:
    emplois, ressources = ligne_total(LIGNE_EMPLOIS), ligne_total(LIGNE_RESSOURCES)
    feuille.write_string(ressources + 1, 0, "Ressources moins emplois", styles.entete)
    feuille.write_formula(ressources + 1, 1, f"=ROUND(B{ressources}-B{emplois},2)", styles.total, 0)


def _notice(feuille: Worksheet, styles: _Styles) -> None:
    feuille.set_column(0, 0, 110)
    feuille.write_string(0, 0, "Comment remplir la maquette", styles.titre)
    for rang, phrase in enumerate(_MODE_D_EMPLOI, 2):
        feuille.write_string(rang, 0, phrase)
