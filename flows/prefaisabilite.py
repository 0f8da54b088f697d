"""The flow of préfaisabilité: conventions, parts of the study, the study whole."""

from datetime import datetime

from prefect import flow

from ami.bilan import Bilan
from flows.balayage import balayer_phase
from flows.commun import nom_du_passage


@flow(name="prefaisabilite", flow_run_name=nom_du_passage, retries=0)
def prefaisabilite(phase: str, campagne: str | None = None, maintenant: datetime | None = None) -> list[Bilan]:
    """Fait avancer les dossiers de la convention d'étude à l'étude validée."""
    return balayer_phase(phase, campagne, maintenant)
