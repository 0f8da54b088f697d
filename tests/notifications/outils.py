"""Small acts the mail tests are written with."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from notifications.dispatcher import Dispatcher
from notifications.models import Courriel, CourrielEvenement
from notifications.outbox import enqueue
from notifications.settings import ReglagesCourriel, Tls
from tests.notifications.exemples import MAINTENANT, pret
from tests.support.smtp import ServeurSmtp


def deposer(engine: Engine, nombre: int = 1, *, debut: int = 1, **remplace: Any) -> list[str]:
    """Enqueue mails in one committed act; returns their Message-IDs."""
    prets = [pret(numero, **remplace) for numero in range(debut, debut + nombre)]
    with Session(engine) as session, session.begin():
        for courriel in prets:
            assert enqueue(session, courriel, MAINTENANT)
    return [courriel.message_id for courriel in prets]


def reglages(smtp: ServeurSmtp, **autres: Any) -> ReglagesCourriel:
    """Settings towards the test server."""
    base: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": smtp.port,
        "tls": Tls.AUCUN,
        "nom_local": "ami.example.org",
        "timeout_connexion": 5,
        "timeout_commande": 5,
        "timeout_apres_point": 20,
    }
    return ReglagesCourriel(**{**base, **autres})


def dispatcher(
    engine: Engine, smtp: ServeurSmtp, horloge: Callable[[], datetime] = lambda: MAINTENANT, **autres: Any
) -> Dispatcher:
    """A dispatcher towards the test server, on a still clock unless told otherwise."""
    return Dispatcher(engine, reglages(smtp, **autres), horloge, random.Random(1))


def dans_un_dossier(engine: Engine, dossier: Path) -> Dispatcher:
    """A dispatcher that writes to a Maildir."""
    return Dispatcher(engine, ReglagesCourriel(dossier=dossier), lambda: MAINTENANT, random.Random(1))


def etats(engine: Engine) -> dict[str, str]:
    """État of each mail, by Message-ID."""
    with Session(engine) as session:
        return {ligne.message_id: ligne.etat for ligne in session.exec(select(Courriel))}


def ligne(engine: Engine, message_id: str) -> Courriel:
    """One row of the outbox."""
    with Session(engine) as session:
        return session.exec(select(Courriel).where(Courriel.message_id == message_id)).one()


def evenements(engine: Engine, kind: str) -> list[str]:
    """Details of the events of a kind, in order."""
    with Session(engine) as session:
        choix = select(CourrielEvenement).where(CourrielEvenement.kind == kind).order_by("id")
        return [evenement.detail for evenement in session.exec(choix)]


def apres(secondes: float) -> datetime:
    """The instant of the tests, later."""
    return MAINTENANT + timedelta(seconds=secondes)
