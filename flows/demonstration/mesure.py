"""Time and peak memory of a process and all it started."""

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import psutil

PAS: Final = 0.2
MEGAOCTET: Final = 1024 * 1024


class Mesure:
    """Watches this process's tree as long as the `with` block. Memory is resident; shared pages count each time."""

    def __init__(self) -> None:
        self._arret = threading.Event()
        self._veille = threading.Thread(target=self._veiller, daemon=True)
        self._pic = 0

    def __enter__(self) -> Self:
        self._debut = time.monotonic()
        self._veille.start()
        return self

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._arret.set()
        self._veille.join()

    def resume(self) -> str:
        """One French sentence."""
        duree = time.monotonic() - self._debut
        return f"Durée : {duree:.0f} s. Mémoire au plus haut, tous processus compris : {self._pic / MEGAOCTET:.0f} Mo."

    def _veiller(self) -> None:
        while not self._arret.wait(PAS):
            self._pic = max(self._pic, memoire(psutil.Process()))


def memoire(racine: psutil.Process) -> int:
    """Resident bytes of a tree; what ends meanwhile is not counted."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for processus in [racine, *racine.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                total += processus.memory_info().rss
    return total
