"""The shortlist of a campagne in files: a workbook a funder opens, and a CSV; inert texts, the same bytes twice."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from ami.exports_classeur import ecrire_classeur
from ami.exports_feuilles import Genre
from ami.exports_selection import COLONNES, Selection, selection_de, tableau
from ami.fichiers import inerte, remplacer
from ami.models import Campagne
from ami.regards import Regard
from notifications.formats import PARIS

__all__ = ["FichiersExport", "en_csv", "exporter_selection", "inerte"]


@dataclass(frozen=True)
class FichiersExport:
    """The files written."""

    classeur: Path
    csv: Path
    nombre: int


def exporter_selection(
    session: Session, regard: Regard, campagne: Campagne, dossier: Path, maintenant: datetime
) -> FichiersExport:
    """Write the shortlist as a workbook and a CSV in a folder (created if need be), named by campagne and day.

    The same data at the same instant give the same bytes. A file of the same day is replaced whole.
    """
    selection = selection_de(session, regard, campagne, maintenant)
    dossier.mkdir(parents=True, exist_ok=True)
    nom = f"selection-{campagne.code}-{maintenant.astimezone(PARIS):%Y-%m-%d}"
    classeur, texte = dossier / f"{nom}.xlsx", dossier / f"{nom}.csv"
    remplacer(classeur, ecrire_classeur(selection))
    remplacer(texte, en_csv(selection).encode("utf-8-sig"))
    return FichiersExport(classeur, texte, len(selection.lignes))


def en_csv(selection: Selection) -> str:
    """The shortlist as CSV for a French spreadsheet: semicolons, decimal comma, inert texts."""
    valeurs = tableau(selection)
    for colonne in COLONNES:
        valeurs[colonne.titre] = [_cellule(colonne.genre, valeur) for valeur in valeurs[colonne.titre]]
    return str(valeurs.to_csv(sep=";", index=False, lineterminator="\r\n"))


def _cellule(genre: Genre, valeur: object) -> str:
    if valeur is None:
        return ""
    if isinstance(valeur, datetime):
        return valeur.astimezone(PARIS).strftime("%d/%m/%Y")
    if genre in ("euros", "note"):
        return str(valeur).replace(".", ",")
    return inerte(str(valeur)) if genre == "texte" else str(valeur)
