"""Fault 16 on real processes: PostgreSQL crashes and restarts under people who act and the resident dispatcher."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from ami.journal import verifier
from ami.models import Courriel, Dossier, Journal
from notifications.database import create_engine_for
from tests.noyau.conftest import Lieu, ouvrir
from tests.pannes.conftest import adresse
from tests.support import dispatcher
from tests.support.bases import ServeurPostgres, serveur_postgres
from tests.support.ligne import Sortie
from tests.support.parcours import mener_jusqu_a
from tests.support.poste import Ordre, Poste, commande
from tests.support.smtp import ServeurSmtp

DOSSIERS, REDEMARRAGES = 9, 3
TELS = 3  # persons told of each abandon
ESSAIS_MAX = 20


@pytest.fixture
def fragile() -> Iterator[ServeurPostgres]:
    """A server of this test alone, since it is going to fall."""
    with serveur_postgres() as serveur:
        serveur.rendre_durable()
        yield serveur


def insister(poste: Poste, ordre: Ordre, sortie: Sortie) -> int:
    """Try again, as a person does who is told that the database does not answer; returns how often they were."""
    for essai in range(ESSAIS_MAX):
        if sortie.code == 0:
            return essai
        assert sortie.code == 3, sortie
        assert "base de données" in sortie.erreur.lower()
        assert "Traceback" not in sortie.erreur
        sortie = poste.faire(ordre)
    raise AssertionError(f"toujours pas fait après {ESSAIS_MAX} essais : {sortie}")


def restants(lieu: Lieu) -> int:
    with Session(lieu.engine) as session:
        return len(session.exec(select(Courriel.id).where(Courriel.etat.in_(["a_envoyer", "en_cours"]))).all())  # type: ignore[attr-defined]


@pytest.mark.lent
def test_fault_16_a_database_that_restarts_loses_and_doubles_no_transition_and_no_mail(
    fragile: ServeurPostgres, smtp: ServeurSmtp, tmp_path: Path
) -> None:
    lieu = ouvrir(create_engine_for(fragile.creer()), tmp_path / "pieces")
    sujets = [mener_jusqu_a(lieu.marche(), f"Essai {rang}", "brouillon") for rang in range(DOSSIERS)]
    with Session(lieu.engine) as session:
        numeros = [session.get_one(Dossier, sujet.id).numero for sujet in sujets]
    lieu.engine.dispose()
    motif = tmp_path / "motif.yaml"
    motif.write_text("motif: Fin\n", encoding="utf-8")
    smtp.fautes(delai_250=0.05)  # so that mails are in flight when the database falls
    reglages: dict[str, Any] = {"host": "127.0.0.1", "port": smtp.port, "tls": "aucun", "nom_local": "ami.example.org"}
    reglages |= {"sommeil": 0.1, "bail_secondes": 5, "timeout_apres_point": 20}
    journal = tmp_path / "dispatcher.log"
    resident = dispatcher.lancer(adresse(lieu), journal=journal, **reglages)
    poste = Poste(adresse(lieu))
    try:
        for rang, numero in enumerate(numeros):
            acte = ("agir", numero, "abandonner", "--par", "agent@example.org", "--role", "agent", "--donnees", motif)
            ordre = commande(*acte, "--clef", f"essai-{rang}")
            poste.preparer(ordre)
            poste.lacher(time.monotonic())
            if rang % (DOSSIERS // REDEMARRAGES) == 1:
                # At one moment of the act or another.
                time.sleep(rang * 0.01)
                fragile.redemarrer()
            insister(poste, ordre, poste.sortie())
        dispatcher.attendre(lambda: restants(lieu) == 0)
        assert resident.poll() is None, journal.read_text()
        assert dispatcher.arreter(resident) == 0
    finally:
        poste.fermer()
        resident.kill()
        resident.wait()
    dit = journal.read_text()
    assert "Base de données retrouvée" in dit
    assert "Traceback" not in dit, "une base absente se dit en une ligne"
    verifier_que_tout_est_la_une_fois(lieu, smtp)


def verifier_que_tout_est_la_une_fois(lieu: Lieu, smtp: ServeurSmtp) -> None:
    """Each act once in the journal; each mail once at the server, or uncertain and at most once."""
    recus = smtp.comptes()
    with Session(lieu.engine) as session:
        assert verifier(session) == []
        actes = Counter(ligne.sujet_id for ligne in session.exec(select(Journal)) if ligne.transition == "abandonner")
        assert sorted(actes.values()) == [1] * DOSSIERS
        courriels = session.exec(select(Courriel)).all()
    assert len(courriels) == DOSSIERS * TELS
    assert set(recus) <= {courriel.message_id for courriel in courriels}
    for courriel in courriels:
        copies = recus[courriel.message_id]
        assert copies == 1 if courriel.etat == "envoye" else copies <= 1, f"{courriel.etat} : {copies} copies"
    assert Counter(courriel.etat for courriel in courriels)["incertain"] <= 2 * REDEMARRAGES
    lieu.engine.dispose()
