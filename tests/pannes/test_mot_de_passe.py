"""Fault 11 on real processes: a wrong SMTP password pauses the queue, is told once, and storms nobody."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import deposer, etats, evenements
from tests.pannes.conftest import Dispatchers
from tests.support.dispatcher import RACINE, Horloge, arreter, attendre
from tests.support.smtp import ServeurSmtp

QUART_D_HEURE = timedelta(minutes=15)
MAUVAIS: dict[str, Any] = {"user": "ami", "password": "mauvais", "connexions": 3, "attente_serveur": 0.1}
BON: dict[str, Any] = {"user": "ami", "password": "bon"}


def ami(engine: Engine, *arguments: str) -> str:
    """What the command prints, blanks folded."""
    environnement = {
        **os.environ,
        "PYTHONPATH": str(RACINE),
        "AMI_BASE": engine.url.render_as_string(hide_password=False),
    }
    commande = [sys.executable, "-m", "ami.cli", *arguments]
    dit = subprocess.run(commande, env=environnement, check=True, capture_output=True, text=True, cwd=RACINE).stdout
    return " ".join(dit.split())


def test_fault_11_a_wrong_password_is_told_once_and_tried_once_a_quarter_of_an_hour(
    engine: Engine, smtp: ServeurSmtp, dispatchers: Dispatchers, horloge: Horloge, tmp_path: Path
) -> None:
    horloge.mettre(MAINTENANT)
    identifiants = deposer(engine, 8)
    smtp.fautes(mot_de_passe="bon")
    journaux = [tmp_path / f"dispatcher{rang}.log" for rang in range(2)]
    trompes = [dispatchers.lancer(journal=journal, **MAUVAIS) for journal in journaux]
    attendre(lambda: len(evenements(engine, "file_en_pause")) == 1)
    # Whichever came second knows by the database, or had knocked already: both have looked once an hour is over.
    for quart in range(1, 5):
        avant = smtp.evenements("auth_refusee")
        horloge.mettre(MAINTENANT + quart * QUART_D_HEURE)
        smtp.attendre("auth_refusee", avant + 1)
    for trompe in trompes:
        assert arreter(trompe) == 0
    essais = smtp.evenements("auth_refusee")
    assert 5 <= essais <= 6, "un essai par dispatcher au plus, puis un seul par quart d'heure à eux deux"
    assert smtp.evenements("connexion") == essais, "un seul AUTH par connexion"
    assert len(evenements(engine, "file_en_pause")) == 1
    assert sum(journal.read_text().count("File des courriels en pause") for journal in journaux) == 1
    assert set(etats(engine).values()) == {"a_envoyer"}
    montre = ami(engine, "courriels", "lister")
    assert "File en pause depuis le 30/03/2026 à 14:00" in montre
    assert "refuse l'authentification" in montre
    assert "ami courriels reprendre" in montre

    dispatchers.lancer(**BON)
    assert smtp.recus() == [], "la file attend une personne, ou l'essai suivant"
    assert "repart" in ami(engine, "courriels", "reprendre", "--par", "exploitante")
    attendre(lambda: set(etats(engine).values()) == {"envoye"})
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert evenements(engine, "file_reprise") == ["par exploitante"]
    assert "File en pause" not in ami(engine, "courriels", "lister")
