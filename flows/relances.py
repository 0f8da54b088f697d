"""The flow of relances: each reminder once, the one that matters, several to a person in one courriel."""

from datetime import datetime
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from ami.bilan import rapport_relances
from ami.database import session_ecriture, session_lecture
from ami.models import Campagne
from ami.registre import campagnes_ouvertes
from ami.relances import BilanRelances, emettre_relances
from flows.commun import chaque_campagne, instant, nom_du_passage, ouvrir, publier


@task(name="relances d'une campagne", cache_policy=NO_CACHE, retries=0)
def relancer_campagne(engine: Engine, campagne: Campagne, maintenant: datetime) -> BilanRelances:
    """The reminders of one campagne, in one transaction."""
    with session_ecriture(engine) as session:
        bilan = emettre_relances(session, campagne, maintenant)
        session.commit()
    return bilan


def relancer(campagne: str | None, maintenant: datetime) -> list[BilanRelances]:
    """Issue what is due in one campagne, or in each open one, and publish what staff read.

    Raises:
        CampagnesEnEchec: the reminders of one could not be issued; those of the others were.
    """
    engine = ouvrir()
    with session_lecture(engine) as session:
        campagnes = campagnes_ouvertes(session, maintenant, campagne)
    return chaque_campagne(campagnes, partial(_relancer_une, engine, maintenant), _clef, maintenant)


def _relancer_une(engine: Engine, maintenant: datetime, campagne: Campagne) -> BilanRelances:
    bilan = relancer_campagne(engine, campagne, maintenant)
    get_run_logger().info("%s : %d rappel(s) envoyé(s)", campagne.code, bilan.envoyees)
    publier(_clef(campagne), f"{campagne.nom} : rappels", rapport_relances(campagne.code, bilan, maintenant))
    return bilan


def _clef(campagne: Campagne) -> str:
    return f"relances-{campagne.code}"


@flow(name="relances", flow_run_name=nom_du_passage, retries=0)
def relances(campagne: str | None = None, maintenant: datetime | None = None) -> list[BilanRelances]:
    """Envoie les rappels dus, chacun une fois."""
    return relancer(campagne, instant(maintenant))
