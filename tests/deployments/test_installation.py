"""The files an operator installs hold together: units, compose, image."""

from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.sources import RACINE

UNITES = sorted((RACINE / "deployments" / "systemd").iterdir())
SERVICES = [unite for unite in UNITES if unite.suffix == ".service"]
COMPOSE: dict[str, Any] = yaml.safe_load((RACINE / "deployments" / "compose.yaml").read_text("utf-8"))


def _lire(unite: Path) -> ConfigParser:
    # A unit may repeat a key (Environment=): the parser must not mind.
    lecteur = ConfigParser(interpolation=None, strict=False)
    lecteur.optionxform = str  # type: ignore[assignment,method-assign]
    lecteur.read(unite, "utf-8")
    return lecteur


def test_les_unites_existent() -> None:
    assert {unite.name for unite in UNITES} == {
        "ami.service",
        "ami.target",
        "ami-courriels.service",
        "ami-flux.service",
        "ami-prefect.service",
    }


@pytest.mark.parametrize("unite", SERVICES, ids=lambda unite: unite.name)
def test_un_service_ne_tourne_pas_en_administrateur_et_a_le_temps_de_s_arreter(unite: Path) -> None:
    service = _lire(unite)["Service"]
    assert service["User"] == "ami"
    assert int(service["TimeoutStopSec"]) >= 30
    assert service["EnvironmentFile"] == "-/etc/ami/ami.env"


def test_l_expediteur_et_les_flux_attendent_le_schema() -> None:
    for nom in ("flux", "courriels"):
        assert COMPOSE["services"][nom]["depends_on"]["migration"] == {"condition": "service_completed_successfully"}


def test_rien_n_est_publie_hors_de_la_machine() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_l_image_copie_tous_les_paquets() -> None:
    image = (RACINE / "deployments" / "Dockerfile").read_text("utf-8")
    for paquet in ("ami", "flows", "rules", "notifications", "deployments"):
        assert f"COPY {paquet} {paquet}\n" in image
