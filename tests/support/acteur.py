"""A process that does one act of the domain, says where it stands, and waits to be killed."""

import json
import sys
import time
from datetime import datetime

from sqlmodel import Session

from ami.agir import agir
from ami.sujets import Acteur, Sujet
from notifications.database import create_engine_for


def faire(ordre: dict[str, str]) -> None:
    """Do the act; stop before the commit (`avant`) or after it (`apres`)."""
    with Session(create_engine_for(ordre["url"])) as session:
        agir(
            session,
            ordre["acte"],
            Sujet("dossier", int(ordre["sujet"])),
            json.loads(ordre["donnees"]),
            acteur=Acteur(ordre["role"], int(ordre["personne"])),
            maintenant=datetime.fromisoformat(ordre["maintenant"]),
        )
        if ordre["moment"] == "apres":
            session.commit()
        print("pret", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    faire(json.loads(sys.argv[1]))
