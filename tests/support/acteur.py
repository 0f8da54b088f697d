"""A process that does one act of the domain, says where it stands, and waits: to be killed, or to be let go."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ami.agir import agir
from ami.sujets import Acteur, Sujet
from notifications.database import create_engine_for
from tests.support.sources import RACINE

PRET, FAIT = "pret", "fait"


class Acte:
    """Handle on the process, which has done its act and holds it before the commit (`avant`) or after (`apres`)."""

    def __init__(
        self,
        url: str,
        acte: str,
        sujet: Sujet,
        donnees: Mapping[str, Any],
        *,
        acteur: Acteur,
        maintenant: datetime,
        moment: str = "avant",
    ) -> None:
        ordre = {
            "url": url,
            "acte": acte,
            "sujet": sujet.id,
            "donnees": dict(donnees),
            "role": acteur.role,
            "personne": acteur.personne_id,
            "maintenant": maintenant.isoformat(),
            "moment": moment,
        }
        commande = [sys.executable, "-m", "tests.support.acteur", json.dumps(ordre)]
        self._processus = subprocess.Popen(
            commande, cwd=RACINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._entendre() == PRET

    def tuer(self) -> None:
        """SIGKILL."""
        self._processus.kill()
        self._processus.communicate()

    def valider(self) -> None:
        """Let it commit; returns once it has."""
        assert self._processus.stdin is not None
        self._processus.stdin.write("validez\n")
        self._processus.stdin.flush()
        assert self._entendre() == FAIT
        self._processus.communicate()

    def _entendre(self) -> str:
        assert self._processus.stdout is not None
        return self._processus.stdout.readline().rstrip("\n")


def faire(ordre: dict[str, Any]) -> None:
    """Do the act; wait before the commit (`avant`) or after it (`apres`)."""
    with Session(create_engine_for(ordre["url"])) as session:
        agir(
            session,
            ordre["acte"],
            Sujet("dossier", int(ordre["sujet"])),
            ordre["donnees"],
            acteur=Acteur(ordre["role"], int(ordre["personne"])),
            maintenant=datetime.fromisoformat(ordre["maintenant"]),
        )
        if ordre["moment"] == "apres":
            session.commit()
        print(PRET, flush=True)
        if not sys.stdin.readline():
            time.sleep(60)
        session.commit()
        print(FAIT, flush=True)


if __name__ == "__main__":
    faire(json.loads(sys.argv[1]))
