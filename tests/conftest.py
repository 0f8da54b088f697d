"""Fixtures every test may use: the two databases with the migrated schema, a session, hypothesis' settings."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import Engine
from sqlmodel import Session

from tests.support.bases import ServeurPostgres, base_postgres, base_sqlite, modele_sqlite, serveur_postgres

# Databases and processes make the first example slow: no deadline, time is never asserted here.
# No « explain » phase: on Python < 3.12 it traces every line of the libraries, and a failure takes minutes to be told.
PHASES = [phase for phase in Phase if phase is not Phase.explain]
settings.register_profile(
    "ami", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, phases=PHASES
)
settings.register_profile("ample", settings.get_profile("ami"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ami"))


@pytest.fixture(autouse=True)
def _sans_reglage_exterieur(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own AMI_* variables must not change what the tests see."""
    for nom in [nom for nom in os.environ if nom.startswith("AMI_")]:
        monkeypatch.delenv(nom)


@pytest.fixture(scope="session")
def postgres() -> Iterator[ServeurPostgres]:
    """One PostgreSQL server per test process, started the first time a test needs it."""
    with serveur_postgres() as serveur:
        yield serveur


@pytest.fixture(scope="session")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrated SQLite file tests copy."""
    return modele_sqlite(tmp_path_factory.mktemp("modele"))


@pytest.fixture
def engine_sqlite(modele: Path, tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite database."""
    with base_sqlite(modele, tmp_path) as engine:
        yield engine


@pytest.fixture
def engine_postgresql(postgres: ServeurPostgres) -> Iterator[Engine]:
    """A fresh PostgreSQL database."""
    with base_postgres(postgres) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A fresh database; the test runs once on each."""
    choisi: Engine = request.getfixturevalue(f"engine_{request.param}")
    return choisi


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; a test commits when the edge would."""
    with Session(engine, expire_on_commit=False) as ouverte:
        yield ouverte


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The few slow tests start first, so that the others fill the second worker meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("lent") is None)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of memory need not look through it again at each turn."""
    gc.collect()
    gc.freeze()
