"""The flow of the sceau: seal the journal of the day, in the database, in a file outside it, and by courriel."""

from datetime import datetime

from prefect import flow, get_run_logger

from ami.database import session_ecriture
from ami.scellement import JourScelle, sceller_jour
from ami.settings import Settings
from flows.commun import instant, nom_du_passage, ouvrir


@flow(name="sceau", flow_run_name=nom_du_passage, retries=0)
def sceau(maintenant: datetime | None = None) -> JourScelle | None:
    """Scelle le journal de la journée ; sans effet si elle l'est déjà."""
    settings = Settings()
    with session_ecriture(ouvrir(settings)) as session:
        scelle = sceller_jour(session, settings, instant(maintenant))
        session.commit()
    get_run_logger().info("Journée déjà scellée." if scelle is None else f"Sceau du {scelle.jour} : {scelle.racine}")
    return scelle
