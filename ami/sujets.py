"""The sujets the door can move, and the small values that name them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlmodel import Session

from ami.erreurs import Introuvable
from ami.models import Dossier, Reclamation, SujetBase
from rules.evaluation import Constat

TABLES: Final[dict[str, type[SujetBase]]] = {"dossier": Dossier, "reclamation": Reclamation}


@dataclass(frozen=True)
class Sujet:
    """A reference to something that has a workflow."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Acteur:
    """Who acts: a role of the closed list, and the person behind it (None for the engine itself)."""

    role: str
    personne_id: int | None = None


SYSTEME: Final = Acteur("systeme")


@dataclass(frozen=True)
class Mouvement:
    """One passage through the door, as the journal keeps it."""

    sujet: Sujet
    seq: int
    transition: str
    de: str | None
    vers: str
    instant: datetime
    constats: list[Constat] = field(default_factory=list, compare=False)
    rejoue: bool = field(default=False, compare=False)  # the same clef had already passed


def identifiant(objet: SujetBase | object) -> int:
    """The primary key of a row already flushed.

    Raises:
        ValueError: the row has no identifier yet, a programming error.
    """
    valeur = getattr(objet, "id", None)
    if not isinstance(valeur, int):
        raise ValueError(f"{type(objet).__name__} has no id yet: flush before naming it")
    return valeur


def sujet_de(ligne: SujetBase) -> Sujet:
    """The reference of a sujet's row."""
    kind = next(kind for kind, table in TABLES.items() if isinstance(ligne, table))
    return Sujet(kind, identifiant(ligne))


def charger_sujet(session: Session, sujet: Sujet) -> SujetBase:
    """The row of a sujet, as the database has it now.

    Raises:
        Introuvable: no such sujet.
    """
    table = TABLES.get(sujet.kind)
    ligne = session.get(table, sujet.id, populate_existing=True) if table is not None else None
    if ligne is None:
        raise Introuvable(f"Aucun {sujet.kind} ne porte l'identifiant {sujet.id}.")
    return ligne


def dossier_de(session: Session, ligne: SujetBase) -> Dossier:
    """The dossier a sujet is about: itself, or the one it names."""
    if isinstance(ligne, Dossier):
        return ligne
    dossier = session.get(Dossier, getattr(ligne, "dossier_id", None))
    if dossier is None:
        raise Introuvable("Ce sujet ne se rapporte à aucun dossier.")
    return dossier
