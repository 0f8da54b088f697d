"""The flow of scoring: evaluations asked, reminded and closed, dossiers taken to the comité and to its decision."""

from datetime import datetime

from prefect import flow

from ami.bilan import Bilan
from flows.balayage import balayer_phase
from flows.commun import instant, nom_du_passage
from flows.relances import relancer


@flow(name="scoring", flow_run_name=nom_du_passage, retries=0)
def scoring(phase: str, campagne: str | None = None, maintenant: datetime | None = None) -> list[Bilan]:
    """Clôt les évaluations arrivées, relance celles qui tardent, fait avancer les dossiers jusqu'à la décision."""
    quand = instant(maintenant)
    # Closing comes first: who has just given the last note is not reminded.
    try:
        bilans = balayer_phase(phase, campagne, quand)
    except Exception:
        # The run stays red for the sweep; those who are late elsewhere are reminded all the same.
        relancer(campagne, quand)
        raise
    relancer(campagne, quand)
    return bilans
