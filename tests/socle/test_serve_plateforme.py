"""What `ami serve` starts, and when it refuses to."""

import socket
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl

from ami.serve_plateforme import DejaServi, place_reservee, prefect_repond, processus
from ami.settings import Settings


def _port_libre() -> int:
    with socket.socket() as essai:
        essai.bind(("127.0.0.1", 0))
        return int(essai.getsockname()[1])


def _settings(dossier: Path, port: int, hote: str = "127.0.0.1") -> Settings:
    return Settings(dossier_prefect=dossier, prefect_api_url=AnyHttpUrl(f"http://{hote}:{port}/api"))


def test_prefect_puis_les_flux_puis_les_courriels(tmp_path: Path) -> None:
    assert [p.nom for p in processus(_settings(tmp_path, 4200))] == ["prefect", "flux", "courriels"]


def test_un_prefect_qui_vit_ailleurs_n_est_pas_lance(tmp_path: Path) -> None:
    assert [p.nom for p in processus(_settings(tmp_path, 4200, "prefect.example.org"))] == ["flux", "courriels"]


def test_prefect_a_son_dossier_et_n_appelle_personne(tmp_path: Path) -> None:
    for un in processus(_settings(tmp_path, 4200)):
        assert un.environnement["PREFECT_HOME"] == str(tmp_path)
        assert un.environnement["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
        assert un.environnement["DO_NOT_TRACK"] == "1"


def test_un_second_demarrage_dans_le_meme_dossier_est_refuse(tmp_path: Path) -> None:
    with (
        place_reservee(_settings(tmp_path, _port_libre())),
        pytest.raises(DejaServi, match="tourne déjà"),
        place_reservee(_settings(tmp_path, _port_libre())),
    ):
        pytest.fail("deux plateformes dans un dossier")


def test_un_second_demarrage_sur_le_meme_port_est_refuse_avant_meme_que_prefect_ecoute(tmp_path: Path) -> None:
    port = _port_libre()
    with (
        place_reservee(_settings(tmp_path / "un", port)),
        pytest.raises(DejaServi, match=f"le port {port}"),
        place_reservee(_settings(tmp_path / "deux", port)),
    ):
        pytest.fail("deux plateformes sur un port")


def test_un_port_pris_par_un_autre_programme_est_refuse(tmp_path: Path) -> None:
    with socket.socket() as autre:
        autre.bind(("127.0.0.1", 0))
        autre.listen()
        port = int(autre.getsockname()[1])
        with pytest.raises(DejaServi, match="déjà pris"), place_reservee(_settings(tmp_path, port)):
            pytest.fail("le port était pris")


def test_la_place_se_libere_a_l_arret(tmp_path: Path) -> None:
    settings = _settings(tmp_path, _port_libre())
    for _ in range(2):
        with place_reservee(settings):
            assert (tmp_path / "ami-serve.lock").read_text("ascii").isdigit()


def test_un_prefect_absent_ne_repond_pas(tmp_path: Path) -> None:
    assert not prefect_repond(_settings(tmp_path, _port_libre()))
