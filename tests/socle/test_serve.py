"""The supervisor on real processes: started in order, restarted when they die, stopped in the other order."""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ami import serve
from ami.serve import Processus, Superviseur

PATIENCE = 20.0
VEILLE = (
    "import signal,sys,time\nsignal.signal(signal.SIGTERM,lambda *_:(print('{nom} finit',flush=True),sys.exit(0)))\n"
)
ATTEND = "print('{nom} commence',flush=True)\nwhile True: time.sleep(0.05)\n"
SOURD = "import signal,time\nsignal.signal(signal.SIGTERM,signal.SIG_IGN)\n" + ATTEND


def _python(nom: str, code: str, pret: Callable[[], bool] | None = None, delai_arret: float = 5.0) -> Processus:
    return Processus(nom, (sys.executable, "-c", code.replace("{nom}", nom)), pret=pret, delai_arret=delai_arret)


def _docile(nom: str, pret: Callable[[], bool] | None = None) -> Processus:
    return _python(nom, VEILLE + ATTEND, pret)


class Course:
    """A supervisor running in a thread, and what it has said so far."""

    def __init__(self, *processus: Processus) -> None:
        self.sortie = io.StringIO()
        self.arret = threading.Event()
        self.code: int | None = None
        self._fil = threading.Thread(target=self._courir, args=(Superviseur(processus, self.sortie),))

    def _courir(self, superviseur: Superviseur) -> None:
        self.code = superviseur.surveiller(self.arret)

    def lignes(self) -> list[str]:
        """Every line said."""
        return self.sortie.getvalue().splitlines()

    def attendre(self, phrase: str, fois: int = 1) -> None:
        """Wait until the phrase has been said that many times; fail with the log when it never is."""
        limite = time.monotonic() + PATIENCE
        while sum(phrase in ligne for ligne in self.lignes()) < fois:
            assert time.monotonic() < limite, self.sortie.getvalue()
            time.sleep(0.02)

    def demarrer(self) -> None:
        """Start."""
        self._fil.start()

    def finir(self) -> int | None:
        """Ask it to stop, and wait."""
        self.arret.set()
        self._fil.join(PATIENCE)
        return self.code


@contextmanager
def course(*processus: Processus) -> Iterator[Course]:
    """Run these processes under a supervisor for the time of a test; none outlives it."""
    en_cours = Course(*processus)
    en_cours.demarrer()
    try:
        yield en_cours
    finally:
        en_cours.finir()
    restes = [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]
    assert [p.cmdline() for p in restes if "commence" in " ".join(p.cmdline())] == []


def _pid_de(en_cours: Course, nom: str) -> int:
    ligne = next(ligne for ligne in en_cours.lignes() if "plateforme prête" in ligne)
    return int(ligne.split(f"{nom} (")[1].split(")")[0])


def test_ils_demarrent_dans_l_ordre_et_s_arretent_dans_l_ordre_inverse() -> None:
    with course(_docile("serveur"), _docile("flux"), _docile("courriels")) as en_cours:
        en_cours.attendre("commence", fois=3)
        assert en_cours.finir() == 0
    finis = [ligne.split()[1] for ligne in en_cours.lignes() if "finit" in ligne]
    assert finis == ["courriels", "flux", "serveur"]


def test_un_processus_attend_que_le_precedent_soit_pret() -> None:
    pret = threading.Event()
    with course(_docile("serveur", pret.is_set), _docile("flux")) as en_cours:
        en_cours.attendre("serveur commence")
        time.sleep(3 * serve.PAS)
        assert not any("flux" in ligne for ligne in en_cours.lignes())
        pret.set()
        en_cours.attendre("flux commence")


def test_celui_qui_meurt_est_relance() -> None:
    with course(_docile("serveur"), _docile("flux")) as en_cours:
        en_cours.attendre("plateforme prête")
        en_cours.attendre("commence", fois=2)
        os.kill(_pid_de(en_cours, "flux"), signal.SIGKILL)
        en_cours.attendre("flux commence", fois=2)
        assert sum("serveur commence" in ligne for ligne in en_cours.lignes()) == 1


def test_les_autres_vivent_tandis_qu_un_processus_deja_pret_est_relance() -> None:
    with course(_docile("serveur"), _docile("flux")) as en_cours:
        en_cours.attendre("commence", fois=2)
        en_cours.attendre("plateforme prête")
        os.kill(_pid_de(en_cours, "serveur"), signal.SIGKILL)
        en_cours.attendre("serveur commence", fois=2)
        assert not any("flux finit" in ligne for ligne in en_cours.lignes())


def test_celui_qui_ne_tient_jamais_arrete_tout_avec_un_code_d_erreur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ATTENTE_MAX", 0.05)
    en_cours = Course(_docile("serveur"), _python("casse", "raise SystemExit('base absente')"))
    en_cours.demarrer()
    en_cours.attendre("« casse » ne tient pas")
    assert en_cours.finir() == 3
    assert "[casse] base absente" in en_cours.lignes()
    assert any("serveur finit" in ligne for ligne in en_cours.lignes())


def test_celui_qui_ignore_sigterm_est_interrompu_sans_retenir_les_autres() -> None:
    with course(_docile("serveur"), _python("sourd", SOURD, delai_arret=0.3)) as en_cours:
        en_cours.attendre("sourd commence")
        en_cours.attendre("serveur commence")
        assert en_cours.finir() == 0
    assert any("interrompu" in ligne for ligne in en_cours.lignes())
    assert any("serveur finit" in ligne for ligne in en_cours.lignes())


def test_ce_qu_un_processus_a_lance_s_arrete_avec_lui(tmp_path: Path) -> None:
    fichier = tmp_path / "pid"
    lance = (
        "import subprocess,sys,pathlib\n"
        "p=subprocess.Popen([sys.executable,'-c','import time;time.sleep(60)'])\n"
        f"pathlib.Path({str(fichier)!r}).write_text(str(p.pid))\n"
    )
    with course(_python("parent", lance + VEILLE + ATTEND)) as en_cours:
        en_cours.attendre("parent commence")
        petit = psutil.Process(int(fichier.read_text()))
    psutil.wait_procs([petit], timeout=PATIENCE)
    assert not petit.is_running() or petit.status() == psutil.STATUS_ZOMBIE
