"""A sweep in a process of its own, to be killed: `python -m tests.support.balayeur PHASE CAMPAGNE RANG [flux]`.

At the RANG-th dossier it is about to move it says so and waits for ever; RANG 0 goes to the end. With `flux` the sweep
is the real Prefect flow.
"""

import sys
import time
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from ami.balayage import balayer
from ami.campagnes import trouver_campagne
from flows.balayage import balayage
from flows.commun import ouvrir
from tests.support.jardins import MAINTENANT

AU_MILIEU = "AU MILIEU"


def main(phase: str, code: str, rang: int, par: str = "direct") -> None:
    engine, vus = ouvrir(), count(1)

    def attendre_la_mort(_c: Any, _curseur: Any, requete: str, *_: Any) -> None:
        if requete.startswith("UPDATE dossier") and next(vus) == rang:
            print(AU_MILIEU, flush=True)
            time.sleep(600)

    event.listen(engine, "before_cursor_execute", attendre_la_mort)
    if par == "flux":
        balayage(phase, code, MAINTENANT)
        return
    with Session(engine, expire_on_commit=False) as session:
        campagne = trouver_campagne(session, code)
    balayer(engine, campagne, phase, MAINTENANT)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
