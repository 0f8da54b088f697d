"""A campagne, a counting SMTP server, dispatchers and a clock they share, for faults on real processes."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.noyau.conftest import Lieu, ouvrir
from tests.support import dispatcher
from tests.support.dispatcher import Horloge
from tests.support.smtp import ServeurSmtp


@pytest.fixture
def lieu(engine: Engine, tmp_path: Path) -> Lieu:
    return ouvrir(engine, tmp_path / "pieces")


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[ServeurSmtp]:
    with ServeurSmtp(tmp_path / "smtp") as serveur:
        yield serveur


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
