"""Read a file as a person made it: CSV in any usual encoding and separator, or a workbook; cells come out as text."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from ami.erreurs import DonneesInvalides
from ami.imports_champs import cle, en_cellule
from ami.imports_rapport import ErreurLigne

TAILLE_MAX: Final = 30 * 1024 * 1024  # bytes of a file
TAILLE_DEPLIEE_MAX: Final = 300 * 1024 * 1024  # bytes of an unzipped workbook
LIGNES_MAX: Final = 100_000
_SEPARATEURS: Final = {";": "point-virgule", ",": "virgule", "\t": "tabulation"}


@dataclass(frozen=True)
class Tableau:
    """A sheet read: headings as typed, and cells as text, indexed by line number (the headings are line 1)."""

    entetes: list[str]
    lignes: pd.DataFrame
    format: str  # how it was read, for the report
    decalees: list[ErreurLigne]  # lines cut at the wrong place, already set aside

    def entetes_reduites(self) -> list[str]:
        """The headings without accents nor capitals, in the file's order."""
        return [cle(entete) for entete in self.entetes]

    def cellules(self) -> list[tuple[int, dict[str, str]]]:
        """Each line with its number and its cells by reduced heading; blank lines are left out."""
        return [
            (int(str(numero)), {cle(str(nom)): str(texte) for nom, texte in ligne.items()})
            for numero, ligne in self.lignes.to_dict("index").items()
            if any(str(texte).strip() for texte in ligne.values())
        ]


def lire(chemin: Path) -> Tableau:
    """Read a CSV file or the first sheet of an XLSX workbook.

    Raises `DonneesInvalides` when the file is absent, too big, empty, or not what its name says.
    """
    octets = _octets(chemin)
    if chemin.suffix.lower() in {".xlsx", ".xlsm"}:
        return _construire(_lignes_classeur(octets, chemin.name), chemin.name, "classeur Excel, première feuille")
    if chemin.suffix.lower() not in {".csv", ".txt", ".tsv"}:
        raise DonneesInvalides(
            f"« {chemin.name} » n'est ni un fichier CSV ni un classeur XLSX. Enregistrez-le dans l'un de ces formats."
        )
    texte, encodage = _decoder(octets, chemin.name)
    separateur = _separateur(texte)
    lignes = _lignes_csv(texte, separateur, chemin.name)
    return _construire(lignes, chemin.name, f"CSV, {encodage}, séparateur {_SEPARATEURS[separateur]}")


def _octets(chemin: Path) -> bytes:
    if not chemin.is_file():
        raise DonneesInvalides(f"Le fichier « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
    if chemin.stat().st_size > TAILLE_MAX:
        raise DonneesInvalides(
            f"« {chemin.name} » dépasse {TAILLE_MAX // 1024**2} Mo. Découpez-le en plusieurs fichiers."
        )
    return chemin.read_bytes()


def _decoder(octets: bytes, nom: str) -> tuple[str, str]:
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16"), "UTF-16"
    for encodage, lisible in (("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            return octets.decode(encodage), lisible
        except UnicodeDecodeError:
            continue
    raise DonneesInvalides(f"L'encodage de « {nom} » est illisible. Enregistrez-le en « CSV UTF-8 ».")


def _separateur(texte: str) -> str:
    """The separator is the sign the line of headings holds most."""
    entetes = next((ligne for ligne in texte.splitlines() if ligne.strip()), "")
    return max(_SEPARATEURS, key=entetes.count)


def _lignes_csv(texte: str, separateur: str, nom: str) -> list[list[str]]:
    if "\x00" in texte:
        raise DonneesInvalides(f"« {nom} » contient des caractères nuls : ce n'est pas un fichier texte.")
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    try:
        return [list(ligne) for ligne in lecteur]
    except csv.Error as erreur:
        raise DonneesInvalides(
            f"« {nom} », ligne {lecteur.line_num} : guillemets mal fermés ou cellule illisible. "
            "Corrigez cette ligne, ou réenregistrez le fichier depuis un tableur."
        ) from erreur


def _lignes_classeur(octets: bytes, nom: str) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            deplie = sum(element.file_size for element in archive.infolist())
        if deplie > TAILLE_DEPLIEE_MAX:
            raise DonneesInvalides(f"« {nom} » est démesuré une fois décompressé : il n'a pas été ouvert.")
        feuille = pd.read_excel(io.BytesIO(octets), header=None, dtype=object, engine="openpyxl")
    except (zipfile.BadZipFile, ValueError, KeyError, OSError) as erreur:
        raise DonneesInvalides(
            f"« {nom} » n'est pas un classeur Excel lisible. Réenregistrez-le au format .xlsx depuis un tableur."
        ) from erreur
    return [
        ["" if pd.isna(valeur) else en_cellule(valeur) for valeur in ligne]
        for ligne in feuille.itertuples(index=False, name=None)
    ]


def _construire(lignes: list[list[str]], nom: str, lu_comme: str) -> Tableau:
    if not lignes or not any(cellule.strip() for cellule in lignes[0]):
        raise DonneesInvalides(f"« {nom} » n'a pas de ligne d'en-têtes. La première ligne doit nommer les colonnes.")
    if len(lignes) > LIGNES_MAX:
        raise DonneesInvalides(f"« {nom} » dépasse {LIGNES_MAX} lignes. Découpez-le en plusieurs fichiers.")
    entetes = _entetes(lignes[0], nom)
    largeur = len(entetes)
    decalees = [_decalee(numero, ligne, largeur) for numero, ligne in enumerate(lignes, 1) if _deborde(ligne, largeur)]
    saines = {numero: ligne for numero, ligne in enumerate(lignes[1:], 2) if not _deborde(ligne, largeur)}
    cellules = [(ligne + [""] * largeur)[:largeur] for ligne in saines.values()]
    tableau = pd.DataFrame(cellules, columns=pd.Index(entetes), index=pd.Index(list(saines)), dtype=object)
    return Tableau(entetes, tableau, lu_comme, decalees)


def _entetes(ligne: list[str], nom: str) -> list[str]:
    entetes = [entete.strip() for entete in ligne]
    while entetes and not entetes[-1]:
        entetes.pop()
    reduits = [cle(entete) for entete in entetes]
    doubles = [entete for rang, entete in enumerate(entetes) if reduits[rang] in reduits[:rang]]
    if doubles:
        raise DonneesInvalides(
            f"« {nom} », ligne 1 : la colonne « {doubles[0]} » apparaît deux fois ou n'a pas de nom."
        )
    return entetes


def _deborde(ligne: list[str], largeur: int) -> bool:
    """A line longer than the headings was cut at the wrong place: every cell after would be shifted."""
    return any(cellule.strip() for cellule in ligne[largeur:])


def _decalee(numero: int, ligne: list[str], largeur: int) -> ErreurLigne:
    return ErreurLigne(
        ligne=numero,
        colonne="(toute la ligne)",
        valeur=" | ".join(ligne)[:80],
        raison=f"Cette ligne a {len(ligne)} cellules pour {largeur} colonnes.",
        remede="Mettez entre guillemets les textes qui contiennent le séparateur.",
    )
