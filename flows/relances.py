"""The flow of relances: each reminder once, the one that matters, several to a person in one courriel."""

from datetime import datetime

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from ami.bilan import rapport_relances
from ami.database import session_ecriture, session_lecture
from ami.models import Campagne
from ami.registre import campagnes_ouvertes
from ami.relances import BilanRelances, emettre_relances
from flows.commun import etiqueter, instant, nom_du_passage, ouvrir, publier


@task(name="relances d'une campagne", cache_policy=NO_CACHE, retries=0)
def relancer_campagne(engine: Engine, campagne: Campagne, maintenant: datetime) -> BilanRelances:
    """The reminders of one campagne, in one transaction."""
    with session_ecriture(engine) as session:
        bilan = emettre_relances(session, campagne, maintenant)
        session.commit()
    return bilan


def relancer(campagne: str | None, maintenant: datetime) -> list[BilanRelances]:
    """Issue what is due in one campagne, or in each open one, and publish what staff read."""
    engine, bilans = ouvrir(), []
    with session_lecture(engine) as session:
        campagnes = campagnes_ouvertes(session, maintenant, campagne)
    for une in campagnes:
        bilan = relancer_campagne(engine, une, maintenant)
        rapport = rapport_relances(une.code, bilan, maintenant)
        get_run_logger().info("%s : %d rappel(s) envoyé(s)", une.code, bilan.envoyees)
        publier(f"relances-{une.code}", f"{une.nom} : rappels", rapport)
        bilans.append(bilan)
    etiqueter(une.code for une in campagnes)
    return bilans


@flow(name="relances", flow_run_name=nom_du_passage, retries=0)
def relances(campagne: str | None = None, maintenant: datetime | None = None) -> list[BilanRelances]:
    """Envoie les rappels dus, chacun une fois."""
    return relancer(campagne, instant(maintenant))
