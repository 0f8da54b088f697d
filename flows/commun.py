"""What every flow needs: the installation's database, the instant, run names and tags, a report staff can read."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from prefect import runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from sqlalchemy import Engine

from ami.database import creer_engine
from ami.erreurs import DonneesInvalides
from ami.settings import Settings

_ENGINES: dict[str, Engine] = {}


def ouvrir(settings: Settings | None = None) -> Engine:
    """The installation's database; one pool per process, however many runs it makes."""
    settings = settings or Settings()
    if settings.base not in _ENGINES:
        _ENGINES[settings.base] = creer_engine(settings)
    return _ENGINES[settings.base]


def fermer() -> None:
    """Close the pools; the next run opens its own."""
    while _ENGINES:
        _ENGINES.popitem()[1].dispose()


def instant(maintenant: datetime | None) -> datetime:
    """The instant a run works at (UTC): the one given, for a simulation or a catch-up, or the clock's.

    Raises:
        DonneesInvalides: an instant without its offset could mean two different ones.
    """
    if maintenant is None:
        return datetime.now(UTC)
    if maintenant.utcoffset() is None:
        raise DonneesInvalides(
            f"« maintenant » doit porter son décalage horaire, par exemple 2026-03-01T09:00:00+01:00 : {maintenant}."
        )
    return maintenant.astimezone(UTC)


def nom_du_passage() -> str:
    """Name of a run: the flow, its phase when it has one, the campagne, the instant."""
    parametres = runtime.flow_run.parameters
    flux = runtime.flow_run.flow_name
    phase = parametres.get("phase")
    # Naming must never fail: a wrong instant is refused by the run itself, where it can be read.
    quand = parametres.get("maintenant") or datetime.now(UTC).isoformat(timespec="minutes")
    campagne = parametres.get("campagne") or ("toutes les campagnes" if "campagne" in parametres else None)
    morceaux = [flux, phase if phase != flux else None, campagne, quand]
    return " · ".join(str(morceau) for morceau in morceaux if morceau)


def etiqueter(etiquettes: Iterable[str]) -> None:
    """Add tags to the run under way, so that it is found by campagne and by phase."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(runtime.flow_run.id, tags=sorted({*runtime.flow_run.tags, *etiquettes}))


def publier(clef: str, titre: str, markdown: str) -> None:
    """Keep a report with the run; the same key gathers the successive ones."""
    create_markdown_artifact(markdown, key=re.sub(r"[^a-z0-9]+", "-", clef.lower()).strip("-"), description=titre)
