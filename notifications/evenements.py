"""Events of the outbox: what happened to each mail, and to the queue. Only ever added to."""

from datetime import datetime

from sqlalchemy import Connection, insert
from sqlmodel import Session

from notifications.models import CourrielEvenement

DETAIL_MAX = 1000


def noter(ou: Session | Connection, courriel_id: int | None, kind: str, instant: datetime, detail: str = "") -> None:
    """Append one event in the transaction of `ou`; `courriel_id` is None for what concerns the whole queue."""
    ou.execute(
        insert(CourrielEvenement).values(
            courriel_id=courriel_id, kind=kind, instant=instant, detail=detail[:DETAIL_MAX]
        )
    )
