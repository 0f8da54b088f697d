"""Fault 10 on real processes: three days without a mail server, then everything leaves once, in order."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from notifications.models import Courriel
from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import deposer, etats, evenements
from tests.pannes.conftest import Dispatchers
from tests.support.dispatcher import Horloge, attendre
from tests.support.smtp import PortMuet, ServeurSmtp

PREMIERE_ATTENTE, ATTENTE_MAX = 0.1, 0.8
JOUR, DIX_MINUTES = timedelta(days=1), timedelta(minutes=10)


def attentes_annoncees(journal: Path) -> list[float]:
    """What a resident dispatcher says after each vain attempt: how long it will wait before the next."""
    return [float(attente) for attente in re.findall(r"Prochain essai dans ([\d.]+) s", journal.read_text())]


def tentatives(engine: Engine) -> set[int]:
    with Session(engine) as session:
        return set(session.exec(select(Courriel.tentatives)))


def lui_laisser_des_baux_puis_le_tuer(dispatchers: Dispatchers, port: int, engine: Engine) -> None:
    """A dispatcher leases three mails, waits for a server that says nothing, and is killed there."""
    with PortMuet(port) as muet:
        victime = dispatchers.lancer(lot=3)
        attendre(lambda: muet.nombre == 1)
        victime.kill()
        victime.wait()
    assert list(etats(engine).values()).count("en_cours") == 3


def verifier_qu_il_frappe_de_moins_en_moins(port: int, journal: Path) -> None:
    """The waits double up to their ceiling, and nobody knocks between two of them."""
    with PortMuet(port, raccroche=True) as muet:
        attendre(lambda: len(attentes_annoncees(journal)) >= 6)
        # One more attempt may be under way.
        assert muet.nombre - len(attentes_annoncees(journal)) in {0, 1}
    annoncees = attentes_annoncees(journal)
    assert annoncees == [min(ATTENTE_MAX, PREMIERE_ATTENTE * 2**rang) for rang in range(len(annoncees))]


@pytest.mark.lent
def test_fault_10_after_three_days_without_a_server_everything_leaves_once_in_order(
    engine: Engine, smtp: ServeurSmtp, dispatchers: Dispatchers, horloge: Horloge, tmp_path: Path
) -> None:
    horloge.mettre(MAINTENANT)
    durables = deposer(engine, 5)
    [rappel] = deposer(engine, debut=6, message="relance_pieces", expire_a=MAINTENANT + JOUR)
    [lien] = deposer(engine, debut=7, message="lien_connexion", expire_a=MAINTENANT + DIX_MINUTES)
    smtp.arreter()
    lui_laisser_des_baux_puis_le_tuer(dispatchers, smtp.port, engine)

    journal = tmp_path / "dispatcher.log"
    dispatchers.lancer(journal=journal, connexions=1, attente_serveur=PREMIERE_ATTENTE, attente_serveur_max=ATTENTE_MAX)
    verifier_qu_il_frappe_de_moins_en_moins(smtp.port, journal)

    horloge.mettre(MAINTENANT + JOUR)
    attendre(lambda: len(evenements(engine, "abandonne")) == 2)
    assert len(evenements(engine, "bail_expire")) == 3, "les courriels du dispatcher tué sont repris"
    # A knock leases the courriels for an instant: what matters is that they always come back, as they were.
    assert {etats(engine)[identifiant] for identifiant in durables} <= {"a_envoyer", "en_cours"}
    attendre(lambda: {etats(engine)[identifiant] for identifiant in durables} == {"a_envoyer"})
    assert tentatives(engine) == {0}, "la panne n'est retenue contre aucun courriel"

    [urgent] = deposer(engine, debut=8, message="lien_connexion", expire_a=MAINTENANT + 3 * JOUR + DIX_MINUTES)
    horloge.mettre(MAINTENANT + 3 * JOUR)
    smtp.demarrer()
    attendre(lambda: set(etats(engine).values()) == {"envoye", "abandonne"})
    assert [recu.message_id for recu in smtp.recus()] == [urgent, *durables], "l'urgent, puis les plus anciens"
    assert {etats(engine)[perime] for perime in (rappel, lien)} == {"abandonne"}
