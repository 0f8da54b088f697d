"""The database of the domain: engine, sessions and migrations.

Use cases receive a session and never commit; the edge that opened it does (design §5).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, make_url, text
from sqlmodel import Session

from ami.settings import Settings
from notifications.database import avertissement_sqlite, create_engine_for, lecture_seule

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
VERROU_MIGRATION = 0x414D49  # any constant all our processes share ("AMI")


def creer_engine(settings: Settings) -> Engine:
    """Build the engine of the installation; creates the folder of a SQLite file.

    Raises `ValueError` (French) on a database that is neither SQLite nor PostgreSQL.
    """
    adresse = make_url(settings.base)
    if adresse.get_backend_name() == "sqlite" and adresse.database and adresse.database != ":memory:":
        Path(adresse.database).parent.mkdir(parents=True, exist_ok=True)
    return create_engine_for(adresse)


@contextmanager
def session_ecriture(engine: Engine) -> Iterator[Session]:
    """A session that may write. Nothing is kept unless the caller commits."""
    # Objects stay readable after the commit: edges report what they have just done.
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def session_lecture(engine: Engine) -> Iterator[Session]:
    """A session for reads: on SQLite it never waits for writers nor makes them wait."""
    with Session(lecture_seule(engine)) as session:
        yield session


def migrer(engine: Engine) -> None:
    """Bring the schema to the latest revision, in one transaction, one process at a time."""
    with engine.begin() as connexion:
        if connexion.dialect.name == "postgresql":
            connexion.execute(text("SELECT pg_advisory_xact_lock(:clef)"), {"clef": VERROU_MIGRATION})
        command.upgrade(configuration_alembic(connexion), "head")


def configuration_alembic(connexion: Connection | None = None) -> Config:
    """Alembic's configuration for our migrations, wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connexion
    return config


def revision_actuelle(engine: Engine) -> str | None:
    """The revision the database is at; None when it has never been migrated."""
    with lecture_seule(engine).connect() as connexion:
        return MigrationContext.configure(connexion).get_current_revision()


def revision_attendue() -> str | None:
    """The revision this version of the code needs."""
    return ScriptDirectory.from_config(configuration_alembic()).get_current_head()


def avertir(engine: Engine) -> None:
    """Warn once, where several processes are about to write, of a SQLite library with the WAL-reset bug."""
    avertissement = avertissement_sqlite() if engine.dialect.name == "sqlite" else None
    if avertissement:
        _avertir(avertissement)


@cache
def _avertir(avertissement: str) -> None:
    logger.warning(avertissement)
