"""The flow of financement: places offered, conventions, payments, what comes back."""

from datetime import datetime

from prefect import flow

from ami.bilan import Bilan
from flows.balayage import balayer_phase
from flows.commun import nom_du_passage


@flow(name="financement", flow_run_name=nom_du_passage, retries=0)
def financement(phase: str, campagne: str | None = None, maintenant: datetime | None = None) -> list[Bilan]:
    """Fait avancer les dossiers de la place proposée au dernier euro."""
    return balayer_phase(phase, campagne, maintenant)
