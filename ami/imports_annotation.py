"""The annotated copy of an imported file: a workbook where each bad cell is coloured and says why it was refused.

It holds the lines at the numbers they have in the file, so that « ligne 12 » is line 12, and can be mended there and
imported again: the columns added at the right are left aside. Every cell is written as text, inert whatever it starts
with. Nothing is kept in memory but the errors.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from ami.erreurs import DonneesInvalides
from ami.imports_lignes import LigneLue, Tableau
from ami.imports_rapport import TOUTE_LA_LIGNE, ErreurLigne, RapportImport

SUFFIXE: Final = ".xlsx"
CELLULE_MAX: Final = 32_000  # a spreadsheet takes 32,767 characters
COMMENTAIRES_MAX: Final = 2_000  # notes on cells; beyond, the column of reasons is enough
_ACTIFS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_IMPOSSIBLES: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_AJOUTEES: Final = ("Motif du refus", "Que faire")
_EN_TROP: Final = "Cellules en trop"
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def destination_rapport(demandee: Path, source: Path) -> Path:
    """Where the copy goes: the file asked for, or one named after the source in the folder asked for.

    Raises `DonneesInvalides` when that is no workbook, or is the very file being imported.
    """
    if demandee.is_dir() or not demandee.suffix:
        demandee /= f"{source.stem}-annote{SUFFIXE}"
    if demandee.suffix.lower() != SUFFIXE:
        raise DonneesInvalides(
            f"Le rapport est un classeur : donnez-lui l'extension {SUFFIXE}, pas « {demandee.suffix} »."
        )
    if demandee.resolve() == source.resolve():
        raise DonneesInvalides(
            f"Le rapport ne peut pas prendre la place de « {source.name} ». Donnez-lui un autre nom."
        )
    return demandee


def annoter(rapport: RapportImport, destination: Path) -> None:
    """Write the annotated copy; its folder is created if need be, an older copy is replaced whole.

    A map has no lines to copy: only its errors are written.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    provisoire = destination.with_name(f".{destination.name}.partiel")
    with xlsxwriter.Workbook(str(provisoire), _OPTIONS) as classeur:
        classeur.set_properties({"title": f"{rapport.fichier} : lignes refusées"})
        styles = _Styles(classeur)
        if rapport.tableau is not None:
            _feuille_lignes(classeur.add_worksheet("Lignes annotées"), rapport, rapport.tableau, styles)
        _feuille_erreurs(classeur.add_worksheet("Erreurs"), rapport, styles)
    provisoire.replace(destination)


class _Styles:
    """The formats of the workbook. A text that starts like a formula is marked as text even when somebody edits it."""

    def __init__(self, classeur: Any) -> None:
        self._classeur = classeur
        self._faits: dict[tuple[str, bool], Any] = {}
        self.entete = classeur.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
        self.gras = classeur.add_format({"bold": True})

    def cellule(self, texte: str, couleur: str = "") -> Any:
        """The format of a cell: plain, or of a colour."""
        actif = texte.startswith(_ACTIFS)
        if (couleur, actif) not in self._faits:
            options: dict[str, object] = {"bg_color": couleur} if couleur else {}
            self._faits[couleur, actif] = self._classeur.add_format(options | {"quote_prefix": actif})
        return self._faits[couleur, actif]


_CELLULE_FAUTIVE: Final = "#FFC7CE"
_LIGNE_FAUTIVE: Final = "#FFEB9C"


def _feuille_lignes(feuille: Any, rapport: RapportImport, tableau: Tableau, styles: _Styles) -> None:
    """The lines as they are in the file, the bad cells coloured, the reasons at the right."""
    decalage = 0 if tableau.unite == "objet" else -1  # the keys of a JSON file take the first line of the sheet
    largeur = len(tableau.entetes)
    erreurs: dict[int, list[ErreurLigne]] = defaultdict(list)
    for erreur in rapport.erreurs:
        erreurs[erreur.ligne].append(erreur)
    feuille.set_column(0, max(0, largeur - 1), 18)
    feuille.set_column(largeur, largeur + 1, 60)
    feuille.freeze_panes(tableau.ligne_entetes + decalage + 1, 0)
    derniere, notes = tableau.ligne_entetes + decalage, 0
    for lue in tableau.source.lignes():
        derniere = max(derniere, lue.numero + decalage)
        _ecrire_ligne(feuille, lue.numero + decalage, lue, tableau, erreurs.get(lue.numero, []), styles)
        if lue.numero == tableau.ligne_entetes:
            for rang, titre in enumerate((*_AJOUTEES, _EN_TROP)):
                feuille.write_string(lue.numero + decalage, largeur + rang, titre, styles.entete)
        for erreur in erreurs.get(lue.numero, []):
            if notes < COMMENTAIRES_MAX and erreur.rang is not None:
                notes += 1
                feuille.write_comment(lue.numero + decalage, erreur.rang, f"{erreur.raison}\n{erreur.remede}")
    feuille.autofilter(tableau.ligne_entetes + decalage, 0, derniere, largeur + 2)


