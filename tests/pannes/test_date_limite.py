"""Fault 19 on real processes: at the deadline, the server's clock and the legal time of Paris decide, nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from ami.models import Campagne, Dossier, Journal
from ami.sujets import Acteur, Sujet
from tests.noyau.conftest import JOUR, REGLEMENT, Lieu
from tests.pannes.conftest import Postes, adresse, attendre_qu_on_attende, distribuer
from tests.support.dispatcher import attendre
from tests.support.parcours import mener_jusqu_a
from tests.support.poste import Ordre, Poste, au_guichet, commande
from tests.support.smtp import ServeurSmtp
from tests.support.sources import RACINE

MILLISECONDE, SECONDE, UNE_HEURE = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(hours=1)
REPONSES = {"presentation": "Un projet", "nombre_logements": 12, "adresse": "1 rue Neuve"}
CANDIDATURE = {"cout_prevu": "6000.00", "montant_demande": "4000.00", "reponses": REPONSES}
# The last day, the midnight that ends it, how people read it: in winter, in summer, on the day of 25 hours.
SAISONS = {
    "HIV": ("2026-01-31", datetime(2026, 1, 31, 23, tzinfo=UTC), "samedi 31 janvier 2026", 1),
    "ETE": ("2026-06-30", datetime(2026, 6, 30, 22, tzinfo=UTC), "mardi 30 juin 2026", 2),
    "OCT": ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC), "dimanche 25 octobre 2026", 1),
}


def ouvrir_pour(lieu: Lieu, poste: Poste, prefixe: str, dernier_jour: str, dossier: Path) -> Lieu:
    """Open a campagne by the command, as an organisme does: its closing is a day, nobody writes an hour."""
    fichier = dossier / f"{prefixe}.yaml"
    fichier.write_text(
        f"code: {prefixe.lower()}\nnom: Campagne {prefixe}\nprefixe: {prefixe}\nreglement: {REGLEMENT}\n"
        f"ouverture: 2026-01-05\ncloture: {dernier_jour}\nplaces: 3\n",
        encoding="utf-8",
    )
    assert poste.faire(commande("campagne", "ouvrir", fichier)).code == 0
    with Session(lieu.engine) as session:
        campagne = session.exec(select(Campagne).where(Campagne.prefixe == prefixe)).one()
        return replace(lieu, campagne_id=campagne.id or 0)


def brouillon(lieu: Lieu, titre: str, le: datetime = JOUR) -> Sujet:
    return mener_jusqu_a(lieu.marche(le), titre, "brouillon")


def deposer(lieu: Lieu, sujet: Sujet, recu: datetime, **en_plus: object) -> Ordre:
    """The porteur's submission, received whole at that instant."""
    return au_guichet("deposer_candidature", sujet, CANDIDATURE | en_plus, porteur(lieu), recu)


def porteur(lieu: Lieu) -> Acteur:
    return Acteur("porteur", lieu.personnes["porteur"])


def lu(lieu: Lieu, sujet: Sujet) -> Dossier:
    with Session(lieu.engine) as session:
        return session.get_one(Dossier, sujet.id)


def accuse_recu(smtp: ServeurSmtp, numero: str) -> str:
    """The text of the porteur's receipt, as the SMTP server got it; there is one, and one only."""
    [recu] = [r for r in smtp.recus() if numero in str(r.message["Subject"]) and r.a == "porteur@example.org"]
    partie = next(partie for partie in recu.message.walk() if partie.get_content_type() == "text/plain")
    contenu = partie.get_payload(decode=True)
    assert isinstance(contenu, bytes)
    return " ".join(contenu.decode().replace("\u00a0", " ").split())


def sans_insecables(phrase: str) -> str:
    return phrase.replace("\u00a0", " ").replace("\u202f", " ")


def test_fault_19_the_last_second_is_in_time_and_the_next_is_not(
    lieu: Lieu, smtp: ServeurSmtp, postes: Postes, tmp_path: Path
) -> None:
    """The process lives on an island where it is already tomorrow, and its own clock is months away."""
    poste = postes.ouvrir(TZ="Pacific/Kiritimati")
    for prefixe, (dernier_jour, minuit, jour, decalage) in SAISONS.items():
        ici = ouvrir_pour(lieu, poste, prefixe, dernier_jour, tmp_path)
        a_temps = {minuit - SECONDE: brouillon(ici, "Une"), minuit - MILLISECONDE: brouillon(ici, "Deux")}
        for recu, sujet in a_temps.items():
            sortie = poste.faire(deposer(ici, sujet, recu))
            assert (sortie.code, sortie.erreur) == (0, ""), f"{recu} est dans les temps"
        distribuer(ici, smtp, minuit + UNE_HEURE)
        for sujet in a_temps.values():
            accuse = accuse_recu(smtp, lu(ici, sujet).numero)
            assert f"{jour} à 23 h 59 min 59 s (heure de Paris, UTC+{decalage})" in accuse
        tardif = brouillon(ici, "Trop tard")
        for recu in (minuit, minuit + SECONDE):
            sortie = poste.faire(deposer(ici, tardif, recu))
            assert sortie.code == 1
            assert f"Les candidatures sont closes depuis le {jour.partition(' ')[2]}." in sans_insecables(sortie.erreur)
            apres = lu(ici, tardif)
            assert (apres.etat, apres.reponses) == ("brouillon", {}), "rien n'est gardé d'un dépôt refusé"


