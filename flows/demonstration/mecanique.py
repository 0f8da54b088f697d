"""The hands of the demonstration: the real Prefect flows, found by name in the deployments file."""

from collections.abc import Callable
from datetime import datetime

from ami.deploiements import lire_deploiements
from ami.settings import Settings
from flows.servir import flow_de


def par_prefect(settings: Settings) -> Callable[[str, datetime], None]:
    """Run flows one after the other in this process, against the Prefect server of the environment.

    A named flow gets the parameters its deployment gives it and the simulated instant. It is told of no campagne: it
    treats every open one, as it does in service.
    """
    deploiements = {deploiement.name: deploiement for deploiement in lire_deploiements(settings.deploiements)}

    def passer(nom: str, maintenant: datetime) -> None:
        deploiement = deploiements[nom]
        flow_de(deploiement)(**deploiement.parameters, maintenant=maintenant)

    return passer
