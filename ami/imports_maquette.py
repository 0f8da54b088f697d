"""Read a maquette filled in: the lines of the financing plan, or every cell that is wrong and what to do there.

A person's workbook is read as they left it: what a formula shows, what is merged or hidden, what was typed over.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ami.exports_maquette import (
    BASES,
    CELLULE_BASE,
    CELLULE_DOSSIER,
    CELLULE_VERSION,
    EMPLOIS,
    FEUILLE,
    LIGNE_EMPLOIS,
    LIGNE_RESSOURCES,
    LIGNES,
    OUI_NON,
    RESSOURCES,
    STATUTS,
    VERSION,
    formule_total,
    ligne_total,
    premiere_ligne,
)
from ami.imports_champs import cle, lire_texte
from ami.imports_maquette_montants import en_euros
from ami.imports_maquette_octets import ILLISIBLES, illisible
from notifications.formats import montant

ZERO: Final = Decimal(0)
_ERREURS: Final = re.compile(r"^#[A-Z0-9/]+[!?]?$|^#N/A$")
NOM_MAX: Final = 200
MINCE: Final = 1  # of a point, or of a character
DEFAUTS_DITS: Final = 100  # nobody reads more before correcting
_DEBORDE: Final = "Retirez ce qui s'y trouve : rien ne se remplit hors des cases prévues."


@dataclass(frozen=True, order=True)
class DefautCellule:
    """A cell that is wrong: where, why, what to do. French sentence."""

    feuille: str
    cellule: str
    phrase: str

    def __str__(self) -> str:
        lieu = f"{self.feuille}!{self.cellule}" if self.cellule else self.feuille
        return f"{lieu} : {self.phrase}"


@dataclass(frozen=True)
class LigneMaquette:
    """One line of the plan, and the cell it was read from."""

    cellule: str
    sens: str
    libelle: str
    montant: Decimal
    en_nature: bool
    financeur: str | None = None
    statut: str = ""
    public: bool = False
    eligible: bool = True


@dataclass
class Maquette:
    """What was read: empty of lines when a cell is wrong, so that nothing half read is kept."""

    base: str = ""
    lignes: list[LigneMaquette] = field(default_factory=list)
    defauts: list[DefautCellule] = field(default_factory=list)


@dataclass(frozen=True)
class _Lecture:
    """The sheet twice: as typed (formulas) and as shown (values)."""

    tapee: Worksheet
    montree: Worksheet
    defauts: list[DefautCellule]

    def signaler(self, cellule: str, phrase: str) -> None:
        self.defauts.append(DefautCellule(self.tapee.title, cellule, phrase))

    def remplies(self) -> list[Cell]:
        """The cells that hold something. `iter_rows` walks the whole grid: one note in XFD1048576 would never end."""
        return [cellule for cellule in self.tapee._cells.values() if cellule.value is not None]

    def valeur(self, cellule: str) -> Any:
        """What a cell shows; None, once said, when a formula shows nothing or an error."""
        tapee, montree = self.tapee[cellule].value, self.montree[cellule].value
        formule = isinstance(tapee, str) and tapee.startswith("=")
        if formule and "[" in tapee:
            self.signaler(
                cellule, "La formule lit un autre classeur, que nous n'avons pas. Remplacez-la par sa valeur."
            )
            return None
        if isinstance(montree, str) and _ERREURS.match(montree):
            self.signaler(cellule, f"La case montre l'erreur {montree}. Corrigez la formule, ou tapez la valeur.")
            return None
        if formule and montree is None:
            self.signaler(
                cellule,
                "La formule n'a pas été calculée. Ouvrez le classeur dans un tableur, enregistrez-le, renvoyez-le.",
            )
            return None
        return montree


def lire_maquette(octets: bytes, numero: str) -> Maquette:
    """Read a maquette back for a dossier; `defauts` says every cell that is wrong, in the sheet's order."""
    maquette = Maquette()
    lecture = _ouvrir(octets, maquette.defauts)
    if lecture is None or not _bonne_feuille(lecture, numero):
        return maquette
    maquette.base = _base(lecture)
    _controler_forme(lecture)
    lues = [
        *_tableau(lecture, LIGNE_EMPLOIS, EMPLOIS, "emploi"),
        *_tableau(lecture, LIGNE_RESSOURCES, RESSOURCES, "ressource"),
    ]
    if not maquette.defauts:
        _controler_ensemble(lecture, lues)
    if not maquette.defauts:
        maquette.lignes = lues
    maquette.defauts.sort(key=_ordre)
    _abreger(maquette.defauts)
    return maquette


