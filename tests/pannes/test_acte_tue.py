"""Faults 1, 2, 18 and 23 from the person's act to the SMTP server, on real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session, select

from ami.journal import verifier
from ami.models import Courriel, Dossier, Journal
from ami.models import Refus as LigneRefus
from ami.sujets import Acteur, Sujet
from tests.noyau.conftest import JOUR, Lieu
from tests.pannes.conftest import adresse, distribuer
from tests.support.acteur import Acte
from tests.support.parcours import mener_jusqu_a
from tests.support.smtp import ServeurSmtp
from tests.support.sources import RACINE

TELS = {"porteur@example.org", "accompagnateur@example.org", "suivi@example.org"}


def environnement(lieu: Lieu) -> dict[str, str]:
    chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": chemins, "AMI_BASE": adresse(lieu)}


def tuer_pendant(lieu: Lieu, sujet: Sujet, moment: str) -> None:
    """Start the act « abandonner » in a process of its own and kill it where asked."""
    agent = Acteur("agent", lieu.personnes["agent"])
    motif = {"motif": "Le terrain est vendu"}
    Acte(adresse(lieu), "abandonner", sujet, motif, acteur=agent, maintenant=JOUR, moment=moment).tuer()


def etat(lieu: Lieu, sujet: Sujet) -> tuple[str | None, int]:
    with Session(lieu.engine) as session:
        assert verifier(session) == []
        dossier = session.get_one(Dossier, sujet.id)
        return dossier.etat, dossier.version


def test_fault_1_killed_before_the_commit_nothing_moved_and_nothing_left(lieu: Lieu, smtp: ServeurSmtp) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    tuer_pendant(lieu, sujet, "avant")
    distribuer(lieu, smtp)
    assert etat(lieu, sujet) == ("brouillon", 1)
    assert smtp.recus() == []


def test_fault_2_killed_after_the_commit_the_act_stands_and_each_mail_leaves_once(
    lieu: Lieu, smtp: ServeurSmtp
) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    tuer_pendant(lieu, sujet, "apres")
    distribuer(lieu, smtp)
    distribuer(lieu, smtp)
    assert etat(lieu, sujet) == ("abandonne", 2)
    assert set(smtp.comptes().values()) == {1}
    assert {recu.a for recu in smtp.recus()} == TELS


def ami(lieu: Lieu, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ami.cli", *arguments],
        env=environnement(lieu),
        cwd=RACINE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_fault_18_a_double_click_makes_one_submission_and_one_receipt(
    lieu: Lieu, smtp: ServeurSmtp, tmp_path: Path
) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "recevable")
    donnees = tmp_path / "motif.yaml"
    donnees.write_text("motif: Nous renonçons\n", encoding="utf-8")
    with Session(lieu.engine) as session:
        numero = session.get_one(Dossier, sujet.id).numero
    clic = ["agir", numero, "abandonner", "--par", "agent@example.org", "--role", "agent"]
    clics = [ami(lieu, *clic, "--donnees", str(donnees), "--clef", "formulaire-42") for _ in range(3)]
    sorties = [processus.communicate(timeout=120) for processus in clics]
    assert [processus.returncode for processus in clics] == [0, 0, 0], sorties
    assert sum("déjà fait" in sortie for sortie, _ in sorties) == 2
    with Session(lieu.engine) as session:
        assert len(session.exec(select(Journal).where(Journal.transition == "abandonner")).all()) == 1
        assert len(session.exec(select(Courriel).where(Courriel.message == "abandon")).all()) == 3


@pytest.mark.parametrize(("acte", "role"), [("notifier", "agent"), ("verser", "agent"), ("abandonner", "evaluateur")])
def test_fault_23_an_act_out_of_order_is_refused_in_french_and_kept(
    lieu: Lieu, tmp_path: Path, acte: str, role: str
) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    donnees = tmp_path / "donnees.yaml"
    donnees.write_text("{motif: Fin}\n" if acte == "abandonner" else "{}\n", encoding="utf-8")
    par = "evaluateur1@example.org" if role == "evaluateur" else "agent@example.org"
    with Session(lieu.engine) as session:
        numero = session.get_one(Dossier, sujet.id).numero
    processus = ami(lieu, "agir", numero, acte, "--par", par, "--role", role, "--donnees", str(donnees))
    _, erreurs = processus.communicate(timeout=120)
    assert processus.returncode == 1
    assert "Traceback" not in erreurs
    assert erreurs.strip()
    assert etat(lieu, sujet) == ("brouillon", 1)
    with Session(lieu.engine) as session:
        refus = session.exec(select(LigneRefus)).one()
        assert (refus.acte, refus.acteur_role, refus.sujet_id) == (acte, role, sujet.id)
