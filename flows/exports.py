"""The flow of exports: the shortlist of each campagne, as a workbook and a CSV, in the installation's folder."""

from datetime import datetime

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from ami.database import session_lecture
from ami.exports import FichiersExport, exporter_selection
from ami.models import Campagne
from ami.regards import OPERATEUR
from ami.registre import campagnes_ouvertes
from ami.settings import Settings
from flows.commun import chaque_campagne, instant, nom_du_passage, ouvrir, publier


@task(name="export d'une campagne", cache_policy=NO_CACHE, retries=0)
def exporter_campagne(engine: Engine, campagne: Campagne, settings: Settings, maintenant: datetime) -> FichiersExport:
    """The files of one campagne; they replace those of the same day."""
    with session_lecture(engine) as session:
        fichiers = exporter_selection(session, OPERATEUR, campagne, settings.dossier_exports, maintenant)
    get_run_logger().info("%s : %d dossier(s) dans %s", campagne.code, fichiers.nombre, fichiers.classeur)
    publier(_clef(campagne), f"{campagne.nom} : sélection", _rapport(fichiers))
    return fichiers


@flow(name="exports", flow_run_name=nom_du_passage, retries=0)
def exports(campagne: str | None = None, maintenant: datetime | None = None) -> list[FichiersExport]:
    """Écrit les classeurs de sélection des campagnes en cours."""
    settings, quand = Settings(), instant(maintenant)
    engine = ouvrir(settings)
    with session_lecture(engine) as session:
        campagnes = campagnes_ouvertes(session, quand, campagne)
    return chaque_campagne(campagnes, lambda une: exporter_campagne(engine, une, settings, quand), _clef, quand)


def _clef(campagne: Campagne) -> str:
    return f"export-{campagne.code}"


def _rapport(fichiers: FichiersExport) -> str:
    return f"{fichiers.nombre} dossier(s) exporté(s) :\n\n- `{fichiers.classeur}`\n- `{fichiers.csv}`\n"
