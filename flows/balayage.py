"""The sweep as a flow: the generic one, that any phase of any règlement can use, and what the named ones share."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from ami.balayage import PhaseInconnue, balayer, balayer_lot
from ami.bilan import Bilan, BilanLot
from ami.database import session_lecture
from ami.models import Campagne
from ami.registre import campagnes_ouvertes
from ami.sujets import Sujet
from flows.commun import chaque_campagne, etiqueter, instant, nom_du_passage, ouvrir, publier


@task(name="lot", cache_policy=NO_CACHE, retries=0)
def passer_lot(engine: Engine, sujets: Sequence[Sujet], maintenant: datetime) -> BilanLot:
    """One chunk. Never retried by Prefect: the chunk has its own bounded tries, then the next sweep."""
    return balayer_lot(engine, sujets, maintenant)


def balayer_phase(phase: str, campagne: str | None, maintenant: datetime | None) -> list[Bilan]:
    """Sweep a phase of one campagne, or of each open one that has it, and publish what staff read.

    Raises:
        CampagnesEnEchec: one could not be swept; the others were.
    """
    engine, quand = ouvrir(), instant(maintenant)
    with session_lecture(engine) as session:
        campagnes = campagnes_ouvertes(session, quand, campagne)
    etiqueter([phase])
    traiter = partial(_balayer_une, engine, phase, quand)
    return chaque_campagne(campagnes, traiter, lambda une: _clef(une, phase), quand)


def _clef(campagne: Campagne, phase: str) -> str:
    return f"balayage-{campagne.code}-{phase}"


def _balayer_une(engine: Engine, phase: str, maintenant: datetime, campagne: Campagne) -> Bilan | None:
    try:
        bilan = balayer(engine, campagne, phase, maintenant, passer=passer_lot)
    except PhaseInconnue as absence:
        get_run_logger().info("%s Campagne laissée de côté.", absence.message)
        return None
    get_run_logger().info(bilan.resume())
    publier(_clef(campagne, phase), f"{campagne.nom} : {bilan.phase}", bilan.markdown())
    return bilan


@flow(name="balayage", flow_run_name=nom_du_passage, retries=0)
def balayage(phase: str, campagne: str | None = None, maintenant: datetime | None = None) -> list[Bilan]:
    """Fait avancer les dossiers d'une phase quelconque d'un règlement."""
    return balayer_phase(phase, campagne, maintenant)
