"""A person at a desk: a warm process that runs commands of `ami`, or acts at the counter at a given instant.

Desks let go together act at the same moment, which two processes that have to start first never do. The instant of a
command is the machine's; that of an act at the counter is given, as the portal would give it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO
from typing import Any

from ami.cli import construire
from ami.commandes.commun import ouvrir
from ami.commandes.erreurs import executer
from ami.erreurs import ErreurMetier
from ami.guichet import faire
from ami.sujets import Acteur, Sujet
from tests.support.ligne import Sortie
from tests.support.sources import RACINE

Ordre = Mapping[str, Any]
PRET = "pret"
ELAN = 0.02  # seconds between the word and the start, for every desk to be waiting


def commande(*arguments: object) -> Ordre:
    """Run `ami` with these arguments."""
    return {"commande": [str(argument) for argument in arguments]}


def au_guichet(
    acte: str,
    sujet: Sujet,
    donnees: Mapping[str, Any],
    acteur: Acteur,
    maintenant: datetime,
    version: int | None = None,
) -> Ordre:
    """Do an act at the counter (`ami.guichet`), received at that instant."""
    return {
        "acte": acte,
        "sujet": [sujet.kind, sujet.id],
        "donnees": dict(donnees),
        "acteur": [acteur.role, acteur.personne_id],
        "maintenant": maintenant.isoformat(),
        "version": version,
    }


class Poste:
    """Handle on the process. `autres` are environment variables it is given."""

    def __init__(self, url: str, **autres: str) -> None:
        chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")]))
        self._processus = subprocess.Popen(
            [sys.executable, "-m", "tests.support.poste"],
            env={**os.environ, "PYTHONPATH": chemins, "AMI_BASE": url, "COLUMNS": "500", **autres},
            cwd=RACINE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def preparer(self, ordre: Ordre) -> None:
        """Give the order; the process has loaded what it needs when this returns."""
        self._dire(json.dumps(ordre))
        assert self._entendre() == PRET

    def lacher(self, depart: float) -> None:
        """Let it go at `depart` (`time.monotonic`, the same for all processes)."""
        self._dire(str(depart))

    def sortie(self) -> Sortie:
        """What came of it; waits for it."""
        return Sortie(*json.loads(self._entendre()))

    def faire(self, ordre: Ordre) -> Sortie:
        """Give the order, let go, wait."""
        [sortie] = ensemble((self, ordre))
        return sortie

    def fermer(self) -> None:
        """End the process."""
        self._processus.kill()
        self._processus.communicate()

    def _dire(self, ligne: str) -> None:
        assert self._processus.stdin is not None
        self._processus.stdin.write(ligne + "\n")
        self._processus.stdin.flush()

    def _entendre(self) -> str:
        assert self._processus.stdout is not None
        return self._processus.stdout.readline().rstrip("\n")


def ensemble(*couples: tuple[Poste, Ordre]) -> list[Sortie]:
    """All do what they are told at the same instant."""
    for poste, ordre in couples:
        poste.preparer(ordre)
    depart = time.monotonic() + ELAN
    for poste, _ in couples:
        poste.lacher(depart)
    return [poste.sortie() for poste, _ in couples]


def _travail(ordre: Ordre) -> Callable[[], tuple[int, str, str]]:
    """What the order means, loaded and ready to go."""
    if "commande" in ordre:
        arguments = ordre["commande"]
        application = construire(arguments[0])
        return lambda: _commande(lambda: executer(application, arguments))
    engine = ouvrir()
    return lambda: _acte(ordre, engine)


def _commande(executer_la: Callable[[], int]) -> tuple[int, str, str]:
    dit, erreur = StringIO(), StringIO()
    with redirect_stdout(dit), redirect_stderr(erreur):
        code = executer_la()
    return code, " ".join(dit.getvalue().split()), " ".join(erreur.getvalue().split())


def _acte(ordre: Ordre, engine: Any) -> tuple[int, str, str]:
    role, personne = ordre["acteur"]
    try:
        mouvement = faire(
            engine,
            ordre["acte"],
            Sujet(*ordre["sujet"]),
            ordre["donnees"],
            acteur=Acteur(role, personne),
            maintenant=datetime.fromisoformat(ordre["maintenant"]),
            version_vue=ordre["version"],
        )
    except ErreurMetier as erreur:
        return 1, "", erreur.message
    return 0, mouvement.transition, ""


def _travailler() -> None:
    for ligne in sys.stdin:
        travail = _travail(json.loads(ligne))
        print(PRET, flush=True)
        depart = float(sys.stdin.readline())
        while time.monotonic() < depart:
            pass
        print(json.dumps(travail()), flush=True)


if __name__ == "__main__":
    _travailler()
