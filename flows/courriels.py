"""The flow of courriels: the safety net of the resident dispatcher; leases let both run at once."""

import random
from datetime import UTC, datetime

from prefect import flow, get_run_logger

from ami.settings import Settings
from flows.commun import instant, nom_du_passage, ouvrir
from notifications.dispatcher import Bilan, Dispatcher


@flow(name="courriels", flow_run_name=nom_du_passage, retries=0)
def courriels(maintenant: datetime | None = None) -> Bilan:
    """Envoie tout ce qui est dû."""
    settings = Settings()
    dispatcher = Dispatcher(
        ouvrir(settings),
        settings.reglages_courriel(),
        horloge=lambda: datetime.now(UTC),
        hasard=random.SystemRandom(),
    )
    bilan = dispatcher.passer(instant(maintenant))
    get_run_logger().info(str(bilan))
    return bilan
