"""Fixtures of the mail tests: a real SMTP server in its own process, as new for each test."""

from collections.abc import Iterator

import pytest

from tests.support.smtp import ServeurSmtp


@pytest.fixture(scope="session")
def serveur_smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeurSmtp]:
    """One server per test process."""
    with ServeurSmtp(tmp_path_factory.mktemp("smtp")) as serveur:
        yield serveur


@pytest.fixture
def smtp(serveur_smtp: ServeurSmtp) -> ServeurSmtp:
    """The server, running, empty, with no fault; each test may set its own."""
    serveur_smtp.remettre_a_neuf()
    return serveur_smtp