def _abreger(defauts: list[DefautCellule]) -> None:
    """The first ones, then how many are left: a sheet pasted over has hundreds of thousands."""
    autres = len(defauts) - DEFAUTS_DITS
    if autres > 1:
        phrase = f"Et {autres} autres cases à revoir. Corrigez d'abord celles-ci, ou repartez de la maquette fournie."
        defauts[DEFAUTS_DITS:] = [DefautCellule(FEUILLE, "", phrase)]


def _ordre(defaut: DefautCellule) -> tuple[str, int, int]:
    lieu = re.match(r"([A-Z]+)(\d+)", defaut.cellule)
    return (defaut.feuille, int(lieu[2]), column_index_from_string(lieu[1])) if lieu else (defaut.feuille, 0, 0)


def _ouvrir(octets: bytes, defauts: list[DefautCellule]) -> _Lecture | None:
    refus = illisible(octets)
    if refus is None:
        try:
            tape = load_workbook(io.BytesIO(octets), data_only=False)
            montre = load_workbook(io.BytesIO(octets), data_only=True)
        except ILLISIBLES:
            refus = "Ce classeur est abîmé. Réenregistrez-le au format .xlsx depuis un tableur."
    if refus is None and FEUILLE not in tape.sheetnames:
        noms = ", ".join(f"« {nom} »" for nom in tape.sheetnames)
        refus = f"La feuille « {FEUILLE} » est absente (feuilles : {noms}). Repartez de la maquette fournie."
    if refus is None and len(doubles := [nom for nom in tape.sheetnames if _est_un_plan(tape[nom])]) > 1:
        noms = " et ".join(f"« {nom} »" for nom in doubles)
        refus = f"Le classeur contient deux plans ({noms}). Gardez celui qui compte, supprimez l'autre feuille."
    if refus is None and tape[FEUILLE].sheet_state != "visible":
        refus = f"La feuille « {FEUILLE} » est masquée. Affichez-la, vérifiez-la, puis renvoyez le classeur."
    if refus is not None:
        defauts.append(DefautCellule("Classeur", "", refus))
        return None
    return _Lecture(tape[FEUILLE], montre[FEUILLE], defauts)


def _est_un_plan(feuille: object) -> bool:
    """True for a copy of the maquette's sheet, whatever it was called since."""
    return isinstance(feuille, Worksheet) and feuille[CELLULE_VERSION].value == VERSION


def _bonne_feuille(lecture: _Lecture, numero: str) -> bool:
    version = lecture.montree[CELLULE_VERSION].value
    if version != VERSION:
        lecture.signaler("", "Ce n'est pas la maquette fournie, ou elle a été modifiée. Demandez-en une nouvelle.")
        return False
    lu = str(lecture.montree[CELLULE_DOSSIER].value or "").strip()
    if lu != numero:
        lecture.signaler(CELLULE_DOSSIER, f"Cette maquette est celle du dossier « {lu} », et non du dossier {numero}.")
        return False
    titres = [(LIGNE_EMPLOIS, EMPLOIS), (LIGNE_RESSOURCES, RESSOURCES)]
    for ligne, colonnes in titres:
        for rang, attendu in enumerate(colonnes, 1):
            if lecture.montree.cell(ligne, rang).value != attendu:
                cellule = f"{get_column_letter(rang)}{ligne}"
                lecture.signaler(
                    cellule,
                    f"Le titre « {attendu} » n'est plus là : lignes ou colonnes ont bougé. Reprenez la maquette.",
                )
                return False
    return True


def _base(lecture: _Lecture) -> str:
    lue = str(lecture.valeur(CELLULE_BASE) or "").strip().upper()
    if lue not in BASES:
        lecture.signaler(CELLULE_BASE, "Dites si les montants sont HT ou TTC.")
    return lue


