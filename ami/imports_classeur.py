"""Read an XLSX workbook as a stream: one sheet, one line at a time, with what a spreadsheet hides said aloud.

openpyxl finds the sheets, the styles and the calendar. The cells are read by `imports_feuille`, because openpyxl's own
read-only mode keeps every shared string and a trace of every line in memory (1.3 KB a line, measured), believes any
coordinate, and tells neither hidden lines, nor merged cells, nor formulas that were never calculated.
"""

import warnings
import weakref
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHARED_STRINGS

from ami.erreurs import DonneesInvalides
from ami.imports_feuille import Apercu, LecteurFeuille, analyser
from ami.imports_lignes import TEXTE_MAX, LigneLue, Unite

DEPLIE_MAX: Final = 2 * 1024**3  # bytes of an unzipped workbook; read as a stream, but somebody waits
PARTIE_MAX: Final = 32 * 1024**2  # bytes of a part read whole (styles, list of sheets)
TAUX_MAX: Final = 200  # a sheet of a million lines packs 30 times; a bomb, a thousand
PETIT: Final = 50 * 1024**2  # bytes under which a part may pack as it likes
ELEMENTS_MAX: Final = 5000  # parts of the archive
CHAINES_GARDEES: Final = 1024  # shared strings kept in memory: the usual ones come again and again
_ABIME: Final = (
    BadZipFile,
    zlib.error,
    ParseError,
    expat.ExpatError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,  # a part that is encrypted, or packed in a way zipfile does not know
)


class Classeur:
    """One sheet of a workbook: the one named, or the first that is not hidden.

    Raises `DonneesInvalides` when the file is no workbook, is oversized once unzipped, or has no such sheet.
    """

    unite: Unite = "ligne"
    largeur_fixe = False

    def __init__(self, chemin: Path, feuille: str | None = None) -> None:
        self._chemin = chemin
        self.remarques: list[str] = []
        with self._comprendre():
            _refuser_bombe(chemin)
            lecteur = _entrouvrir(chemin)
            with lecteur.archive as archive:
                self._feuille, nom = self._choisir(lecteur, feuille)
                self._dates = frozenset(lecteur.wb._date_formats) - frozenset(lecteur.wb._timedelta_formats)
                self._epoque: datetime = lecteur.wb.epoch
                self._chaines = ChainesPartagees()
                partie = lecteur.package.find(SHARED_STRINGS)
                if partie is not None:
                    self._chaines.lire(archive, partie.PartName[1:])
                self._apercu = _apercu(archive, self._feuille)
        self.format = f"classeur Excel, feuille « {nom} »"
        self.estimees = self._apercu.lignes
        self._dire_le_cache()

    def lignes(self) -> Iterator[LigneLue]:
        """Each line that has a cell, with the number it has in the sheet."""
        feuille = LecteurFeuille(self._chaines.texte, self._dates, self._epoque, self._apercu.fusions)
        with self._comprendre(), ZipFile(self._chemin) as archive, archive.open(self._feuille) as flux:
            yield from feuille.lignes(flux)

    @contextmanager
    def _comprendre(self) -> Iterator[None]:
        """Say in French that the workbook is damaged, whatever its reading stumbled on."""
        try:
            yield
        except _ABIME as erreur:
            raise DonneesInvalides(
                f"« {self._chemin.name} » n'est pas un classeur Excel lisible. Réenregistrez-le au format .xlsx "
                "depuis un tableur, sans mot de passe."
            ) from erreur

    def _choisir(self, lecteur: ExcelReader, demandee: str | None) -> tuple[str, str]:
        """The part of the archive that holds the sheet to read, and its name; the others are said aloud."""
        feuilles = [
            (feuille.name, feuille.state == "visible", lien.target)
            for feuille, lien in lecteur.parser.find_sheets()
            if lien.target in lecteur.valid_files and "chartsheet" not in lien.Type
        ]
        visibles = [nom for nom, visible, _ in feuilles if visible]
        voulue = demandee if demandee is not None else next(iter(visibles), None)
        for nom, _visible, cible in feuilles:
            if nom == voulue:
                self._dire_les_autres(nom, feuilles)
                return cible, nom
        if demandee is None:
            raise DonneesInvalides(
                f"« {self._chemin.name} » n'a aucune feuille visible. Affichez celle qu'il faut lire."
            )
        noms = ", ".join(nom for nom, _visible, _cible in feuilles)
        raise DonneesInvalides(f"« {self._chemin.name} » n'a pas de feuille « {demandee} ». Feuilles : {noms}.")

    def _dire_les_autres(self, lue: str, feuilles: list[tuple[str, bool, str]]) -> None:
        for attribut, visible in (("", True), (" masquées", False)):
            autres = [nom for nom, montree, _ in feuilles if montree is visible and nom != lue]
            if autres:
                noms = ", ".join(f"« {nom} »" for nom in autres[:5]) + (" …" if len(autres) > 5 else "")
                self.remarques.append(f"Feuilles{attribut} non lues : {noms}. Pour en lire une : --feuille NOM.")

    def _dire_le_cache(self) -> None:
        apercu = self._apercu
        if apercu.masquees:
            premieres = ", ".join(map(str, apercu.premieres_masquees))
            suite = " …" if apercu.masquees > len(apercu.premieres_masquees) else ""
            self.remarques.append(
                f"{apercu.masquees} ligne(s) masquée(s) ou filtrée(s), lues comme les autres : {premieres}{suite}."
            )
        if apercu.colonnes_masquees:
            self.remarques.append(f"Colonnes masquées, lues comme les autres : {', '.join(apercu.colonnes_masquees)}.")


