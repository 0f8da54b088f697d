"""Which campagnes the engine works on at an instant."""

from datetime import datetime

from sqlmodel import Session, col, select

from ami.campagnes import trouver_campagne
from ami.models import Campagne


def campagnes_ouvertes(session: Session, maintenant: datetime, code: str | None = None) -> list[Campagne]:
    """Campagnes already open at `maintenant`, in the order they were created; or the one of that code.

    A campagne closed to new candidatures is still in the list: its dossiers live on for years.

    Raises:
        Introuvable: no campagne has this code.
    """
    if code is not None:
        return [trouver_campagne(session, code)]
    requete = select(Campagne).where(Campagne.ouverture <= maintenant).order_by(col(Campagne.id))
    return list(session.exec(requete))
