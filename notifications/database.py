"""Engines for the two databases, set so that a commit is kept and writers queue instead of failing."""

import sqlite3

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

ATTENTE_VERROU_MS = 30_000
CORRIGEES = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""First SQLite releases without the WAL-reset bug, by branch (sqlite.org, release notes of 3.51.3)."""


def create_engine_for(url: str | URL) -> Engine:
    """Build the engine for a database URL (`sqlite:///...` or `postgresql://...`).

    On SQLite each transaction starts with `BEGIN IMMEDIATE`, so that a writer waits for its turn instead of
    failing when it upgrades its lock; a connection with the execution option `lecture=True` starts with a
    plain `BEGIN` and never blocks writers. Raises `ValueError` on any other database.
    """
    adresse = make_url(url)
    if adresse.get_backend_name() == "sqlite":
        return _sqlite(adresse)
    if adresse.get_backend_name() == "postgresql":
        return create_engine(adresse.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise ValueError(
        f"Base de données inconnue : « {adresse.get_backend_name()} ». Utilisez sqlite:///chemin ou postgresql://…"
    )


def lecture_seule(engine: Engine) -> Engine:
    """Return the same engine (same pool) whose transactions are plain `BEGIN`, for reads on SQLite."""
    return engine.execution_options(lecture=True)


def avertissement_sqlite(version: tuple[int, int, int] | None = None) -> str | None:
    """Say, in French, that this SQLite library has the WAL-reset bug; None when it does not.

    The bug needs several writing processes and is rare; PostgreSQL is the answer in production.
    """
    actuelle = version or (
        sqlite3.sqlite_version_info[0],
        sqlite3.sqlite_version_info[1],
        sqlite3.sqlite_version_info[2],
    )
    if actuelle >= CORRIGEES[-1]:
        return None
    if any(actuelle[:2] == corrigee[:2] and actuelle >= corrigee for corrigee in CORRIGEES):
        return None
    lisible = ".".join(map(str, actuelle))
    return (
        f"SQLite {lisible} contient un défaut connu du journal WAL lorsque plusieurs processus écrivent ; "
        "passez à SQLite 3.51.3 ou plus récent, ou à PostgreSQL en production."
    )


def _sqlite(adresse: URL) -> Engine:
    engine = create_engine(adresse, connect_args={"timeout": ATTENTE_VERROU_MS / 1000})
    event.listen(engine, "connect", _regler_sqlite)
    event.listen(engine, "begin", _commencer_sqlite)
    return engine


def _regler_sqlite(connexion: DBAPIConnection, _entree: ConnectionPoolEntry) -> None:
    """Take transaction control away from the driver and set the pragmas of one connection."""
    connexion.isolation_level = None
    curseur = connexion.cursor()
    curseur.execute(f"PRAGMA busy_timeout={ATTENTE_VERROU_MS}")
    curseur.execute("PRAGMA foreign_keys=ON")
    # Setting WAL anew takes an exclusive lock even when the file already is in WAL: look before.
    if curseur.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        curseur.execute("PRAGMA journal_mode=WAL")
    # FULL, not NORMAL: with NORMAL a power cut may lose the last commits, hence the mark before a body.
    curseur.execute("PRAGMA synchronous=FULL")
    curseur.close()


def _commencer_sqlite(connexion: Connection) -> None:
    lecture = connexion.get_execution_options().get("lecture", False)
    connexion.exec_driver_sql("BEGIN" if lecture else "BEGIN IMMEDIATE")
