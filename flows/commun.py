"""What every flow needs: the installation's database, the instant, run names and tags, a report staff can read.

And one rule: a campagne that cannot be treated stops none of the others, and the run that met it is red.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from prefect import get_run_logger, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from sqlalchemy import Engine

from ami.bilan import rapport_echec
from ami.database import creer_engine
from ami.erreurs import DonneesInvalides, ErreurMetier
from ami.models import Campagne
from ami.pannes import raison_de
from ami.settings import Settings

_ENGINES: dict[str, Engine] = {}
_T = TypeVar("_T")


class CampagnesEnEchec(ErreurMetier):
    """Some campagnes of a run could not be treated; the others were."""


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
        # Read again: what `runtime` holds are the tags of the start, without those added since.
        deja = client.read_flow_run(runtime.flow_run.id).tags
        client.update_flow_run(runtime.flow_run.id, tags=sorted({*deja, *etiquettes}))


def chaque_campagne(
    campagnes: Sequence[Campagne],
    traiter: Callable[[Campagne], _T | None],
    clef: Callable[[Campagne], str],
    maintenant: datetime,
) -> list[_T]:
    """Treat each campagne on its own and tag the run with it; `traiter` gives None for one that is left aside.

    One that fails is reported under its `clef`, where its reports are looked for, and the others go on.

    Raises:
        CampagnesEnEchec: once all were tried, if one could not be; so that the run is red.
    """
    faits: list[tuple[str, _T]] = []
    echecs: list[tuple[Campagne, Exception]] = []
    for une in campagnes:
        try:
            fait = traiter(une)
        except Exception as erreur:
            get_run_logger().error("%s : %s", une.code, raison_de(erreur), exc_info=erreur)
            echecs.append((une, erreur))
        else:
            faits += [(une.code, fait)] if fait is not None else []
    etiqueter([*(code for code, _ in faits), *(une.code for une, _ in echecs)])
    for une, cause in echecs:
        publier(clef(une), f"{une.nom} : échec", rapport_echec(une.code, raison_de(cause), maintenant))
    if echecs:
        raise CampagnesEnEchec(_phrase(echecs, len(campagnes))) from echecs[0][1]
    return [fait for _, fait in faits]


def _phrase(echecs: Sequence[tuple[Campagne, Exception]], nombre: int) -> str:
    raisons = "\n".join(f"- {une.code} : {raison_de(erreur)}" for une, erreur in echecs)
    return f"{len(echecs)} campagne(s) sur {nombre} en échec ; les autres ont été traitées.\n{raisons}"


def publier(clef: str, titre: str, markdown: str) -> None:
    """Keep a report with the run; the same key gathers the successive ones."""
    create_markdown_artifact(markdown, key=re.sub(r"[^a-z0-9]+", "-", clef.lower()).strip("-"), description=titre)
