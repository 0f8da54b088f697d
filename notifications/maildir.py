"""A local Maildir that a person can read, when no SMTP server is configured."""

import asyncio
import hashlib
import os
from pathlib import Path

from notifications.settings import ReglagesCourriel
from notifications.transport import Envoi, Injoignable, Liaison, Refus


class TransportMaildir:
    """Writes mails under `dossier`, in the Maildir layout (tmp, new, cur)."""

    idempotent = True

    def __init__(self, reglages: ReglagesCourriel) -> None:
        self._racine = reglages.dossier

    async def ouvrir(self) -> Liaison:
        """Make the folders. Raises `Injoignable` when they cannot be made."""
        try:
            for nom in ("tmp", "new", "cur"):
                (self._racine / nom).mkdir(parents=True, exist_ok=True)
        except OSError as erreur:
            raise Injoignable(f"dossier « {self._racine} » : {erreur}") from erreur
        return LiaisonMaildir(self._racine)


def nom_de_fichier(envoi: Envoi) -> str:
    """Derived from the key: a second delivery overwrites the first; the message shows for a reader."""
    empreinte = hashlib.sha256(envoi.clef.encode()).hexdigest()[:16]
    return f"{envoi.du_a:%Y%m%dT%H%M%S}.{envoi.message}.{empreinte}.eml"


class LiaisonMaildir:
    """Delivers by writing aside then renaming: a reader never sees half a mail."""

    ouverte = True

    def __init__(self, racine: Path) -> None:
        self._racine = racine

    async def annoncer(self, envoi: Envoi) -> None:
        """Nothing can refuse a mail here."""

    async def livrer(self, envoi: Envoi) -> str:
        """Write the file and return its name as the answer. A disk error is a temporary refusal."""
        try:
            return await asyncio.to_thread(self._ecrire, envoi)
        except OSError as erreur:
            raise Refus(452, f"écriture impossible dans « {self._racine} » : {erreur}") from erreur

    async def fermer(self) -> None:
        """Nothing to close."""

    def couper(self) -> None:
        """Nothing to drop."""

    def _ecrire(self, envoi: Envoi) -> str:
        nom = nom_de_fichier(envoi)
        if list((self._racine / "cur").glob(f"{nom}*")):
            return f"déjà dans cur/{nom}"
        provisoire = self._racine / "tmp" / nom
        with provisoire.open("wb") as fichier:
            fichier.write(envoi.octets)
            fichier.flush()
            os.fsync(fichier.fileno())
        provisoire.replace(self._racine / "new" / nom)
        return f"new/{nom}"
