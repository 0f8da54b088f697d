"""The account of a re-check in a file: a workbook, a CSV or a page in Markdown, whichever its name asks for."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import xlsxwriter

from ami.erreurs import DonneesInvalides
from ami.exports import inerte
from ami.recontrole_rapport import LigneRecontrole, RapportRecontrole
from notifications.formats import PARIS, instant


@dataclass(frozen=True)
class Colonne:
    """A column: heading, text of a cell, width in characters."""

    titre: str
    valeur: Callable[[LigneRecontrole, int], str]
    largeur: int


COLONNES: Final[tuple[Colonne, ...]] = (
    Colonne("Dossier", lambda ligne, _: ligne.numero, 12),
    Colonne("Projet", lambda ligne, _: ligne.titre, 30),
    Colonne("Situation", lambda ligne, _: ligne.situation, 20),
    Colonne("Code", lambda ligne, _: ligne.code, 11),
    Colonne("Quartier", lambda ligne, _: ligne.nom, 24),
    Colonne("Commune", lambda ligne, _: ligne.commune, 18),
    Colonne("Millésime connu", lambda ligne, _: str(ligne.millesime or ""), 10),
    Colonne("Ce qui change", lambda ligne, _: "oui" if ligne.change else "non", 9),
    Colonne("Quartier, désormais", lambda ligne, _: str(ligne.devenir), 20),
    Colonne("Point, avant", lambda ligne, _: str(ligne.avant), 16),
    Colonne("Point, désormais", lambda ligne, _: str(ligne.apres), 16),
    Colonne("Explication", lambda ligne, millesime: ligne.expliquer(millesime), 70),
)


def exporter_recontrole(rapport: RapportRecontrole, fichier: Path) -> None:
    """Write the account; the same account gives the same bytes. An existing file is replaced whole.

    Raises `DonneesInvalides` when the name ends neither in .xlsx, .csv nor .md.
    """
    ecriture = _ECRITURES.get(fichier.suffix.lower())
    if ecriture is None:
        raise DonneesInvalides(f"« {fichier.name} » : terminez le nom du fichier par .xlsx, .csv ou .md.")
    fichier.parent.mkdir(parents=True, exist_ok=True)
    # Written beside, then renamed: nobody opens half a file.
    provisoire = fichier.with_name(f".{fichier.name}.partiel")
    provisoire.write_bytes(ecriture(rapport))
    provisoire.replace(fichier)


def titre(rapport: RapportRecontrole) -> str:
    """What the account is about."""
    return f"Quartiers de la campagne {rapport.campagne} face à la liste {rapport.kind} de {rapport.millesime}"


def resume(rapport: RapportRecontrole) -> list[str]:
    """The account in a few sentences."""
    comptes = " ; ".join(f"{devenir} : {nombre}" for devenir, nombre in rapport.compter().items())
    suite = "Gardé comme preuve sur les dossiers ; rien d'autre n'a" if rapport.enregistre else "Rien n'a"
    return [
        f"Contrôlé le {instant(rapport.controle_le)} (heure de Paris). {suite} été modifié.",
        f"{rapport.dossiers} dossier(s) en cours, {len(rapport.lignes)} quartier(s) nommé(s), "
        f"{rapport.changees} à regarder.",
        *([f"{comptes[0].upper()}{comptes[1:]}."] if comptes else []),
        *rapport.avertissements,
    ]


def _lignes(rapport: RapportRecontrole) -> list[list[str]]:
    return [[colonne.valeur(ligne, rapport.millesime) for colonne in COLONNES] for ligne in rapport.lignes]


def _en_csv(rapport: RapportRecontrole) -> bytes:
    cellules = [[inerte(texte) for texte in ligne] for ligne in _lignes(rapport)]
    tableau = pd.DataFrame(cellules, columns=pd.Index([colonne.titre for colonne in COLONNES]), dtype=object)
    return str(tableau.to_csv(sep=";", index=False, lineterminator="\r\n")).encode("utf-8-sig")


def _en_markdown(rapport: RapportRecontrole) -> bytes:
    rangees = [[colonne.titre for colonne in COLONNES], ["---"] * len(COLONNES), *_lignes(rapport)]
    tableau = "\n".join(f"| {' | '.join(map(_cellule_markdown, rangee))} |" for rangee in rangees)
    paragraphes = "\n\n".join(map(_cellule_markdown, resume(rapport)))
    return f"# {titre(rapport)}\n\n{paragraphes}\n\n{tableau}\n".encode()


def _cellule_markdown(texte: str) -> str:
    """A text that stays one cell, and that no reader takes for a tag or a link."""
    for signe in ("\\", "|", "<", "[", "`", "*", "_"):
        texte = texte.replace(signe, f"\\{signe}")
    return texte.replace("\n", " ")


def _en_classeur(rapport: RapportRecontrole) -> bytes:
    memoire = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    classeur = xlsxwriter.Workbook(memoire, options)
    # A creation date taken from the clock would change the bytes.
    date = rapport.controle_le.astimezone(PARIS).replace(tzinfo=None)
    classeur.set_properties({"title": titre(rapport), "created": date})
    _remplir(classeur.add_worksheet("Recontrôle"), rapport, classeur)
    classeur.close()
    return memoire.getvalue()


def _remplir(feuille: Any, rapport: RapportRecontrole, classeur: Any) -> None:
    gras = classeur.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    corps = classeur.add_format({"text_wrap": True, "valign": "top"})
    feuille.write_string(0, 0, titre(rapport), classeur.add_format({"bold": True, "font_size": 14}))
    entetes = [*resume(rapport), ""]
    for rang, phrase in enumerate(entetes, start=1):
        feuille.write_string(rang, 0, phrase)
    premiere = len(entetes) + 1
    for position, colonne in enumerate(COLONNES):
        feuille.set_column(position, position, colonne.largeur)
        feuille.write_string(premiere, position, colonne.titre, gras)
    for rang, ligne in enumerate(_lignes(rapport), start=premiere + 1):
        for position, texte in enumerate(ligne):
            feuille.write_string(rang, position, texte, corps)
    feuille.autofilter(premiere, 0, premiere + max(len(rapport.lignes), 1), len(COLONNES) - 1)
    feuille.freeze_panes(premiere + 1, 1)
    feuille.set_landscape()
    feuille.fit_to_pages(1, 0)


_ECRITURES: Final[dict[str, Callable[[RapportRecontrole], bytes]]] = {
    ".xlsx": _en_classeur,
    ".csv": _en_csv,
    ".md": _en_markdown,
}
