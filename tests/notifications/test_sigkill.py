"""The accounting identity under fire: thousands of mails, dispatchers killed at random moments.

For every mail: received exactly once, or listed uncertain (received at most once), or failed with the server's 5xx,
or expired. Nothing lost, nothing doubled; counted on what the server received.
"""

import dataclasses
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from notifications.models import Courriel
from notifications.outbox import enqueue
from tests.notifications.exemples import pret
from tests.support import dispatcher as processus
from tests.support.bases import ServeurPostgres, base_postgres, base_sqlite
from tests.support.smtp import ServeurSmtp

COURRIELS = 2000
MISES_A_MORT = 8
CONNEXIONS = 4
REFUSES = {f"personne{n}@example.org": [550, -1] for n in range(97, COURRIELS, 97)}
GRISES = {f"personne{n}@example.org": [450, 1] for n in range(41, COURRIELS, 41)}
PERIMES = set(range(53, COURRIELS, 211))


def deposer_beaucoup(engine: Engine, maintenant: datetime) -> None:
    """Enqueue `COURRIELS` short mails, some of them already past their use."""
    modele = pret(0)
    entetes = modele.octets.partition(b"\r\n\r\n")[0]
    with Session(engine) as session, session.begin():
        for n in range(1, COURRIELS + 1):
            message_id = f"<{n}@reseau.example.org>"
            courriel = dataclasses.replace(
                modele,
                clef=f"dossier:{n}/accuse/personne:{n}",
                message_id=message_id,
                octets=entetes.replace(modele.message_id.encode(), message_id.encode()) + b"\r\n\r\nBonjour.\r\n",
                destinataire=dataclasses.replace(modele.destinataire, adresse=f"personne{n}@example.org"),
                du_a=maintenant,
                expire_a=maintenant - timedelta(seconds=1) if n in PERIMES else None,
            )
            enqueue(session, courriel, maintenant)


def tuer_au_hasard(engine: Engine, smtp: ServeurSmtp, graine: int) -> None:
    """Run a dispatcher, kill it while it sends, start another; the last one finishes the work."""
    hasard = random.Random(graine)
    reglages: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": smtp.port,
        "tls": "aucun",
        "nom_local": "ami.example.org",
        "connexions": CONNEXIONS,
        "bail_secondes": 3,
        "timeout_apres_point": 8,
        "marge_bail": 0,
        "sommeil": 0.2,
        "attente_min": 0.2,
    }
    url = engine.url.render_as_string(hide_password=False)
    for vie in range(MISES_A_MORT):
        victime = processus.lancer(url, graine * 100 + vie, **reglages)
        but = smtp.nombre_recu() + hasard.randint(20, COURRIELS // (MISES_A_MORT + 2))
        processus.attendre(lambda but=but: smtp.nombre_recu() >= but)
        time.sleep(hasard.random() * 0.05)
        victime.kill()
        victime.wait()
    dernier = processus.lancer(url, graine, **reglages)
    processus.attendre(lambda: restants(engine) == 0, delai=120)
    assert processus.arreter(dernier) == 0


def restants(engine: Engine) -> int:
    """Mails that are neither over nor uncertain."""
    with Session(engine) as session:
        choix = select(Courriel.id).where(Courriel.etat.in_(["a_envoyer", "en_cours"]))  # type: ignore[attr-defined]
        return len(session.exec(choix).all())


def verifier_l_identite(engine: Engine, smtp: ServeurSmtp) -> None:
    """Kernel §4, mail by mail."""
    recus = smtp.comptes()
    bilan: Counter[str] = Counter()
    with Session(engine) as session:
        courriels = session.exec(select(Courriel)).all()
    for courriel in courriels:
        copies = recus[courriel.message_id]
        bilan[courriel.etat] += 1
        match courriel.etat:
            case "envoye":
                assert copies == 1, f"{courriel.clef} : {copies} copies"
            case "incertain":
                assert copies <= 1, f"{courriel.clef} : {copies} copies"
            case "echec":
                assert copies == 0
                assert (courriel.reponse or "").startswith("550")
            case "abandonne":
                assert copies == 0
            case _:
                raise AssertionError(f"{courriel.clef} est resté {courriel.etat}")
    assert sum(bilan.values()) == COURRIELS
    assert bilan["echec"] == len(REFUSES)
    assert bilan["abandonne"] == len(PERIMES)
    assert bilan["incertain"] <= CONNEXIONS * MISES_A_MORT + smtp.evenements("coupe")
    assert set(recus) <= {courriel.message_id for courriel in courriels}
    print(f"{dict(bilan)}, reçus {sum(recus.values())}, coupures {smtp.evenements('coupe')}")


def jouer(engine: Engine, smtp: ServeurSmtp, graine: int) -> None:
    smtp.fautes(refus={**GRISES, **REFUSES}, coupe_hasard=[0.004, 0.004])
    deposer_beaucoup(engine, datetime.now(UTC))
    tuer_au_hasard(engine, smtp, graine)
    verifier_l_identite(engine, smtp)


@pytest.mark.lent
@pytest.mark.parametrize("graine", [1, 2, 3])
def test_rien_perdu_rien_double_sur_sqlite(modele: Path, tmp_path: Path, smtp: ServeurSmtp, graine: int) -> None:
    with base_sqlite(modele, tmp_path) as engine:
        jouer(engine, smtp, graine)


@pytest.mark.lent
def test_rien_perdu_rien_double_sur_postgresql(postgres: ServeurPostgres, smtp: ServeurSmtp) -> None:
    with base_postgres(postgres) as engine:
        jouer(engine, smtp, graine=4)