def _controler_forme(lecture: _Lecture) -> None:
    """Merged cells, hidden lines or columns that hold something, anything outside of the tables, totals typed over."""
    for zone in lecture.tapee.merged_cells.ranges:
        if zone.max_row >= LIGNE_EMPLOIS:
            lecture.signaler(
                str(zone).split(":")[0], f"Les cases {zone} sont fusionnées. Défusionnez-les : une ligne, une dépense."
            )
    for colonne, dimension in lecture.tapee.column_dimensions.items():
        if _invisible(dimension.hidden, dimension.width) and colonne in "ABCDEF":
            lecture.signaler(
                f"{colonne}{LIGNE_EMPLOIS}", f"La colonne {colonne} est masquée. Affichez-la, puis vérifiez-la."
            )
    remplies = {cellule.row for cellule in lecture.remplies()}
    for ligne, hauteur in lecture.tapee.row_dimensions.items():
        if _invisible(hauteur.hidden, hauteur.height) and ligne in remplies:
            lecture.signaler(
                f"A{ligne}", f"La ligne {ligne} est masquée et contient quelque chose. Affichez-la, ou videz-la."
            )
    for entete in (LIGNE_EMPLOIS, LIGNE_RESSOURCES):
        _controler_total(lecture, entete)
    _controler_hors_tableaux(lecture)


def _invisible(masque: object, taille: Any) -> bool:
    """True for a row or a column hidden, or drawn so thin that nobody sees it."""
    return bool(masque) or (taille is not None and taille < MINCE)


def _controler_total(lecture: _Lecture, entete: int) -> None:
    cellule = f"B{ligne_total(entete)}"
    tapee = lecture.tapee[cellule].value
    if not isinstance(tapee, str) or tapee.replace(" ", "") != formule_total(entete):
        lecture.signaler(cellule, f"La formule du total a été remplacée. Remettez {formule_total(entete)}.")


def _controler_hors_tableaux(lecture: _Lecture) -> None:
    prevues = {(ligne, rang) for ligne in range(1, LIGNE_EMPLOIS) for rang in range(1, 9)}
    for entete, colonnes in ((LIGNE_EMPLOIS, EMPLOIS), (LIGNE_RESSOURCES, RESSOURCES)):
        prevues |= {
            (ligne, rang) for ligne in range(entete, ligne_total(entete) + 1) for rang in range(1, len(colonnes) + 1)
        }
    solde = ligne_total(LIGNE_RESSOURCES) + 2
    prevues |= {(solde, 1), (solde, 2)}
    for cellule in lecture.remplies():
        if (cellule.row, cellule.column) not in prevues:
            lecture.signaler(cellule.coordinate, _DEBORDE)


def _tableau(lecture: _Lecture, entete: int, colonnes: Sequence[str], sens: str) -> Iterator[LigneMaquette]:
    for ligne in range(premiere_ligne(entete), ligne_total(entete)):
        rang = [f"{get_column_letter(r)}{ligne}" for r in range(1, len(colonnes) + 1)]
        if any(not _vide(lecture.tapee[cellule].value) for cellule in rang):
            lue = _ligne(lecture, rang, sens)
            if lue is not None:
                yield lue


def _ligne(lecture: _Lecture, rang: Sequence[str], sens: str) -> LigneMaquette | None:
    avant = len(lecture.defauts)
    libelle, euros = _libelle(lecture, rang[0]), _montant(lecture, rang[1])
    en_nature = _oui_non(lecture, rang[2])
    financeur, statut, public = (
        _financement(lecture, rang, en_nature=en_nature) if sens == "ressource" else (None, "", False)
    )
    eligible = sens == "ressource" or _oui_non(lecture, rang[3], sans_reponse=True)
    if len(lecture.defauts) > avant or euros is None:
        return None
    return LigneMaquette(rang[0], sens, libelle, euros, en_nature, financeur, statut, public, eligible)


def _libelle(lecture: _Lecture, cellule: str) -> str:
    valeur = lecture.valeur(cellule)
    if _vide(valeur):
        lecture.signaler(cellule, "Dites de quoi il s'agit : cette ligne a un contenu et pas de libellé.")
        return ""
    if not isinstance(valeur, str):
        lecture.signaler(cellule, "Un libellé est attendu ici, pas un nombre ni une date.")
        return ""
    if len(valeur) > NOM_MAX:
        lecture.signaler(cellule, f"Ce libellé dépasse {NOM_MAX} caractères. Raccourcissez-le.")
    return _texte(lecture, cellule, valeur)


def _montant(lecture: _Lecture, cellule: str) -> Decimal | None:
    avant = len(lecture.defauts)
    valeur = lecture.valeur(cellule)
    if len(lecture.defauts) > avant:
        return None
    if _vide(valeur):
        lecture.signaler(cellule, "Le montant manque. Tapez-le, ou videz la ligne.")
        return None
    lu, refus = en_euros(valeur, str(lecture.tapee[cellule].number_format or ""))
    if refus is not None:
        lecture.signaler(cellule, refus)
    return lu if refus is None else None


