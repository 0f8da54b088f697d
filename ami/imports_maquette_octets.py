"""What can be said of a maquette before it is opened: its size, its kind, whether it is ciphered or swollen."""

import io
import zipfile
import zlib
from typing import Final

TAILLE_MAX: Final = 5 * 1024 * 1024
DEPLIE_MAX: Final = 10 * 1024 * 1024  # a maquette is fifty times smaller
# What openpyxl raises on a workbook that is damaged, ciphered, or made by hand.
ILLISIBLES: Final = (
    ValueError,
    LookupError,
    OSError,
    EOFError,
    TypeError,
    AttributeError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
)


def illisible(octets: bytes) -> str | None:
    """Why bytes cannot be opened as a workbook, None when they may be."""
    if not octets:
        return "Le fichier est vide."
    if len(octets) > TAILLE_MAX:
        return f"Le fichier dépasse {TAILLE_MAX // 1024**2} Mo : une maquette est bien plus petite."
    if octets.startswith(b"\xd0\xcf\x11\xe0"):
        return "Protégé par un mot de passe, ou à l'ancien format .xls : enregistrez-le en .xlsx, sans mot de passe."
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            deplie = sum(element.file_size for element in archive.infolist())
    except zipfile.BadZipFile:
        return "Ce fichier n'est pas un classeur .xlsx. Renvoyez la maquette, enregistrée depuis un tableur."
    return "Ce classeur est démesuré une fois décompressé : il n'a pas été ouvert." if deplie > DEPLIE_MAX else None
