"""The hands of the demonstration: the real Prefect flows, found by name in the deployments file."""

import inspect
from collections.abc import Callable
from datetime import datetime

from ami.deploiements import lire_deploiements
from ami.settings import Settings
from flows.servir import flow_de


def par_prefect(settings: Settings, campagne: str) -> Callable[[str, datetime], None]:
    """Run flows one after the other in this process, against the Prefect server of the environment.

    A named flow gets the parameters its deployment gives it, plus the campagne and the simulated instant.
    """
    deploiements = {deploiement.name: deploiement for deploiement in lire_deploiements(settings.deploiements)}

    def passer(nom: str, maintenant: datetime) -> None:
        deploiement = deploiements[nom]
        flux = flow_de(deploiement)
        admis = inspect.signature(flux.fn).parameters
        contexte = {"campagne": campagne, "maintenant": maintenant}
        flux(**deploiement.parameters, **{clef: valeur for clef, valeur in contexte.items() if clef in admis})

    return passer