class ChainesPartagees:
    """The texts of a workbook, kept in a temporary file: there may be a million of them."""

    def __init__(self) -> None:
        self._fichier: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as the workbook is read
        weakref.finalize(self, self._fichier.close)
        self._fins = array("Q", [0])
        self._morceaux: list[str] = []
        self._retenus = 0  # characters in them
        self._capte = self._phonetique = False
        self.texte = lru_cache(maxsize=CHAINES_GARDEES)(self._relire)

    def lire(self, archive: ZipFile, partie: str) -> None:
        """Take in the table of texts; pronunciation hints are left out."""
        with archive.open(partie) as flux:
            for _ in analyser(flux, self._ouvrir, self._fermer, self._prendre):
                pass
        self._fichier.flush()

    def _relire(self, rang: int) -> str:
        debut, fin = self._fins[rang], self._fins[rang + 1]
        self._fichier.seek(debut)
        return self._fichier.read(fin - debut).decode("utf-8", "surrogatepass")

    def _ouvrir(self, nom: str, _attributs: dict[str, str]) -> None:
        if nom == "rPh":
            self._phonetique = True
        self._capte = nom == "t" and not self._phonetique

    def _fermer(self, nom: str) -> None:
        if nom == "rPh":
            self._phonetique = False
        elif nom == "si":
            texte = unescape("".join(self._morceaux)).encode("utf-8", "surrogatepass")
            self._fichier.write(texte)
            self._fins.append(self._fins[-1] + len(texte))
            self._morceaux.clear()
            self._retenus = 0
        self._capte = False

    def _prendre(self, texte: str) -> None:
        if self._capte and self._retenus < TEXTE_MAX:
            self._retenus += len(texte)
            self._morceaux.append(texte)


def _refuser_bombe(chemin: Path) -> None:
    """What an archive says it holds is what can be read of it: zipfile stops there."""
    with ZipFile(chemin) as archive:
        elements = archive.infolist()
    demesure = len(elements) > ELEMENTS_MAX or sum(element.file_size for element in elements) > DEPLIE_MAX
    gonfle = any(e.file_size > PETIT and e.file_size > TAUX_MAX * max(1, e.compress_size) for e in elements)
    if demesure or gonfle:
        raise DonneesInvalides(f"« {chemin.name} » est démesuré une fois décompressé : il n'a pas été ouvert.")


def _entrouvrir(chemin: Path) -> ExcelReader:
    """The list of sheets and the styles of a workbook, without its cells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns, in English, of extensions we do not read
        lecteur = ExcelReader(chemin, read_only=True, data_only=True, keep_links=False)
        _refuser_parties_lourdes(lecteur.archive, "[Content_Types].xml")
        lecteur.read_manifest()
        _refuser_parties_lourdes(
            lecteur.archive,
            *(o.PartName[1:] for o in lecteur.package.Override if o.ContentType.endswith("main+xml")),
            *(nom for nom in lecteur.valid_files if nom.endswith((".rels", "workbook.xml", "styles.xml"))),
        )
        lecteur.read_workbook()
        apply_stylesheet(lecteur.archive, lecteur.wb)
    return lecteur


def _refuser_parties_lourdes(archive: ZipFile, *parties: str) -> None:
    """These parts are read whole into memory, unlike the cells and the texts."""
    for partie in parties:
        if partie in archive.NameToInfo and archive.getinfo(partie).file_size > PARTIE_MAX:
            raise DonneesInvalides(
                f"Dans ce classeur, « {partie} » est démesuré. Recopiez les données dans un classeur neuf."
            )


def _apercu(archive: ZipFile, feuille: str) -> Apercu:
    apercu = Apercu()
    with archive.open(feuille) as flux:
        for _ in analyser(flux, apercu.noter):
            pass
    return apercu