def test_fault_19_a_date_the_client_gives_decides_nothing(lieu: Lieu, postes: Postes, tmp_path: Path) -> None:
    """Such a field does not exist: refused by name before the deadline as after it, so that nobody relies on one."""
    poste = postes.ouvrir()
    _, minuit, *_ = SAISONS["ETE"]
    ici = ouvrir_pour(lieu, poste, "ETE", "2026-06-30", tmp_path)
    sujet = brouillon(ici, "Horloge fausse")
    for recu in (minuit - UNE_HEURE, minuit + SECONDE):
        for champ in ("recu_le", "maintenant", "instant"):
            sortie = poste.faire(deposer(ici, sujet, recu, **{champ: "2026-06-30T23:00:00+02:00"}))
            assert sortie.code == 1
            assert champ in sortie.erreur
        reponses = REPONSES | {"depose_le": "2026-06-30"}
        assert "depose_le" in poste.faire(deposer(ici, sujet, recu, reponses=reponses)).erreur
        assert lu(ici, sujet).etat == "brouillon"


def test_fault_19_what_counts_is_the_instant_of_reception_whatever_the_commit_takes(
    lieu: Lieu, smtp: ServeurSmtp, postes: Postes, tmp_path: Path
) -> None:
    """Received in the last second, then made to wait for somebody else's transaction until long after."""
    poste = postes.ouvrir()
    _, minuit, jour, _ = SAISONS["ETE"]
    ici = ouvrir_pour(lieu, poste, "ETE", "2026-06-30", tmp_path)
    sujet = brouillon(ici, "En file")
    with ici.engine.begin() as autre:
        autre.execute(text("UPDATE dossier SET titre = titre"))
        poste.preparer(deposer(ici, sujet, minuit - SECONDE))
        poste.lacher(0.0)
        attendre_qu_on_attende(ici.engine)
    assert poste.sortie().code == 0
    with Session(ici.engine) as session:
        ligne = session.exec(select(Journal).where(Journal.transition == "deposer_candidature")).one()
        assert ligne.instant == minuit - SECONDE
    distribuer(ici, smtp, minuit + UNE_HEURE)
    assert f"{jour} à 23 h 59 min 59 s" in accuse_recu(smtp, lu(ici, sujet).numero)


@pytest.fixture
def ami(lieu: Lieu) -> Iterator["subprocess.Popen[str]"]:
    """`ami agir … --donnees -`, in a process whose time zone is wrong, waiting for the data to be typed."""
    sujet = brouillon(lieu, "Saisie lente")
    qui = ["--par", "porteur@example.org", "--role", "porteur"]
    acte = ["agir", lu(lieu, sujet).numero, "deposer_candidature", *qui, "--donnees", "-"]
    processus = subprocess.Popen(
        [sys.executable, "-m", "ami.cli", *acte],
        env={**os.environ, "PYTHONPATH": str(RACINE), "AMI_BASE": adresse(lieu), "TZ": "America/Los_Angeles"},
        cwd=RACINE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield processus
    processus.kill()
    processus.communicate()


SAISIE = """\
cout_prevu: "6000.00"
montant_demande: "4000.00"
reponses: {presentation: Un projet, nombre_logements: 12, adresse: 1 rue Neuve}
"""


def clore(lieu: Lieu, cloture: datetime) -> None:
    with Session(lieu.engine) as session:
        session.get_one(Campagne, lieu.campagne_id).cloture = cloture
        session.commit()


def test_fault_19_a_request_begun_in_time_and_finished_late_is_late(lieu: Lieu, ami: "subprocess.Popen[str]") -> None:
    """Real clock, real command: its data begin to come in before the closing, and are complete after it."""
    assert ami.stdin is not None
    # More than a pipe holds: this returns once the command reads.
    ami.stdin.write("# " + "Je réfléchis encore. " * 5000 + "\n")
    ami.stdin.flush()
    cloture = datetime.now(UTC) + SECONDE
    clore(lieu, cloture)
    attendre(lambda: datetime.now(UTC) > cloture + SECONDE)
    _, erreur = ami.communicate(SAISIE, timeout=120)
    assert ami.returncode == 1
    assert "Les candidatures sont closes depuis le" in erreur
    assert "Traceback" not in erreur


def test_fault_19_the_servers_clock_is_what_the_journal_keeps(lieu: Lieu, ami: "subprocess.Popen[str]") -> None:
    """The same command in time; its time zone is nobody's business."""
    clore(lieu, datetime.now(UTC) + UNE_HEURE)
    avant = datetime.now(UTC)
    _, erreur = ami.communicate(SAISIE, timeout=120)
    assert (ami.returncode, erreur) == (0, "")
    with Session(lieu.engine) as session:
        ligne = session.exec(select(Journal).where(Journal.transition == "deposer_candidature")).one()
        assert avant <= ligne.instant <= datetime.now(UTC)
