"""`ami serve` for two real minutes: Prefect's own scheduler sweeps, mail leaves, and SIGTERM leaves nothing leased."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.database import migrer
from ami.journal import verifier
from ami.models import Courriel, Dossier
from notifications.database import create_engine_for
from notifications.outbox import enqueue
from tests.notifications.exemples import pret
from tests.noyau.conftest import ouvrir
from tests.support.parcours import mener_jusqu_a
from tests.support.smtp import ServeurSmtp
from tests.support.sources import RACINE

DUREE = 120.0
DEMARRAGE = 150.0
EN_ATTENTE = 300
FREQUENTS = tuple(f"  - name: {nom}\n" for nom in ("sensibilisation", "relances", "courriels"))


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[ServeurSmtp]:
    with ServeurSmtp(tmp_path / "smtp") as serveur:
        yield serveur


def chaque_minute(dossier: Path) -> Path:
    """The shipped deployments, three of them due every minute: a run is a process, and this machine is small."""
    texte = (RACINE / "deployments" / "deploiements.yaml").read_text(encoding="utf-8")
    blocs = re.split(r"(?m)^(?=  - name: )", texte)
    for rang, bloc in enumerate(blocs):
        if bloc.startswith(FREQUENTS):
            blocs[rang] = re.sub(r'cron: "[^"]*"', 'cron: "* * * * *"', bloc)
    fichier = dossier / "deploiements.yaml"
    fichier.write_text("".join(blocs), encoding="utf-8")
    return fichier


def passages_prevus_faits(api: str) -> list[str]:
    """Names of the deployments whose runs, planned by the scheduler itself, are completed."""
    demande = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}, "limit": 200}
    requete = urllib.request.Request(
        f"{api}/flow_runs/filter", data=json.dumps(demande).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(requete, timeout=30) as reponse:
        return [passage["name"] for passage in json.load(reponse) if passage["auto_scheduled"]]


def attendre_prefect(api: str, plateforme: "subprocess.Popen[bytes]") -> None:
    limite = time.monotonic() + DEMARRAGE
    while True:
        try:
            urllib.request.urlopen(f"{api}/health", timeout=2).close()
        except OSError:
            assert plateforme.poll() is None, "ami serve s'est arrêté"
            assert time.monotonic() < limite, "Prefect n'a pas démarré"
            time.sleep(0.5)
        else:
            return


def etats(engine: Engine) -> dict[str, str | None]:
    with Session(engine) as session:
        return {dossier.titre: dossier.etat for dossier in session.exec(select(Dossier))}


@pytest.mark.lent
@pytest.mark.timeout(600)
def test_two_real_minutes_of_service_then_a_clean_stop(tmp_path: Path, smtp: ServeurSmtp) -> None:
    base, api = f"sqlite:///{tmp_path / 'ami.db'}", f"http://127.0.0.1:{port_libre()}/api"
    engine = create_engine_for(base)
    migrer(engine)
    lieu = ouvrir(engine, tmp_path / "pieces")
    sans_balayage = replace(lieu.marche(), balayer=False)
    mener_jusqu_a(sans_balayage, "Avant", "candidature_deposee")
    environnement = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")])),
        "AMI_BASE": base,
        "AMI_DOSSIER_PREFECT": str(tmp_path / "prefect"),
        "AMI_DOSSIER_SCEAUX": str(tmp_path / "sceaux"),
        "AMI_DOSSIER_EXPORTS": str(tmp_path / "exports"),
        "AMI_PREFECT_API_URL": api,
        "AMI_DEPLOIEMENTS": str(chaque_minute(tmp_path)),
        "AMI_COURRIEL_HOTE": "127.0.0.1",
        "AMI_COURRIEL_PORT": str(smtp.port),
        "AMI_COURRIEL_TLS": "aucun",
    }
    with (tmp_path / "serve.log").open("wb") as journal:
        plateforme = subprocess.Popen(
            [sys.executable, "-m", "ami.cli", "serve"],
            env=environnement,
            cwd=tmp_path,
            stdout=journal,
            stderr=subprocess.STDOUT,
        )
    try:
        attendre_prefect(api, plateforme)
        time.sleep(DUREE / 2)
        mener_jusqu_a(replace(lieu.marche(), balayer=False), "Pendant", "candidature_deposee")
        time.sleep(DUREE / 2)
        passages = passages_prevus_faits(api)
        assert plateforme.poll() is None
        maintenant = datetime.now(UTC)
        with Session(engine) as session, session.begin():
            for numero in range(EN_ATTENTE):
                enqueue(session, replace(pret(numero), du_a=maintenant, expire_a=None), maintenant)
        smtp.attendre("recu", smtp.nombre_recu() + 1)
    finally:
        plateforme.send_signal(signal.SIGTERM)
        code = plateforme.wait(90)
    assert code == 0, (tmp_path / "serve.log").read_text(encoding="utf-8")[-3000:]
    assert etats(engine)["Avant"] == "recevable"
    assert len(passages) >= 2
    with Session(engine) as session:
        assert verifier(session) == []
        courriels = session.exec(select(Courriel).order_by(col(Courriel.id))).all()
        assert [c.clef for c in courriels if c.etat == "en_cours" or c.bail_jeton is not None] == []
        recus = smtp.comptes()
        for courriel in courriels:
            assert recus[courriel.message_id] == (1 if courriel.etat == "envoye" else 0), courriel.clef
        assert {c.etat for c in courriels} <= {"envoye", "a_envoyer"}
