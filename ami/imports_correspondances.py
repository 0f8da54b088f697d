"""What somebody once said of the columns of a file, remembered for the next file with the same headings."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, select

from ami.imports_champs import cle
from ami.models import CorrespondanceImport


def memorisee(session: Session, kind: str, entetes: list[str]) -> CorrespondanceImport | None:
    """What is remembered for this kind of import and these headings, whatever their order, accents and capitals."""
    return session.exec(
        select(CorrespondanceImport).where(
            CorrespondanceImport.kind == kind, CorrespondanceImport.empreinte == empreinte(entetes)
        )
    ).first()


def memoriser(
    session: Session, kind: str, entetes: list[str], colonnes: Mapping[str, str], maintenant: datetime
) -> None:
    """Remember a correspondance in place of the former one."""
    ligne = memorisee(session, kind, entetes)
    if ligne is None:
        ligne = CorrespondanceImport(kind=kind, empreinte=empreinte(entetes), memorisee_le=maintenant)
    if ligne.colonnes != dict(colonnes):
        ligne.colonnes, ligne.memorisee_le = dict(colonnes), maintenant
    session.add(ligne)
    session.flush()


def oublier(session: Session, kind: str, entetes: list[str]) -> bool:
    """Forget what is remembered; True when something was."""
    ligne = memorisee(session, kind, entetes)
    if ligne is None:
        return False
    session.delete(ligne)
    session.flush()
    return True


def entetes_memorisees(session: Session, kind: str) -> set[str]:
    """The reduced headings known by what was once said: they help to find the line of headings under a title."""
    connues = session.exec(select(CorrespondanceImport.colonnes).where(CorrespondanceImport.kind == kind))
    return {cle(entete) for colonnes in connues for entete in colonnes}


def empreinte(entetes: list[str]) -> str:
    """What identifies a set of headings."""
    return sha256("\n".join(sorted(filter(None, map(cle, entetes)))).encode()).hexdigest()
