"""Time and peak memory of the demonstration, whole process tree, median of three: `python -m benchmarks.demo`.

Each run starts in an empty folder. Memory is the resident size summed over the tree, looked at ten times a second.
The load of the machine is given with each run: a figure means little without it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

FOIS = 3
PAS = 0.1
MEGAOCTET = 1024 * 1024


def _arbre(pid: int) -> Iterator[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        racine = psutil.Process(pid)
        yield racine
        yield from racine.children(recursive=True)


def _memoire(pid: int) -> int:
    total = 0
    for processus in _arbre(pid):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            total += processus.memory_info().rss
    return total


def mesurer(dossier: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one run; raises `RuntimeError` when the demo fails."""
    with (dossier / "demo.log").open("wb") as journal:
        debut = time.monotonic()
        course = subprocess.Popen(
            [sys.executable, "-m", "flows.demonstration"], cwd=dossier, stdout=journal, stderr=journal
        )
        pic = 0
        while course.poll() is None:
            pic = max(pic, _memoire(course.pid))
            time.sleep(PAS)
        duree = time.monotonic() - debut
    if course.returncode:
        raise RuntimeError((dossier / "demo.log").read_text("utf-8", errors="replace")[-2000:])
    return duree, pic / MEGAOCTET


def main() -> None:
    """Measure and print."""
    mesures = []
    for numero in range(1, FOIS + 1):
        with TemporaryDirectory(prefix="ami-mesure-") as dossier:
            mesures.append(mesurer(Path(dossier)))
        charge = os.getloadavg()[1]
        print(
            f"{numero} : {mesures[-1][0]:.0f} s, {mesures[-1][1]:.0f} Mo (charge sur cinq minutes : {charge:.1f})",
            flush=True,
        )
    print(f"médiane : {median(m[0] for m in mesures):.0f} s, {median(m[1] for m in mesures):.0f} Mo")


if __name__ == "__main__":
    main()
