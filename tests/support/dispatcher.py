"""A resident dispatcher as a process of its own, to be killed."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notifications.database import create_engine_for
from notifications.dispatcher import Dispatcher
from notifications.settings import ReglagesCourriel

RACINE = Path(__file__).parents[2]


def lancer(url: str, graine: int = 1, **reglages: Any) -> "subprocess.Popen[bytes]":
    """Start one; settings are those of `ReglagesCourriel`."""
    commande = [sys.executable, __file__, url, str(graine), json.dumps(reglages, default=str)]
    chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(commande, env={**os.environ, "PYTHONPATH": chemins})


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


async def _veiller(url: str, graine: int, reglages: dict[str, Any]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    dispatcher = Dispatcher(
        create_engine_for(url),
        ReglagesCourriel(**reglages),
        lambda: datetime.now(UTC),
        random.Random(graine),
    )
    await dispatcher.veiller(stop)


if __name__ == "__main__":
    asyncio.run(_veiller(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))
