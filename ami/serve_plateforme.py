"""The embedded platform: which processes, with which settings, and what must hold before they start.

Each process is started by command, so that none imports what it should not: `flows` is above us, Prefect is not ours.
"""

import fcntl
import os
import socket
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Hold the folder for one `ami serve`, and make sure the port of the embedded Prefect is free.

    Raises:
        DejaServi: it is not.
    """
    dossier = settings.dossier_prefect.resolve()
    dossier.mkdir(parents=True, exist_ok=True)
    with (dossier / "ami-serve.lock").open("a+", encoding="ascii") as verrou:
        _verrouiller(verrou.fileno(), verrou.name)
        verrou.truncate(0)
        verrou.write(str(os.getpid()))
        verrou.flush()
        if prefect_embarque(settings):
            _exiger_port_libre(settings)
        yield


def _verrouiller(descripteur: int, nom: str) -> None:
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as erreur:
        pid = Path(nom).read_text("ascii").strip() or "inconnu"
        raise DejaServi(
            f"« ami serve » tourne déjà dans ce dossier (processus {pid}). Arrêtez-le d'abord, "
            "ou choisissez un autre dossier avec AMI_DOSSIER_PREFECT."
        ) from erreur


def _exiger_port_libre(settings: Settings) -> None:
    hote, port = settings.prefect_api_url.host or "127.0.0.1", settings.prefect_api_url.port or 4200
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
    hote, port = adresse.host or "127.0.0.1", str(adresse.port or 4200)
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
        "PYTHONUNBUFFERED": "1",
    }
