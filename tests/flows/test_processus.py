"""Real processes and a real Prefect: killed in mid-chunk, away, or serving; nothing half-done, nothing lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from ami import journal
from ami.balayage import balayer
from ami.cli import construire
from ami.commandes.commun import reglages
from ami.commandes.erreurs import CODE_TECHNIQUE, executer
from ami.declencheur import DeploiementInconnu, PrefectAbsent, declencher
from flows.balayage import balayage
from tests.flows.conftest import regler
from tests.support.balayeur import AU_MILIEU
from tests.support.jardins import CODE, MAINTENANT, Jardins, planter
from tests.support.sources import RACINE

TRI, SOIN = "pepiniere", "arrosage"
NOMBRE = 4


def _lancer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=RACINE,
        env={**os.environ, "PYTHONPATH": str(RACINE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _attendre(processus: subprocess.Popen[str], parole: str) -> str:
    """Read what it says until that word."""
    assert processus.stdout is not None
    lues = []
    for ligne in processus.stdout:
        lues.append(ligne)
        if parole in ligne:
            return "".join(lues)
    raise AssertionError("".join(lues))


def _tuer(processus: subprocess.Popen[str]) -> None:
    os.killpg(processus.pid, signal.SIGKILL)
    processus.communicate(timeout=30)


def _semer(engine: Engine) -> Jardins:
    jardins = planter(engine, NOMBRE)
    for rang in range(NOMBRE):
        jardins.demander(rang)
    return jardins


def _tout_est_repique_une_fois(jardins: Jardins) -> None:
    """Each moved once, told once: what the undisturbed run does."""
    etats, lignes, clefs = jardins.photo()
    assert etats == {f"JP26-000{rang}": "repique" for rang in range(1, NOMBRE + 1)}
    assert (len(lignes), len(clefs)) == (3 * NOMBRE, 2 * NOMBRE)  # type: ignore[arg-type]
    with Session(jardins.engine) as session:
        assert journal.verifier(session) == []


@pytest.mark.lent
def test_un_balayage_tue_en_plein_lot_ne_laisse_rien_et_le_suivant_fait_tout(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regler(engine, tmp_path, monkeypatch)
    jardins = _semer(engine)
    avant = jardins.photo()
    victime = _lancer("tests.support.balayeur", TRI, CODE, "3")
    _attendre(victime, AU_MILIEU)
    _tuer(victime)
    assert jardins.photo() == avant
    balayer(engine, jardins.campagne, TRI, MAINTENANT)
    _tout_est_repique_une_fois(jardins)


@pytest.mark.lent
def test_un_flux_tue_et_declenche_deux_fois_finit_comme_si_de_rien_n_etait(
    prefect_api: str, installation: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    jardins = _semer(installation)
    victime = _lancer("tests.support.balayeur", TRI, CODE, "2", "flux")
    _attendre(victime, AU_MILIEU)
    _tuer(victime)
    jumeaux = [_lancer("tests.support.balayeur", TRI, CODE, "0", "flux") for _ in range(2)]
    for jumeau in jumeaux:
        sortie, _ = jumeau.communicate(timeout=200)
        assert jumeau.returncode == 0, sortie
    _tout_est_repique_une_fois(jardins)


# --- the review, with and without Prefect ----------------------------------------------------------------------------


@pytest.fixture
def _reglages_relus() -> Iterator[None]:
    """Commands read their settings once per process: each test has its own."""
    reglages.cache_clear()
    yield
    reglages.cache_clear()


def _ami(*arguments: str) -> int:
    return executer(construire(), list(arguments))


def _repiques(engine: Engine) -> Jardins:
    jardins = _semer(engine)
    assert _ami("balayer", CODE, "--phase", TRI) == 0
    return jardins


@pytest.mark.usefixtures("_reglages_relus")
def test_prefect_absent_la_revue_se_fait_quand_meme_et_le_dit(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    regler(engine, tmp_path, monkeypatch)
    monkeypatch.setenv("AMI_PREFECT_API_URL", "http://127.0.0.1:1/api")
    jardins = _repiques(engine)
    assert _ami("revue", "declencher", CODE) == 0
    dit = " ".join(capsys.readouterr().out.split())
    assert "En évaluation : JP26-0001, JP26-0002, JP26-0003, JP26-0004." in dit
    assert "Prefect ne répond pas" in dit
    assert "Rien n'est perdu" in dit
    assert set(jardins.etats().values()) == {"en_mesure"}
    avant = jardins.photo()
    assert _ami("revue", "declencher", CODE, "--strict") == CODE_TECHNIQUE
    assert jardins.photo() == avant


@pytest.mark.usefixtures("_reglages_relus")
def test_un_dossier_refuse_est_nomme_et_les_autres_partent(
    installation: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An évaluateur who also speaks for one dossier may not read it, and nobody can replace them."""
    monkeypatch.setenv("AMI_PREFECT_API_URL", "http://127.0.0.1:1/api")
    jardins = _repiques(installation)
    jardins.confier(1, jardins.evaluateurs[0])
    assert _ami("revue", "declencher", CODE) == 1
    assert "Refusé : JP26-0002" in " ".join(capsys.readouterr().out.split())
    assert jardins.etats() == {
        "JP26-0001": "en_mesure",
        "JP26-0002": "repique",
        "JP26-0003": "en_mesure",
        "JP26-0004": "en_mesure",
    }


@contextmanager
def _flux_servis() -> Iterator[subprocess.Popen[str]]:
    serveur = _lancer("flows.servir")
    try:
        _attendre(serveur, "flux servis")
        yield serveur
    finally:
        if serveur.poll() is None:
            _tuer(serveur)


@pytest.mark.lent
@pytest.mark.usefixtures("_reglages_relus")
def test_la_revue_demande_un_passage_a_prefect_et_le_suit_jusqu_au_rapport(
    prefect_api: str, installation: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setenv("AMI_PREFECT_API_URL", prefect_api)
    jardins = _repiques(installation)
    with pytest.raises(DeploiementInconnu, match="ne connaît pas"):
        declencher("balayage/inconnu", {}, api_url=prefect_api, attendre=False)
    with _flux_servis() as serveur:
        for rang in range(NOMBRE):
            jardins.faire("lancer_evaluation", rang)
            for qui in (0, 1):
                jardins.noter(rang, qui)
        assert _ami("revue", "declencher", CODE, "--strict") == 0
        serveur.terminate()
        serveur.communicate(timeout=60)
        assert serveur.returncode == 0
    dit = capsys.readouterr().out
    assert "balayage : terminé" in dit
    assert "JP26-0004" in dit
    assert set(jardins.etats().values()) == {"plante"}


def test_une_adresse_ou_personne_ne_repond_est_dite() -> None:
    with pytest.raises(PrefectAbsent, match=r"Prefect ne répond pas à http://127\.0\.0\.1:1/api"):
        declencher("a/b", {}, api_url="http://127.0.0.1:1/api", attendre=True)


def test_un_second_passage_par_prefect_ne_change_rien(installation: Engine) -> None:
    jardins = _semer(installation)
    for _ in range(2):
        balayage(TRI, CODE, MAINTENANT)
    _tout_est_repique_une_fois(jardins)
