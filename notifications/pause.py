"""The pause of the queue after a refused password: one row, seen by every dispatcher (fault 11)."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from notifications.database import lecture_seule
from notifications.evenements import noter
from notifications.models import CourrielPause


class Pause:
    """Sets, probes and lifts the pause. `duree`: delay between two probes."""

    def __init__(self, engine: Engine, duree: timedelta) -> None:
        self._engine = engine
        self._lecture = lecture_seule(engine)
        self._duree = duree

    def poser(self, raison: str, maintenant: datetime) -> bool:
        """Pause the queue; True for the one who paused it, whose event is the only alert."""
        valeurs = {"id": 1, "raison": raison, "depuis": maintenant, "jusqu_a": maintenant + self._duree}
        insertion = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        with Session(self._engine) as session, session.begin():
            pose = insertion(CourrielPause).values(**valeurs).on_conflict_do_nothing(index_elements=["id"])
            premier = session.execute(pose.returning(col(CourrielPause.id))).first() is not None
            if premier:
                noter(session, None, "file_en_pause", maintenant, raison)
            return premier

    def active(self) -> str | None:
        """Reason of the pause, or None."""
        with Session(self._lecture) as session:
            pause = session.get(CourrielPause, 1)
            return pause.raison if pause else None

    def sonder(self, maintenant: datetime) -> bool:
        """Whether this dispatcher may try the server once: the delay is over and nobody else is trying."""
        with Session(self._lecture) as session:
            pause = session.get(CourrielPause, 1)
            # Looked at every few seconds, for days maybe: the write lock is taken only when there is a chance.
            if pause is None or pause.jusqu_a is None or pause.jusqu_a > maintenant:
                return False
        essai = (
            update(CourrielPause)
            .where(col(CourrielPause.id) == 1, col(CourrielPause.jusqu_a) <= maintenant)
            .values(jusqu_a=maintenant + self._duree)
            .returning(col(CourrielPause.id))
        )
        with Session(self._engine) as session, session.begin():
            return session.execute(essai, execution_options={"synchronize_session": False}).first() is not None

    def lever(self, maintenant: datetime) -> None:
        """The server accepts us again. A pause a person has set meanwhile stays: only a person lifts it."""
        automatique = col(CourrielPause.jusqu_a).is_not(None)
        levee = delete(CourrielPause).where(col(CourrielPause.id) == 1, automatique).returning(col(CourrielPause.id))
        with Session(self._engine) as session, session.begin():
            if session.execute(levee, execution_options={"synchronize_session": False}).first() is not None:
                noter(session, None, "file_reprise", maintenant, "le serveur accepte de nouveau la connexion")
