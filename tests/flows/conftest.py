"""One real Prefect API for the tests of the flows, started once; and a Prefect home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import Engine

from flows import commun


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[str]:
    """The address of a real Prefect API."""
    with pytest.MonkeyPatch.context() as reglages:
        reglages.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        reglages.setenv("DO_NOT_TRACK", "1")
        with prefect_test_harness(server_startup_timeout=120):
            yield str(PREFECT_API_URL.value())


@pytest.fixture
def installation(prefect_api: str, engine_sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An installation whose settings name the test's database and folders."""
    return regler(engine_sqlite, tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def _moteurs_fermes() -> Iterator[None]:
    """The flows keep one engine per process: a test's own must not outlive its database."""
    yield
    commun.fermer()


def regler(engine: Engine, dossier: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Settings as an operator gives them: by environment."""
    monkeypatch.setenv("AMI_BASE", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("AMI_COURRIEL_MAILDIR", str(dossier / "courriels"))
    monkeypatch.setenv("AMI_DOSSIER_SCEAUX", str(dossier / "sceaux"))
    monkeypatch.setenv("AMI_DOSSIER_EXPORTS", str(dossier / "exports"))
    return engine
