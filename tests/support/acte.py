"""A process that enqueues one mail in a transaction, says where it stands, and waits to be killed."""

import sys
import time

from sqlmodel import Session

from notifications.database import create_engine_for
from notifications.outbox import enqueue
from tests.notifications.exemples import MAINTENANT, pret


def agir(url: str, moment: str) -> None:
    """Enqueue; stop before the commit (`avant`) or after it (`apres`)."""
    with Session(create_engine_for(url)) as session:
        session.begin()
        enqueue(session, pret(1), MAINTENANT)
        if moment == "apres":
            session.commit()
        print("pret", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    agir(sys.argv[1], sys.argv[2])
