"""A resident dispatcher as a process of its own, to be killed; and a clock such processes share."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notifications.database import create_engine_for
from notifications.dispatcher import Dispatcher
from notifications.settings import ReglagesCourriel

RACINE = Path(__file__).parents[2]


class Horloge:
    """A clock a test moves and processes read: the instant written in a file, and the time gone since."""

    def __init__(self, fichier: Path) -> None:
        self.fichier = fichier

    def mettre(self, instant: datetime) -> None:
        """Move the clock of all who read it."""
        provisoire = self.fichier.with_suffix(".tmp")
        provisoire.write_text(instant.isoformat())
        provisoire.replace(self.fichier)

    def __call__(self) -> datetime:
        """What time it is there."""
        ecrit = datetime.fromisoformat(self.fichier.read_text())
        return ecrit + timedelta(seconds=time.time() - self.fichier.stat().st_mtime)


def lancer(
    url: str, graine: int = 1, *, horloge: Horloge | None = None, journal: Path | None = None, **reglages: Any
) -> "subprocess.Popen[bytes]":
    """Start one; settings are those of `ReglagesCourriel`. `journal` gets what it says on stderr."""
    commande = [sys.executable, __file__, url, str(graine), json.dumps(reglages, default=str)]
    commande += [str(horloge.fichier)] if horloge else []
    chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")]))
    environnement = {**os.environ, "PYTHONPATH": chemins}
    if journal is None:
        return subprocess.Popen(commande, env=environnement)
    with journal.open("ab") as sortie:
        return subprocess.Popen(commande, env=environnement, stderr=sortie)


def arreter(processus: "subprocess.Popen[bytes]", delai: float = 30.0) -> int:
    """Ask it to stop (SIGTERM) and return its exit code."""
    processus.send_signal(signal.SIGTERM)
    return processus.wait(delai)


def attendre(condition: Any, delai: float = 60.0) -> None:
    """Wait for a condition to hold."""
    fin = time.monotonic() + delai
    while not condition():
        if time.monotonic() > fin:
            raise AssertionError(f"rien n'est venu en {delai} s")
        time.sleep(0.05)


async def _veiller(url: str, graine: int, reglages: dict[str, Any], horloge: Callable[[], datetime]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    dispatcher = Dispatcher(
        create_engine_for(url),
        ReglagesCourriel(**reglages),
        horloge,
        random.Random(graine),
    )
    await dispatcher.veiller(stop)


if __name__ == "__main__":
    heure: Callable[[], datetime] = Horloge(Path(sys.argv[4])) if sys.argv[4:] else lambda: datetime.now(UTC)
    asyncio.run(_veiller(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), heure))
