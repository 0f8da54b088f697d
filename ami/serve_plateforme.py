"""The embedded platform: which processes, with which settings, and what must hold before they start.

Each process is started by command, so that none imports what it should not: `flows` is above us, Prefect is not ours.
"""

import fcntl
import os
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.error import URLError

from ami.serve import Processus
from ami.settings import Settings

BOUCLE: Final = {"127.0.0.1", "localhost", "::1"}
# What is in flight must end: a dispatcher killed in a body leaves a mail uncertain.
DELAI_COURRIELS: Final = 30.0
DELAI_FLUX: Final = 20.0


class DejaServi(Exception):
    """Another `ami serve` runs here, or the port is taken. French message."""


def processus(settings: Settings) -> list[Processus]:
    """The processes in the order they start: Prefect (unless it lives elsewhere), the flow runner, the dispatcher."""
    environnement = _environnement(settings)
    liste = [
        Processus("flux", (sys.executable, "-m", "flows.servir"), environnement, delai_arret=DELAI_FLUX),
        Processus(
            "courriels",
            (sys.executable, "-m", "ami.cli", "courriels", "veiller"),
            environnement,
            delai_arret=DELAI_COURRIELS,
        ),
    ]
    return [_serveur_prefect(settings, environnement), *liste] if prefect_embarque(settings) else liste


def prefect_embarque(settings: Settings) -> bool:
    """True when the Prefect API is to run here: its address is on this machine."""
    return settings.prefect_api_url.host in BOUCLE


def prefect_repond(settings: Settings) -> bool:
    """True when the Prefect API answers that it is well."""
    adresse = f"{str(settings.prefect_api_url).rstrip('/')}/health"
    try:
        with urllib.request.urlopen(adresse, timeout=2) as reponse:  # noqa: S310 - the setting is a checked http address
            return int(reponse.status) == 200
    except (URLError, OSError):
        return False


@contextmanager
def place_reservee(settings: Settings) -> Iterator[None]:
    """Hold the folder for one `ami serve`, and the port of the embedded Prefect.

    Raises:
        DejaServi: one of them is taken.
    """
    dossier = settings.dossier_prefect.resolve()
    dossier.mkdir(parents=True, exist_ok=True)
    with ExitStack() as verrous:
        verrous.enter_context(_verrou(dossier / "ami-serve.lock", settings))
        if prefect_embarque(settings):
            # Prefect takes a while to listen: two starts in the same minute would both see the port free.
            nom = f"ami-serve-{os.getuid()}-{_port(settings)}.lock"
            verrous.enter_context(_verrou(Path(tempfile.gettempdir()) / nom, settings))
            _exiger_port_libre(settings)
        yield


@contextmanager
def _verrou(chemin: Path, settings: Settings) -> Iterator[None]:
    """Hold a lock file, which names its holder; the lock goes with the process, however it ends."""
    with chemin.open("a+", encoding="ascii") as fichier:
        try:
            fcntl.flock(fichier.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as erreur:
            raise DejaServi(
                f"« ami serve » tourne déjà dans ce dossier ou sur le port {_port(settings)} (processus "
                f"{chemin.read_text('ascii').strip() or 'inconnu'}). Arrêtez-le d'abord, ou choisissez un autre "
                "dossier et un autre port : AMI_DOSSIER_PREFECT, AMI_PREFECT_API_URL."
            ) from erreur
        fichier.truncate(0)
        fichier.write(str(os.getpid()))
        fichier.flush()
        yield


def _port(settings: Settings) -> int:
    return settings.prefect_api_url.port or 4200


def _exiger_port_libre(settings: Settings) -> None:
    hote, port = settings.prefect_api_url.host or "127.0.0.1", _port(settings)
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    with socket.socket(famille, socket.SOCK_STREAM) as essai:
        essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            essai.bind((hote, port))
        except OSError as erreur:
            raise DejaServi(
                f"Le port {port} est déjà pris sur {hote} : un autre programme (ou un autre Prefect) l'emploie. "
                "Arrêtez-le, ou choisissez un autre port : AMI_PREFECT_API_URL=http://127.0.0.1:4201/api."
            ) from erreur


def _serveur_prefect(settings: Settings, environnement: dict[str, str]) -> Processus:
    adresse = settings.prefect_api_url
    commande = (sys.executable, "-m", "prefect", "server", "start")
    hote, port = adresse.host or "127.0.0.1", str(_port(settings))
    return Processus(
        "prefect",
        (*commande, "--host", hote, "--port", port),
        environnement,
        pret=lambda: prefect_repond(settings),
    )


def _environnement(settings: Settings) -> dict[str, str]:
    """Prefect's own settings: its folder apart from ours, nothing sent home, and where its API is."""
    return {
        "PREFECT_HOME": str(settings.dossier_prefect.resolve()),
        "PREFECT_API_URL": str(settings.prefect_api_url),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }
