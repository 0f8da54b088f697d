"""The flow of sensibilisation: first contacts, actions in the territories, candidatures and the first selection."""

from datetime import datetime

from prefect import flow

from ami.bilan import Bilan
from flows.balayage import balayer_phase
from flows.commun import nom_du_passage


@flow(name="sensibilisation", flow_run_name=nom_du_passage, retries=0)
def sensibilisation(phase: str, campagne: str | None = None, maintenant: datetime | None = None) -> list[Bilan]:
    """Fait avancer les dossiers du premier contact à la première sélection."""
    return balayer_phase(phase, campagne, maintenant)
