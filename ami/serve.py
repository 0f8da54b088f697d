"""A supervisor of processes: starts them in order, restarts the one that dies, stops them in the other order.

It knows nothing of Prefect or mail: `ami.serve_plateforme` says which processes make the platform.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

PAS: Final = 0.2  # seconds between two looks at the children
ATTENTE_MAX: Final = 60.0  # longest pause before a restart, seconds
STABLE: Final = 300.0  # seconds; a child alive this long starts again with a short pause
MORTS_DE_SUITE: Final = 6  # more quick deaths than this, and the platform gives up rather than hide a fault


@dataclass(frozen=True)
class Processus:
    """One process of the platform. `pret` says when the following ones may start (at once when absent)."""

    nom: str
    commande: tuple[str, ...]
    environnement: Mapping[str, str] = field(default_factory=dict)
    pret: Callable[[], bool] | None = None
    delai_arret: float = 10.0  # seconds between SIGTERM and SIGKILL


class Enfant:
    """A process of the platform as it runs: its deaths, and when it may start again."""

    def __init__(self, processus: Processus, dire: Callable[[str, str], None]) -> None:
        self.processus = processus
        self.morts = 0
        self.est_pret = False
        self._dire = dire
        self._popen: subprocess.Popen[str] | None = None
        self._lecteur: threading.Thread | None = None
        self._ne_a = 0.0
        self._reprise_a = 0.0

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return self._popen.pid if self._popen else None

    def demarrer_si_besoin(self) -> None:
        """Start it, unless it runs or waits for its next try."""
        if self._popen is None and time.monotonic() >= self._reprise_a:
            self._demarrer()

    def _demarrer(self) -> None:
        self._popen = subprocess.Popen(
            self.processus.commande,
            env={**os.environ, **self.processus.environnement},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops the others in order.
            start_new_session=True,
        )
        self._ne_a = time.monotonic()
        self._lecteur = threading.Thread(target=self._relayer, args=(self._popen.stdout,), daemon=True)
        self._lecteur.start()

    def _relayer(self, flux: TextIO) -> None:
        with flux:
            for ligne in flux:
                self._dire(self.processus.nom, ligne.rstrip())

    def constater(self) -> None:
        """Notice that it died, or that it has become ready."""
        if self._popen is None:
            return
        code = self._popen.poll()
        if code is not None:
            self._signaler(self._popen.pid, signal.SIGKILL)  # what it had started must not live on without it
            self._noter_mort(code)
        elif not self.est_pret:
            self.est_pret = self.processus.pret is None or self.processus.pret()

    def _noter_mort(self, code: int) -> None:
        vecu = time.monotonic() - self._ne_a
        self.morts = 1 if vecu >= STABLE else self.morts + 1
        attente = min(2.0 ** (self.morts - 1), ATTENTE_MAX)
        self._reprise_a = time.monotonic() + attente
        self._popen, self.est_pret = None, False
        self._dire(self.processus.nom, f"arrêté (code {code}) ; nouvel essai dans {attente:.0f} s.")

    def arreter(self) -> bool:
        """Ask it to end, then make it; True when it ended by itself. Whatever it started ends with it."""
        if self._popen is None:
            return True
        groupe = self._popen.pid
        self._signaler(groupe, signal.SIGTERM)
        try:
            self._popen.wait(self.processus.delai_arret)
            propre = True
        except subprocess.TimeoutExpired:
            self._dire(self.processus.nom, f"ne s'arrête pas en {self.processus.delai_arret:.0f} s : interrompu.")
            propre = False
        self._signaler(groupe, signal.SIGKILL)
        self._popen.wait()
        self._popen = None
        if self._lecteur:
            self._lecteur.join(timeout=1)
        return propre

    @staticmethod
    def _signaler(groupe: int, numero: signal.Signals) -> None:
        try:
            os.killpg(groupe, numero)
        except ProcessLookupError:
            return  # nobody left in the group: it is what we wanted


class Superviseur:
    """Keeps the processes alive, in order, until `arret` is set."""

    def __init__(self, processus: Sequence[Processus], sortie: TextIO | None = None) -> None:
        self._sortie = sortie or sys.stdout
        self._verrou = threading.Lock()
        self._annonce = False
        self._enfants = [Enfant(p, self.dire) for p in processus]

    def dire(self, nom: str, ligne: str) -> None:
        """One line of log, prefixed by who says it."""
        with self._verrou:
            self._sortie.write(f"[{nom}] {ligne}\n")
            self._sortie.flush()

    def surveiller(self, arret: threading.Event) -> int:
        """Run until asked to stop; returns the exit code: 0 stopped cleanly, 3 when a process would not live."""
        try:
            while not arret.is_set():
                if perdu := self._tour():
                    self.dire("ami", f"« {perdu} » ne tient pas ({MORTS_DE_SUITE} arrêts de suite) : tout s'arrête.")
                    return 3
                arret.wait(PAS)
            return 0
        finally:
            self._tout_arreter()

    def _tour(self) -> str | None:
        """Look at each child; start the next one only when those before it are ready. Names the hopeless one."""
        for enfant in self._enfants:
            enfant.demarrer_si_besoin()
            enfant.constater()
            if enfant.morts >= MORTS_DE_SUITE:
                return enfant.processus.nom
            if not enfant.est_pret and not self._annonce:
                return None
        self._annoncer()
        return None

    def _annoncer(self) -> None:
        if not self._annonce:
            self._annonce = True
            noms = ", ".join(f"{e.processus.nom} ({e.pid})" for e in self._enfants)
            self.dire("ami", f"plateforme prête : {noms}. Ctrl-C pour l'arrêter.")

    def _tout_arreter(self) -> None:
        """Last started, first stopped: who sends mail ends before who it depends on."""
        self.dire("ami", "arrêt demandé.")
        propres = [enfant.arreter() for enfant in reversed(self._enfants)]
        self.dire("ami", "arrêt terminé." if all(propres) else "arrêt terminé, de force pour certains.")
