"""A process that imports a file as `ami importer` does, says when it has reached a line, and waits to be killed."""

import sys
import time
from pathlib import Path

from ami.commandes.importer import Demande, Kind, conduire
from notifications.database import create_engine_for


def importer_jusqu_a(url: str, fichier: str, mode: str, ligne: int) -> None:
    """Import persons; stop for good once `ligne` lines are read, in the middle of the writing."""

    def attendre(lues: int, _attendues: int) -> None:
        if lues >= ligne:
            print("pret", flush=True)
            time.sleep(60)

    demande = Demande(Kind.PERSONNES, Path(fichier), bonnes_lignes=mode == "bonnes_lignes", campagne="ESSAI-2026")
    conduire(create_engine_for(url), demande, attendre)


if __name__ == "__main__":
    importer_jusqu_a(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
