"""The store of pièces: files named by the hash of their bytes, written whole or not at all."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ami.erreurs import DonneesInvalides, Introuvable

BLOC: Final = 64 * 1024
MEGA: Final = 1_000_000
_EMPREINTE: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FichierRecu:
    """A file received and not stored yet."""

    chemin: Path
    empreinte: str
    taille: int


@dataclass(frozen=True)
class Magasin:
    """A folder of files by content address: `ab/cd/abcd…`, so that no folder grows huge and nothing is kept twice."""

    dossier_racine: Path

    @contextmanager
    def recevoir(self, contenu: BinaryIO, taille_max: int) -> Iterator[FichierRecu]:
        """Read a stream into a temporary file, hashing it; what is not stored is erased at the end.

        Raises:
            DonneesInvalides: the stream is empty, or longer than `taille_max` bytes (it is then read no further).
        """
        attente = self.dossier_racine / "attente"
        attente.mkdir(parents=True, exist_ok=True)
        descripteur, nom = tempfile.mkstemp(dir=attente)
        chemin = Path(nom)
        try:
            with os.fdopen(descripteur, "wb") as fichier:
                empreinte, taille = _copier(contenu, fichier, taille_max)
            yield FichierRecu(chemin, empreinte, taille)
        finally:
            chemin.unlink(missing_ok=True)

    def ranger(self, recu: FichierRecu) -> Path:
        """Give a file received its place; a file already there has the same bytes and is left alone."""
        place = self.chemin(recu.empreinte)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            recu.chemin.replace(place)
            _fixer(place.parent)
        return place

    def ouvrir(self, empreinte: str) -> BinaryIO:
        """Open a stored file for reading.

        Raises:
            Introuvable: no such file.
        """
        chemin = self.chemin(empreinte)
        if not chemin.is_file():
            raise Introuvable("Cette pièce n'est pas dans le magasin.")
        return chemin.open("rb")

    def chemin(self, empreinte: str) -> Path:
        """Where a content lives.

        Raises:
            ValueError: not a SHA-256, so that no path can be forged.
        """
        if not _EMPREINTE.fullmatch(empreinte):
            raise ValueError(f"not a SHA-256 in hexadecimal: {empreinte!r}")
        return self.dossier_racine / empreinte[:2] / empreinte[2:4] / empreinte


def _copier(source: BinaryIO, cible: BinaryIO, taille_max: int) -> tuple[str, int]:
    """Copy block by block, down to the disk; hash and size of what was read."""
    empreinte, taille = hashlib.sha256(), 0
    while bloc := source.read(BLOC):
        taille += len(bloc)
        if taille > taille_max:
            raise DonneesInvalides(f"Le fichier dépasse {taille_max // MEGA} Mo, la taille admise pour cette pièce.")
        empreinte.update(bloc)
        cible.write(bloc)
    if not taille:
        raise DonneesInvalides("Le fichier est vide.")
    cible.flush()
    os.fsync(cible.fileno())
    return empreinte.hexdigest(), taille


def _fixer(dossier: Path) -> None:
    """A rename survives a power cut only once its folder is on the disk too."""
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
