"""Serve every flow the deployments file declares: `python -m flows.servir [--deploiements FICHIER]`.

One process polls the Prefect API and starts a process per run. Stopping it pauses nothing: what was scheduled meanwhile
is late, not lost, and the next sweep finds the same work.
"""

import argparse
import asyncio
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.logging import get_logger
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from ami.deploiements import Deploiement, lire_deploiements
from ami.erreurs import ErreurMetier
from ami.settings import Settings

logger = get_logger("servir")


def flow_de(deploiement: Deploiement) -> Flow[..., Any]:
    """The flow an entry names, imported as a module so that an installed package serves it as well."""
    flux: Flow[..., Any] = getattr(import_module(deploiement.module), deploiement.fonction)
    return flux


async def preparer(deploiement: Deploiement) -> RunnerDeployment:
    """An entry as Prefect wants it."""
    return await flow_de(deploiement).ato_deployment(
        name=deploiement.name,
        description=deploiement.description,
        tags=deploiement.tags,
        parameters=deploiement.parameters,
        schedules=[_horaire(horaire) for horaire in deploiement.schedules],
        concurrency_limit=_limite(deploiement),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _limite(deploiement: Deploiement) -> ConcurrencyLimitConfig | None:
    return ConcurrencyLimitConfig(**deploiement.concurrency_limit) if deploiement.concurrency_limit else None


def _horaire(horaire: dict[str, Any]) -> Schedule:
    """A schedule in legal time: a cron expression, or an interval in seconds."""
    fuseau = horaire["timezone"]
    if "cron" in horaire:
        return Cron(horaire["cron"], timezone=fuseau)
    return Interval(horaire["interval"], timezone=fuseau)


async def servir(fichier: Path) -> None:
    """Register the deployments, then run what is due until SIGTERM or SIGINT.

    Raises:
        DeploiementsInvalides: the file cannot be used.
    """
    deploiements = lire_deploiements(fichier)
    arret = asyncio.Event()
    runner = Runner(name="ami", pause_on_shutdown=False, limit=None)
    _ecouter(arret)
    for deploiement in deploiements:
        await runner.aadd_deployment(await preparer(deploiement))
    logger.info("%d flux servis : %s", len(deploiements), ", ".join(d.name for d in deploiements))
    service = asyncio.create_task(runner.start())
    await asyncio.sleep(0)
    # Prefect has just put its own handler, which stops the runner from another thread: ours runs in this loop.
    _ecouter(arret)
    await asyncio.wait({service, asyncio.create_task(arret.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if not service.done():
        logger.info("arrêt demandé")
        await runner.astop()
    await service


def _ecouter(arret: asyncio.Event) -> None:
    boucle = asyncio.get_running_loop()
    for numero in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(numero, arret.set)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; 0 once stopped as asked, 3 when the deployments file is at fault."""
    analyse = argparse.ArgumentParser(prog="python -m flows.servir", description="Sert les flux de la plateforme.")
    analyse.add_argument("--deploiements", type=Path, help="Fichier des flux et de leurs horaires.")
    fichier = analyse.parse_args(arguments).deploiements or Settings().deploiements
    try:
        asyncio.run(servir(fichier))
    except ErreurMetier as erreur:
        print(erreur.message, file=sys.stderr)  # noqa: T201 - the sentence is for whoever started the command
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
