"""Sujets set aside with their reason, so that one bad dossier never stops the others; closed once they pass."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, tuple_

from ami.models import Incident
from ami.sujets import Sujet

UNICITE = ("sujet_kind", "sujet_id", "origine")


def ecarter(session: Session, sujet: Sujet, raison: str, *, origine: str, maintenant: datetime) -> None:
    """Note that a sujet could not be treated; seen again, the same line counts one more time. Does not commit.

    `raison` is French and shown to staff. One statement, so that two sweeps noting the same thing never collide.
    """
    valeurs = {
        "sujet_kind": sujet.kind,
        "sujet_id": sujet.id,
        "origine": origine,
        "raison": raison,
        "vu_le": maintenant,
        "fois": 1,
    }
    encore = {"raison": raison, "vu_le": maintenant, "fois": col(Incident.fois) + 1, "resolu_le": None}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            postgresql.insert(Incident).values(valeurs).on_conflict_do_update(index_elements=UNICITE, set_=encore)
        )
    else:
        session.execute(
            sqlite.insert(Incident).values(valeurs).on_conflict_do_update(index_elements=UNICITE, set_=encore)
        )


def refermer(session: Session, sujets: Iterable[Sujet], *, origine: str, maintenant: datetime) -> int:
    """Close the open incidents of sujets that pass now; how many were. Does not commit."""
    couples = [(sujet.kind, sujet.id) for sujet in sujets]
    ouverts = session.exec(
        select(Incident.id).where(
            tuple_(col(Incident.sujet_kind), col(Incident.sujet_id)).in_(couples),
            Incident.origine == origine,
            col(Incident.resolu_le).is_(None),
        )
    ).all()
    if ouverts:
        session.execute(update(Incident).where(col(Incident.id).in_(ouverts)).values(resolu_le=maintenant))
    return len(ouverts)
