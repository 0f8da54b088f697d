"""A campagne, a counting SMTP server, dispatchers and a clock they share, for faults on real processes."""

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from notifications.dispatcher import Dispatcher
from tests.notifications.outils import reglages
from tests.noyau.conftest import JOUR, Lieu, ouvrir
from tests.support import dispatcher
from tests.support.dispatcher import Horloge, attendre
from tests.support.poste import Poste
from tests.support.smtp import ServeurSmtp

PEU_APRES = JOUR + timedelta(minutes=1)


def adresse(lieu: Lieu) -> str:
    """The URL a process reaches the test's database by."""
    return lieu.engine.url.render_as_string(hide_password=False)


def distribuer(lieu: Lieu, smtp: ServeurSmtp, maintenant: datetime = PEU_APRES) -> None:
    """Send all that is due."""
    Dispatcher(lieu.engine, reglages(smtp), lambda: maintenant, random.Random(1)).passer(maintenant)


def attendre_qu_on_attende(engine: Engine) -> None:
    """Wait until a transaction waits for another. SQLite does not tell, and there writers go one at a time anyway."""
    if engine.dialect.name == "postgresql":
        bloque = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :base")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connexion:
            attendre(lambda: connexion.execute(bloque, {"base": engine.url.database}).scalar_one() > 0)


@pytest.fixture
def lieu(engine: Engine, tmp_path: Path) -> Lieu:
    return ouvrir(engine, tmp_path / "pieces")


@pytest.fixture(scope="package")
def serveur_smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeurSmtp]:
    """One server for these tests, which end the processes that talk to it."""
    with ServeurSmtp(tmp_path_factory.mktemp("smtp")) as serveur:
        yield serveur


@pytest.fixture
def smtp(serveur_smtp: ServeurSmtp) -> ServeurSmtp:
    """The server, running, empty, with no fault."""
    serveur_smtp.remettre_a_neuf()
    return serveur_smtp


@pytest.fixture
def horloge(tmp_path: Path) -> Horloge:
    """The clock of the test's dispatchers; the test moves it."""
    return Horloge(tmp_path / "horloge")


@dataclass
class Dispatchers:
    """Resident dispatchers of the test, in processes of their own."""

    url: str
    port: int
    horloge: Horloge
    lances: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def lancer(self, **autres: Any) -> "subprocess.Popen[bytes]":
        """One more; settings are those of `ReglagesCourriel`, and `journal` for what it says."""
        base = {"host": "127.0.0.1", "port": self.port, "tls": "aucun", "nom_local": "ami.example.org", "sommeil": 0.1}
        lance = dispatcher.lancer(self.url, len(self.lances), horloge=self.horloge, **{**base, **autres})
        self.lances.append(lance)
        return lance


@pytest.fixture
def dispatchers(engine: Engine, smtp: ServeurSmtp, horloge: Horloge) -> Iterator[Dispatchers]:
    """Start dispatchers on the test's database and server; those still alive at the end are killed."""
    equipe = Dispatchers(engine.url.render_as_string(hide_password=False), smtp.port, horloge)
    yield equipe
    for lance in equipe.lances:
        if lance.poll() is None:
            lance.kill()
            lance.wait()


@dataclass
class Postes:
    """Desks on the test's database."""

    url: str
    ouverts: list[Poste] = field(default_factory=list)

    def ouvrir(self, **environnement: str) -> Poste:
        """One more."""
        self.ouverts.append(Poste(self.url, **environnement))
        return self.ouverts[-1]


@pytest.fixture
def postes(engine: Engine) -> Iterator[Postes]:
    """Processes in which people run commands and act at the counter; ended with the test."""
    tous = Postes(engine.url.render_as_string(hide_password=False))
    yield tous
    for poste in tous.ouverts:
        poste.fermer()
