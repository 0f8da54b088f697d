"""A campagne and a counting SMTP server, for faults on real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.noyau.conftest import Lieu, ouvrir
from tests.support.smtp import ServeurSmtp


@pytest.fixture
def lieu(engine: Engine, tmp_path: Path) -> Lieu:
    return ouvrir(engine, tmp_path / "pieces")


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[ServeurSmtp]:
    with ServeurSmtp(tmp_path / "smtp") as serveur:
        yield serveur
