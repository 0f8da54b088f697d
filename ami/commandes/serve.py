"""`ami serve`: the whole platform on one machine, by one command."""

import signal
import threading

import typer

from ami.commandes.commun import ErreurTechnique, ouvrir, reglages
from ami.database import avertir, migrer
from ami.serve import Superviseur
from ami.serve_plateforme import DejaServi, place_reservee, processus

commandes = typer.Typer()


@commandes.command("serve")
def servir() -> None:
    """Fait tourner la plateforme : Prefect (sur cette machine), les flux et l'expéditeur de courriels.

    Amène d'abord le schéma à jour. Ctrl-C ou SIGTERM l'arrête proprement : le courriel en cours de remise se termine.
    Un processus qui s'arrête est relancé, avec une attente croissante ; code 3 s'il ne tient pas.
    """
    settings = reglages()
    try:
        with place_reservee(settings):
            engine = ouvrir(migree=False)
            avertir(engine)
            migrer(engine)
            engine.dispose()
            code = Superviseur(processus(settings)).surveiller(_arret_demande())
    except DejaServi as erreur:
        raise ErreurTechnique(str(erreur)) from erreur
    raise typer.Exit(code)


def _arret_demande() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    arret = threading.Event()
    for numero in (signal.SIGTERM, signal.SIGINT):
        signal.signal(numero, lambda *_: arret.set())
    return arret
