"""What the règlement signals without stopping anything: warnings found at the last look, for people to weigh."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlmodel import Session, col, select

from ami.models import ConstatLigne
from ami.passe import Etape
from rules.evaluation import Constat, Defaillance

AVERTISSEMENT: Final[Defaillance] = "avertissement"


def alertes(etapes: Iterable[Etape]) -> list[tuple[Etape, Constat]]:
    """The warnings of a past that still stand, by the order of the last look at each: met since, one is over."""
    derniers: dict[str, tuple[Etape, Constat]] = {}
    for etape in etapes:
        for constat in etape.constats:
            if constat.defaut == AVERTISSEMENT:
                derniers[constat.regle] = (etape, constat)
    return [(etape, constat) for etape, constat in derniers.values() if not constat.satisfait]


def compter_alertes(session: Session, dossiers: Sequence[int]) -> Mapping[int, int]:
    """How many warnings stand on each of these dossiers, in one question."""
    requete = (
        select(ConstatLigne.sujet_id, ConstatLigne.regle, ConstatLigne.satisfait)
        .where(ConstatLigne.sujet_kind == "dossier", col(ConstatLigne.sujet_id).in_(dossiers))
        .where(ConstatLigne.defaut == AVERTISSEMENT)
        .order_by(col(ConstatLigne.seq), col(ConstatLigne.id))
    )
    derniers = {(sujet, regle): satisfait for sujet, regle, satisfait in session.exec(requete)}
    return Counter(sujet for (sujet, _), satisfait in derniers.items() if not satisfait)
