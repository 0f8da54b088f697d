"""The flows through a real Prefect API: names, tags, reports, and the work really done."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.balayage import balayer
from ami.models import Courriel, Sceau
from flows.balayage import balayage
from flows.courriels import courriels
from flows.exports import exports
from flows.prefaisabilite import prefaisabilite
from flows.relances import relances
from flows.sceau import sceau
from flows.scoring import scoring
from tests.support.jardins import CODE, MAINTENANT, planter


def _passage(etat: State[Any]) -> FlowRun:
    identifiant = etat.state_details.flow_run_id
    assert identifiant is not None
    with get_client(sync_client=True) as client:
        return client.read_flow_run(identifiant)


def _rapport(passage_id: UUID) -> str:
    filtre = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[passage_id]))
    with get_client(sync_client=True) as client:
        return "\n".join(str(artefact.data) for artefact in client.read_artifacts(artifact_filter=filtre))


def test_le_flux_generique_balaie_une_phase_que_personne_n_a_nommee_en_python(installation: Engine) -> None:
    jardins = planter(installation, 2)
    jardins.demander(0)
    etat = balayage("pepiniere", maintenant=MAINTENANT, return_state=True)
    passage = _passage(etat)
    assert etat.is_completed()
    assert jardins.etats() == {"JP26-0001": "repique", "JP26-0002": "semis"}
    assert passage.name == f"balayage · pepiniere · toutes les campagnes · {MAINTENANT}"
    assert {"pepiniere", CODE} <= set(passage.tags)
    assert "| JP26-0001 | En germination | Repiqué |" in _rapport(passage.id)


def test_un_flux_nomme_passe_a_cote_des_campagnes_qui_n_ont_pas_sa_phase(installation: Engine) -> None:
    jardins = planter(installation, 1)
    jardins.demander(0)
    assert prefaisabilite("prefaisabilite", maintenant=MAINTENANT) == []
    assert jardins.etats() == {"JP26-0001": "en_germination"}


def test_le_flux_d_evaluation_clot_les_evaluations_et_relance_les_autres(installation: Engine) -> None:
    jardins = planter(installation, 2)
    for rang in (0, 1):
        jardins.demander(rang)
    balayage("pepiniere", CODE, MAINTENANT)
    for rang in (0, 1):
        jardins.faire("lancer_evaluation", rang)
    jardins.noter(0, 0)
    jardins.noter(0, 1)
    jardins.noter(1, 0)
    plus_tard = datetime.fromisoformat("2026-03-17T10:00:00+01:00")
    for _ in range(2):
        scoring("arrosage", CODE, plus_tard)
    assert jardins.etats() == {"JP26-0001": "plante", "JP26-0002": "en_mesure"}
    with Session(installation) as session:
        rappels = session.exec(select(Courriel).where(Courriel.message == "relance_evaluation")).all()
    assert [rappel.destinataire for rappel in rappels] == ["evaluateur2@example.org"]
    relances(CODE, plus_tard)
    with Session(installation) as session:
        assert len(session.exec(select(Courriel).where(Courriel.message == "relance_evaluation")).all()) == 1


def test_le_flux_des_courriels_envoie_ce_qui_est_du_et_rien_deux_fois(installation: Engine) -> None:
    jardins = planter(installation, 1)
    jardins.demander(0)
    courriels(MAINTENANT)
    courriels(MAINTENANT)
    with Session(installation) as session:
        assert [c.etat for c in session.exec(select(Courriel))] == ["envoye"]


def test_le_flux_du_sceau_scelle_la_journee_une_fois(installation: Engine) -> None:
    planter(installation, 1)
    assert sceau(MAINTENANT) is not None
    assert sceau(MAINTENANT) is None
    with Session(installation) as session:
        assert [s.jour for s in session.exec(select(Sceau))] == ["2026-03-09"]


def test_le_flux_des_exports_ecrit_les_classeurs_dans_le_dossier_de_l_installation(
    installation: Engine, tmp_path: Path
) -> None:
    jardins = planter(installation, 2)
    jardins.demander(0)
    balayer(installation, jardins.campagne, "pepiniere", MAINTENANT)
    jardins.faire("lancer_evaluation", 0)
    for qui in (0, 1):
        jardins.noter(0, qui)
    balayer(installation, jardins.campagne, "arrosage", MAINTENANT)
    assert [fichiers.nombre for fichiers in exports(CODE, MAINTENANT)] == [1]
    ecrits = sorted(fichier.name for fichier in (tmp_path / "exports").iterdir())
    assert ecrits == ["selection-JP26-2026-03-09.csv", "selection-JP26-2026-03-09.xlsx"]


def test_un_instant_sans_decalage_est_refuse(installation: Engine) -> None:
    planter(installation, 1)
    etat = balayage("pepiniere", maintenant=datetime(2026, 3, 9, 9), return_state=True)
    assert etat.is_failed()
    assert "décalage horaire" in str(etat.message)


@pytest.mark.parametrize("phase", ["pepiniere", "arrosage"])
def test_un_passage_sans_rien_a_faire_le_dit(installation: Engine, phase: str) -> None:
    planter(installation, 1)
    passage = _passage(balayage(phase, CODE, MAINTENANT, return_state=True))
    assert "### Ce qui a avancé\n\nRien." in _rapport(passage.id)
