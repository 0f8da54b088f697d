"""A campagne that cannot be read stops none of the others, and the run that met it is red."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from ami.balayage import balayer
from ami.campagnes import ouvrir_campagne
from ami.models import Courriel
from flows.balayage import balayage
from flows.exports import exports
from flows.relances import relances
from flows.scoring import scoring
from rules.chargement import charger
from tests.flows.conftest import regler
from tests.support.jardins import CODE, MAINTENANT, OUVERTURE, PROGRAMME, Jardins, planter

RAISON = "ne correspond pas à son empreinte"


@pytest.fixture
def base(prefect_api: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An installation whose first campagne has a règlement somebody altered."""
    regler(engine, tmp_path, monkeypatch)
    programme = tmp_path / "autre.yaml"
    programme.write_text(PROGRAMME.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"'))
    with Session(engine) as session:
        ouvrir_campagne(
            session,
            code="ALTEREE",
            nom="Campagne altérée",
            prefixe="ALT",
            charge=charger(programme),
            ouverture=OUVERTURE,
            cloture=datetime(2026, 12, 31, tzinfo=UTC),
            places=1,
            maintenant=OUVERTURE,
        )
        session.execute(text("UPDATE version_reglement SET empreinte = :fausse"), {"fausse": "0" * 64})
        session.commit()
    return engine


def _en_echec(etat: State[Any]) -> str:
    """Checks that the run is red and says why, and gives its reports."""
    assert etat.is_failed()
    assert "1 campagne(s) sur 2 en échec" in str(etat.message)
    assert RAISON in str(etat.message)
    passage = etat.state_details.flow_run_id
    assert passage is not None
    rapports = _rapports(passage)
    assert "## ALTEREE · échec" in rapports
    assert RAISON in rapports
    return rapports


def _rapports(passage: UUID) -> str:
    filtre = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[passage]))
    with get_client(sync_client=True) as client:
        return "\n".join(str(artefact.data) for artefact in client.read_artifacts(artifact_filter=filtre))


def _etiquettes(etat: State[Any]) -> set[str]:
    assert etat.state_details.flow_run_id is not None
    with get_client(sync_client=True) as client:
        return set(client.read_flow_run(etat.state_details.flow_run_id).tags)


def _evaluer(jardins: Jardins, *notes: int) -> None:
    """One dossier under evaluation, noted by those evaluators."""
    jardins.demander(0)
    balayer(jardins.engine, jardins.campagne, "pepiniere", MAINTENANT)
    jardins.faire("lancer_evaluation", 0)
    for qui in notes:
        jardins.noter(0, qui)


def _relances(engine: Engine) -> list[str]:
    with Session(engine) as session:
        choix = select(Courriel.destinataire).where(Courriel.message == "relance_evaluation")
        return sorted(session.exec(choix))


TARD = datetime.fromisoformat("2026-03-17T10:00:00+01:00")


def test_une_campagne_illisible_n_arrete_pas_le_balayage_des_autres(base: Engine) -> None:
    jardins = planter(base, 1)
    jardins.demander(0)
    etat = balayage("pepiniere", maintenant=MAINTENANT, return_state=True)
    assert "| JP26-0001 | En germination | Repiqué |" in _en_echec(etat)
    assert jardins.etats() == {"JP26-0001": "repique"}
    assert {"pepiniere", CODE, "ALTEREE"} <= _etiquettes(etat)


def test_une_campagne_illisible_n_arrete_pas_les_relances_des_autres(base: Engine) -> None:
    _evaluer(planter(base, 1), 0)
    _en_echec(relances(maintenant=TARD, return_state=True))
    assert _relances(base) == ["evaluateur2@example.org"]


def test_une_campagne_illisible_n_arrete_pas_les_exports_des_autres(base: Engine, tmp_path: Path) -> None:
    jardins = planter(base, 1)
    _evaluer(jardins, 0, 1)
    balayer(base, jardins.campagne, "arrosage", MAINTENANT)
    _en_echec(exports(maintenant=MAINTENANT, return_state=True))
    ecrits = sorted(fichier.name for fichier in (tmp_path / "exports").iterdir())
    assert ecrits == ["selection-JP26-2026-03-09.csv", "selection-JP26-2026-03-09.xlsx"]


def test_un_balayage_en_echec_n_empeche_pas_les_relances_de_l_evaluation(base: Engine) -> None:
    _evaluer(planter(base, 1), 0)
    etat = scoring("arrosage", maintenant=TARD, return_state=True)
    _en_echec(etat)
    assert _relances(base) == ["evaluateur2@example.org"]
    assert {"arrosage", CODE} <= _etiquettes(etat)
