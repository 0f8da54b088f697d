"""Sessions of the committee: when it sat, where, who was there. Quorum is judged by the règlement's guards."""

from datetime import datetime

from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.models import Campagne, Comite
from ami.sujets import identifiant
from rules.modele import Reglement


def convoquer(
    session: Session, campagne: Campagne, reglement: Reglement, *, code: str, tenue_le: datetime, lieu: str
) -> Comite:
    """Set a session of the committee, its members being those the règlement names. Does not commit.

    Raises:
        DonneesInvalides: the code is taken, or the règlement has no committee.
    """
    if reglement.comite is None:
        raise DonneesInvalides("Le règlement de cette campagne ne prévoit pas de comité.")
    if session.exec(select(Comite).where(Comite.code == code)).first() is not None:
        raise DonneesInvalides(f"Le comité « {code} » existe déjà : choisissez un autre code.")
    comite = Comite(
        campagne_id=identifiant(campagne),
        code=code,
        tenue_le=tenue_le,
        lieu=lieu,
        membres=list(reglement.comite.membres),
    )
    session.add(comite)
    session.flush()
    return comite


def emarger(session: Session, campagne: Campagne, code: str, presents: list[str]) -> Comite:
    """Note who sat. Does not commit.

    Raises:
        DonneesInvalides: no such session, someone who is not a member, or someone named twice.
    """
    comite = session.exec(select(Comite).where(Comite.code == code, Comite.campagne_id == campagne.id)).first()
    if comite is None:
        raise DonneesInvalides(f"Aucun comité « {code} » dans cette campagne : convoquez-le d'abord.")
    inconnus = [nom for nom in presents if nom not in comite.membres]
    if inconnus:
        raise DonneesInvalides(f"Pas membre du comité : {', '.join(inconnus)}. Membres : {', '.join(comite.membres)}.")
    if len(set(presents)) != len(presents):
        raise DonneesInvalides("Une même personne est nommée deux fois parmi les présents.")
    comite.presents = list(presents)
    session.flush()
    return comite
