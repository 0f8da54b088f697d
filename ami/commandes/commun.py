"""What every command needs: settings, the database, the clock, the two consoles."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from pydantic import ValidationError
from rich.console import Console
from sqlalchemy import Engine, inspect

from ami.database import creer_engine, migrer, revision_actuelle, revision_attendue
from ami.saisie import exiger_plausible
from ami.settings import Settings
from notifications.formats import PARIS
from rules.messages_pydantic import phrases

JOURS: Final = ["%d/%m/%Y", "%Y-%m-%d"]  # how a day may be typed
console = Console(highlight=False)
console_erreurs = Console(stderr=True, highlight=False)


class ErreurTechnique(Exception):
    """The installation, not the règlement, is at fault (settings, database, port): exit code 3. French message."""


@cache
def reglages() -> Settings:
    """The settings of the installation, read once.

    Raises:
        ErreurTechnique: a setting has an impossible value; the message names the variable.
    """
    try:
        return Settings()
    except ValidationError as erreur:
        lignes = [f"AMI_{str(e['loc'][0]).upper()} : {phrases(e)[0]}." for e in erreur.errors()]
        raise ErreurTechnique("Réglage refusé. " + " ".join(lignes)) from erreur


def maintenant() -> datetime:
    """The edge's clock (UTC): the only place where a command learns what time it is."""
    return datetime.now(UTC)


def a_l_instant(le: datetime | None) -> datetime:
    """Now, or noon in Paris of the day a command was asked to look at.

    Raises:
        DonneesInvalides: a day no campagne will see.
    """
    if le is None:
        return maintenant()
    exiger_plausible(le, "le")
    return le.replace(hour=12, tzinfo=PARIS)


def ouvrir(*, migree: bool = True) -> Engine:
    """The installation's database. A new one gets its schema; an older one is refused until it is migrated.

    Raises:
        ErreurTechnique: unknown kind of database, or a schema of another version (unless `migree` is False).
    """
    try:
        engine = creer_engine(reglages())
    except ValueError as erreur:
        raise ErreurTechnique(str(erreur)) from erreur
    if migree:
        exiger_schema(engine)
    return engine


def exiger_schema(engine: Engine) -> None:
    """Make sure the schema is the one this version of the code expects."""
    actuelle = revision_actuelle(engine)
    if actuelle == revision_attendue():
        return
    if actuelle is None and not inspect(engine).get_table_names():
        migrer(engine)
        return
    raise ErreurTechnique(
        f"Le schéma de la base est à la révision {actuelle or 'inconnue'}, cette version attend {revision_attendue()}. "
        "Sauvegardez la base puis lancez « ami base migrer »."
    )