def _ecrire_ligne(
    feuille: Any, ou: int, lue: LigneLue, tableau: Tableau, erreurs: list[ErreurLigne], styles: _Styles
) -> None:
    fautives = {erreur.rang for erreur in erreurs}
    entiere = any(erreur.colonne == TOUTE_LA_LIGNE for erreur in erreurs)
    largeur = len(tableau.entetes)
    en_tete = lue.numero <= tableau.ligne_entetes
    for rang in range(max(len(lue.cellules), 0 if en_tete else largeur)):
        texte = ecrivable(lue.cellules[rang]) if rang < len(lue.cellules) else ""
        couleur = _CELLULE_FAUTIVE if rang in fautives else _LIGNE_FAUTIVE if entiere else ""
        style = styles.entete if lue.numero == tableau.ligne_entetes else styles.cellule(texte, couleur)
        if texte and not (erreurs and rang >= largeur):
            feuille.write_string(ou, rang, texte, style)
        elif couleur:
            feuille.write_blank(ou, rang, None, style)
    if erreurs:
        feuille.write_string(ou, largeur, _assembler(erreurs, "raison"), styles.cellule("", _LIGNE_FAUTIVE))
        feuille.write_string(ou, largeur + 1, _assembler(erreurs, "remede"), styles.cellule("", _LIGNE_FAUTIVE))
        en_trop = ecrivable(" | ".join(lue.cellules[largeur:]))
        if en_trop:
            feuille.write_string(ou, largeur + 2, en_trop, styles.cellule(en_trop, _CELLULE_FAUTIVE))


def _assembler(erreurs: list[ErreurLigne], quoi: str) -> str:
    """The reasons, or the remedies, of a line, each with its column when there are several."""
    if len(erreurs) == 1:
        return ecrivable(str(getattr(erreurs[0], quoi)))
    return ecrivable(" / ".join(f"{erreur.colonne} : {getattr(erreur, quoi)}" for erreur in erreurs))


def _feuille_erreurs(feuille: Any, rapport: RapportImport, styles: _Styles) -> None:
    """Every error, one a line, under what became of the file."""
    for rang, taille in enumerate((10, 10, 28, 40, 70, 70)):
        feuille.set_column(rang, rang, taille)
    feuille.write_string(0, 0, ecrivable(f"{rapport.fichier} : {rapport.format}"), styles.gras)
    feuille.write_string(1, 0, _resume(rapport))
    ligne = 3
    for rang, titre in enumerate((rapport.unite.capitalize(), "Colonne", "En-tête", "Valeur lue", *_AJOUTEES)):
        feuille.write_string(ligne, rang, titre, styles.entete)
    feuille.freeze_panes(ligne + 1, 0)
    for ligne, erreur in enumerate(rapport.erreurs, start=4):
        feuille.write_number(ligne, 0, erreur.ligne)
        for rang, brut in enumerate((erreur.lettre, erreur.colonne, erreur.valeur, erreur.raison, erreur.remede), 1):
            texte = ecrivable(brut)
            feuille.write_string(ligne, rang, texte, styles.cellule(texte))


def _resume(rapport: RapportImport) -> str:
    crees, mis_a_jour, inchanges, refusees = rapport.bilan
    dit = (
        f"{rapport.lues} lues, {crees} créées, {mis_a_jour} mises à jour, {inchanges} inchangées, {refusees} refusées."
    )
    if not rapport.retenu:
        dit += " Rien n'a été enregistré."
    if rapport.erreurs_en_tout > len(rapport.erreurs):
        dit += f" Seules les {len(rapport.erreurs)} premières erreurs sur {rapport.erreurs_en_tout} sont détaillées."
    return dit


def ecrivable(texte: str) -> str:
    """What a workbook can hold of a text: no half sign, not too long."""
    return _IMPOSSIBLES.sub("\ufffd", texte[:CELLULE_MAX])
