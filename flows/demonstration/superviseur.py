"""The supervisor of a demonstration: its folder, its SMTP server, its Prefect server, and the process that plays."""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO
from urllib.error import URLError

import psutil

from flows.demonstration.atelier import SMTP, Atelier, sans_reglages
from flows.demonstration.mesure import Mesure
from flows.demonstration.serveur_courriel import ServeurCourriel, port_libre

DOSSIER: Final = Path("demo")
TEMOIN: Final = "demonstration.txt"
MENTION: Final = "Dossier de la démonstration : il peut être effacé.\n"
ATTENTE_PREFECT: Final = 120.0
ARRET: Final = 15.0
REPRENDRE: Final = "Relancez la même commande : elle reprendra où elle en était."


class Empechement(Exception):
    """The demonstration cannot be played here. French message."""


def main(arguments: list[str] | None = None) -> int:
    """Entry point: 0 when all is as announced, 1 when something differs, 3 when it could not be played."""
    analyse = argparse.ArgumentParser(
        prog="python -m flows.demonstration",
        description="Joue une campagne de chaque programme, de la première réunion au dernier euro.",
        epilog="Relancée, elle reprend où elle en était : rien n'est fait ni envoyé deux fois.",
        add_help=False,
    )
    analyse.add_argument("-h", "--help", action="help", help="Montre cette aide.")
    analyse.add_argument("--neuf", action="store_true", help="Efface la démonstration précédente et recommence.")
    analyse.add_argument("--dossier", type=Path, default=DOSSIER, help="Où tout est écrit (par défaut : demo).")
    options = analyse.parse_args(arguments)
    try:
        with Mesure() as mesure, _atelier(options.dossier, neuf=options.neuf) as atelier:
            code = _superviser(atelier)
    except Empechement as empechement:
        _dire(str(empechement), sys.stderr)
        return 3
    except KeyboardInterrupt:
        _dire(f"\nInterrompue. {REPRENDRE}", sys.stderr)
        return 130
    _dire(f"\n{mesure.resume()}")
    return code


@contextmanager
def _atelier(dossier: Path, *, neuf: bool) -> Iterator[Atelier]:
    """The folder, for one demonstration at a time.

    Raises:
        Empechement: the folder is somebody else's, or a demonstration is being played in it.
    """
    temoin = dossier / TEMOIN
    if dossier.exists() and any(dossier.iterdir()) and not temoin.exists():
        raise Empechement(
            f"Le dossier « {dossier} » contient autre chose qu'une démonstration. Donnez-en un autre : --dossier."
        )
    dossier.mkdir(parents=True, exist_ok=True)
    with temoin.open("a+", encoding="utf-8") as verrou:
        try:
            fcntl.flock(verrou.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as erreur:
            raise Empechement(f"Une démonstration est déjà en cours dans « {dossier} ».") from erreur
        _arreter_reste(dossier)
        if neuf:
            _vider(dossier)
        if not temoin.read_text(encoding="utf-8"):
            verrou.write(MENTION)
            verrou.flush()
        yield Atelier(dossier)


def _vider(dossier: Path) -> None:
    """Erase all but the file that holds the lock."""
    for chemin in dossier.iterdir():
        if chemin.is_dir():
            shutil.rmtree(chemin)
        elif chemin.name != TEMOIN:
            chemin.unlink()


def _superviser(atelier: Atelier) -> int:
    with ExitStack() as pile:
        courrier = pile.enter_context(ServeurCourriel(atelier.boite, SMTP))
        _dire(f"Serveur SMTP local sur le port {courrier.port}. Démarrage de Prefect…")
        api, prefect = pile.enter_context(_prefect(atelier))
        environnement = atelier.environnement(courrier.port, api)
        commande = (sys.executable, "-m", "flows.demonstration.jouer", str(atelier.dossier))
        joueur = pile.enter_context(subprocess.Popen(commande, env=environnement, stdin=subprocess.PIPE))
        pile.callback(_terminer, joueur)
        code = _conclure(joueur.wait())
        if code and prefect.poll() is not None:
            _dire(
                f"Le serveur Prefect s'était arrêté en cours de route ; son journal : {atelier.journal_prefect}",
                sys.stderr,
            )
        return code


def _conclure(code: int) -> int:
    """The player's exit code; a signal that ended it is said in words."""
    if code >= 0:
        return code
    _dire(f"\nLa démonstration a été arrêtée (signal {-code}). {REPRENDRE}", sys.stderr)
    return 1


@contextmanager
def _prefect(atelier: Atelier) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A Prefect server of our own, on loopback; yields the address of its API, and its process.

    Raises:
        Empechement: it did not start.
    """
    port, dossier = port_libre(SMTP), atelier.prefect
    dossier.mkdir(parents=True, exist_ok=True)
    options = ("--host", SMTP, "--port", str(port), "--no-services", "--no-ui")
    commande = (sys.executable, "-m", "prefect", "server", "start", *options)
    journal, api = atelier.journal_prefect, f"http://{SMTP}:{port}/api"
    with journal.open("wb") as sortie:
        environnement = {**sans_reglages(os.environ), **atelier.environnement_prefect()}
        serveur = subprocess.Popen(commande, env=environnement, stdout=sortie, stderr=subprocess.STDOUT)
    _retenir(dossier, serveur.pid)
    try:
        _attendre(api, serveur, journal)
        yield api, serveur
    finally:
        _terminer(serveur)
        _oublier(dossier)


def _attendre(api: str, serveur: "subprocess.Popen[bytes]", journal: Path) -> None:
    limite = time.monotonic() + ATTENTE_PREFECT
    while time.monotonic() < limite and serveur.poll() is None:
        with suppress(URLError, OSError), urllib.request.urlopen(f"{api}/health", timeout=2) as reponse:  # noqa: S310 - loopback
            if reponse.status == 200:
                return
        time.sleep(0.2)
    raise Empechement(f"Le serveur Prefect n'a pas démarré. Son journal : {journal}")


def _terminer(processus: "subprocess.Popen[bytes]") -> None:
    """End a process and what it started: asked first, then for good."""
    if processus.poll() is not None:
        return
    arbre = [psutil.Process(processus.pid), *psutil.Process(processus.pid).children(recursive=True)]
    for un in arbre:
        with suppress(psutil.NoSuchProcess):
            un.terminate()
    _, restants = psutil.wait_procs(arbre, timeout=ARRET)
    for un in restants:
        with suppress(psutil.NoSuchProcess):
            un.kill()
    processus.wait()


def _retenir(dossier: Path, pid: int) -> None:
    """Write down who our Prefect server is, so that a supervisor killed outright leaves nothing running for ever."""
    (dossier / "serveur.pid").write_text(f"{pid} {psutil.Process(pid).create_time()}", encoding="ascii")


def _oublier(dossier: Path) -> None:
    (dossier / "serveur.pid").unlink(missing_ok=True)


def _arreter_reste(dossier: Path) -> None:
    """End the Prefect server a killed demonstration left, if it is still that very process."""
    trace = dossier / "prefect" / "serveur.pid"
    if not trace.exists():
        return
    pid, naissance = trace.read_text(encoding="ascii").split()
    with suppress(psutil.NoSuchProcess):
        processus = psutil.Process(int(pid))
        if str(processus.create_time()) == naissance:
            for un in [*processus.children(recursive=True), processus]:
                un.terminate()
            processus.wait(ARRET)
    trace.unlink()


def _dire(texte: str, flux: TextIO | None = None) -> None:
    print(texte, file=flux or sys.stdout, flush=True)