def _oui_non(lecture: _Lecture, cellule: str, *, sans_reponse: bool = False) -> bool:
    valeur = lecture.valeur(cellule)
    if _vide(valeur):
        return sans_reponse
    lu = cle(str(valeur))
    if lu not in OUI_NON:
        lecture.signaler(cellule, f"Répondez par oui ou par non (lu : « {str(valeur)[:40]} »).")
    return lu == "oui"


def _financement(lecture: _Lecture, rang: Sequence[str], *, en_nature: bool) -> tuple[str | None, str, bool]:
    brut, public = lecture.valeur(rang[3]), _oui_non(lecture, rang[5])
    financeur = None if _vide(brut) else _texte(lecture, rang[3], str(brut))
    if financeur is not None and len(financeur) > NOM_MAX:
        lecture.signaler(rang[3], f"Ce nom dépasse {NOM_MAX} caractères. Raccourcissez-le.")
    statut = _statut(lecture, rang[4], obligatoire=not en_nature or financeur is not None)
    if statut and financeur is None:
        lecture.signaler(
            rang[3], "Nommez le financeur : cette ressource est sollicitée ou acquise auprès de quelqu'un."
        )
    if statut == "" and financeur is not None and not en_nature:
        lecture.signaler(
            rang[4],
            "Des fonds propres n'ont pas de financeur. Dites « sollicité » ou « acquis », ou videz le financeur.",
        )
    return financeur, statut or "", public


def _statut(lecture: _Lecture, cellule: str, *, obligatoire: bool) -> str | None:
    valeur = lecture.valeur(cellule)
    if _vide(valeur):
        if obligatoire:
            lecture.signaler(cellule, f"Choisissez le statut : {', '.join(STATUTS)}.")
        return None
    connus = {cle(mot): code for mot, code in STATUTS.items()}
    lu = cle(str(valeur)).removesuffix("e") if cle(str(valeur)) not in connus else cle(str(valeur))
    if lu not in connus:
        lecture.signaler(cellule, f"« {str(valeur)[:40]} » n'est pas un statut. Choisissez : {', '.join(STATUTS)}.")
        return None
    return connus[lu]


def _texte(lecture: _Lecture, cellule: str, valeur: str) -> str:
    try:
        return lire_texte(valeur)
    except ValueError:
        lecture.signaler(cellule, "Le texte contient un caractère invisible. Ressaisissez-le à la main.")
        return ""


def _controler_ensemble(lecture: _Lecture, lues: Sequence[LigneMaquette]) -> None:
    """The plan as a whole: something on both sides, no line twice, both balances to the centime."""
    if not lues:
        lecture.signaler(f"A{premiere_ligne(LIGNE_EMPLOIS)}", "La maquette est vide.")
        return
    for ligne in lues:
        double = next(
            x
            for x in lues
            if (x.sens, cle(x.libelle), x.financeur) == (ligne.sens, cle(ligne.libelle), ligne.financeur)
        )
        if double is not ligne:
            lecture.signaler(
                ligne.cellule, f"Cette ligne répète {double.cellule}. Regroupez-les, ou précisez leurs libellés."
            )
    for en_nature, quoi in ((False, "en euros"), (True, "en nature")):
        emplois, ressources = (_somme(lues, sens, en_nature=en_nature) for sens in ("emploi", "ressource"))
        if emplois != ressources:
            ecart = montant(abs(ressources - emplois))
            sens = "manquent" if ressources < emplois else "sont de trop"
            lecture.signaler(
                f"B{ligne_total(LIGNE_RESSOURCES)}",
                f"Le plan {quoi} n'est pas équilibré : {ecart} {sens} aux ressources "
                f"({montant(ressources)} pour {montant(emplois)} d'emplois).",
            )


def _somme(lues: Sequence[LigneMaquette], sens: str, *, en_nature: bool) -> Decimal:
    return sum((x.montant for x in lues if x.sens == sens and x.en_nature is en_nature), ZERO)


def _vide(valeur: object) -> bool:
    return valeur is None or (isinstance(valeur, str) and not valeur.strip())


__all__ = ["LIGNES", "DefautCellule", "LigneMaquette", "Maquette", "lire_maquette"]
