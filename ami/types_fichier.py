"""What a file really is: told by its bytes, never by its name."""

import codecs
import zipfile
from pathlib import Path
from typing import Final

import filetype

from ami.erreurs import DonneesInvalides

ENTETE: Final = 8192
MEGA: Final = 1_000_000
# A document of the office kind unpacks to a few times its size; a bomb, to thousands.
DEPLIE_MAX: Final = 500 * MEGA
ENTREES_MAX: Final = 10_000
TAUX_MAX: Final = 200
ODF: Final = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
OOXML: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
MIME: Final = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    **{genre: mime for mime, genre in ODF.items()},
    "csv": "text/csv",
    "txt": "text/plain",
}
TEXTES: Final = ("csv", "txt")
ALIAS: Final = {"jpeg": "jpg", "text": "txt"}
_CONTROLES_ADMIS: Final = frozenset("\t\n\r\f")


def type_admis(type_demande: str) -> str:
    """The engine's name of a type a règlement names (« JPEG », « .pdf »)."""
    nom = type_demande.strip().lower().removeprefix(".")
    return ALIAS.get(nom, nom)


def type_reel(chemin: Path, nom: str) -> str | None:
    """The type of a file (a key of `MIME`), None when it is none the engine knows.

    Raises:
        DonneesInvalides: an archive that would unpack to far more than it should, or a document with macros.
    """
    with chemin.open("rb") as fichier:
        entete = fichier.read(ENTETE)
    if zipfile.is_zipfile(chemin) and entete.startswith(b"PK"):
        return _type_archive(chemin)
    devine = filetype.guess(entete)
    genre = type_admis(devine.extension) if devine is not None else ""
    # Two letters are enough to be taken for an image by its signature (a table starting with « BM »): look further.
    return genre if genre in MIME else _type_texte(chemin, nom)


def _type_archive(chemin: Path) -> str | None:
    """Office documents are archives: which one is said by the entries they must hold."""
    try:
        with zipfile.ZipFile(chemin) as archive:
            entrees = archive.infolist()
            _controler_archive(entrees)
            noms = {entree.filename for entree in entrees}
            if "mimetype" in noms and archive.getinfo("mimetype").file_size < ENTETE:
                return ODF.get(archive.read("mimetype").decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as erreur:
        raise DonneesInvalides("Le fichier est une archive abîmée ou protégée par un mot de passe.") from erreur
    return next((genre for entree, genre in OOXML.items() if entree in noms), None)


def _controler_archive(entrees: list[zipfile.ZipInfo]) -> None:
    deplie, replie = sum(e.file_size for e in entrees), sum(e.compress_size for e in entrees)
    # Small files may compress very well and harm nobody: the rate only counts once there is something to unpack.
    bombe = len(entrees) > ENTREES_MAX or deplie > DEPLIE_MAX or (deplie > MEGA * 10 and deplie > TAUX_MAX * replie)
    if bombe:
        raise DonneesInvalides("Le fichier se déplie en un volume anormal : il est refusé par prudence.")
    if any(entree.filename.lower().endswith("vbaproject.bin") for entree in entrees):
        raise DonneesInvalides(
            "Le document contient des macros : enregistrez-le sans macros, puis déposez-le à nouveau."
        )


def _type_texte(chemin: Path, nom: str) -> str | None:
    """Plain text, in UTF-8 or Windows-1252, that no browser or shell would take for something to run."""
    if not (_est_texte(chemin, "utf-8-sig") or _est_texte(chemin, "cp1252")):
        return None
    with chemin.open("rb") as fichier:
        debut = fichier.read(ENTETE).removeprefix(codecs.BOM_UTF8).lstrip()
    # HTML, XML, SVG, scripts and PostScript all start so; a table or a letter does not.
    if debut.startswith((b"<", b"#!", b"%!", b"%PDF", b"MZ", b"{\\rtf")):
        return None
    return "csv" if nom.lower().endswith(".csv") else "txt"


def _est_texte(chemin: Path, encodage: str) -> bool:
    try:
        with chemin.open(encoding=encodage, newline="") as fichier:
            return all(_lisible(bloc) for bloc in iter(lambda: fichier.read(ENTETE), ""))
    except UnicodeDecodeError:
        return False


def _lisible(texte: str) -> bool:
    return all(caractere.isprintable() or caractere in _CONTROLES_ADMIS or ord(caractere) > 159 for caractere in texte)
