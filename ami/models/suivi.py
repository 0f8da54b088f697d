"""The memory of the door: journal, constats, échéances, refusals, incidents, seals, réclamations."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import SujetBase, instant, objet_json


class Journal(SQLModel, table=True):
    """One line per move, hash-chained per sujet; triggers forbid UPDATE and DELETE.

    Only identifiers and salted digests live here: erasing a person leaves the chain valid.
    `seq` is the sujet's version after the move, so this table is the optimistic lock as well.
    """

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("sujet_kind", "sujet_id", "seq"),
        UniqueConstraint("clef"),
        CheckConstraint("seq > 0", name="ck_journal_seq"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sujet_kind: str = Field(max_length=30)
    sujet_id: int
    seq: int
    instant: datetime = instant()
    acteur_id: int | None = None
    acteur_role: str = Field(max_length=30)
    transition: str = Field(max_length=60)
    de: str | None = Field(default=None, max_length=60)
    vers: str = Field(max_length=60)
    constats_empreinte: str = Field(max_length=64)
    donnees_empreinte: str = Field(max_length=64)
    clef: str | None = Field(default=None, max_length=120)
    precedent: str = Field(max_length=64)
    empreinte: str = Field(max_length=64)


class JournalDetail(SQLModel, table=True):
    """What the journal only digests: the data of the act and the salt. Erased with the person, the chain stays."""

    __tablename__ = "journal_detail"
    __table_args__ = (UniqueConstraint("sujet_kind", "sujet_id", "seq"),)

    id: int | None = Field(default=None, primary_key=True)
    sujet_kind: str = Field(max_length=30)
    sujet_id: int
    seq: int
    sel: str = Field(max_length=64)
    donnees: dict[str, Any] = objet_json(default_factory=dict)


class ConstatLigne(SQLModel, table=True):
    """One guard looked at during a move: value found, threshold, outcome."""

    __tablename__ = "constat"

    id: int | None = Field(default=None, primary_key=True)
    sujet_kind: str = Field(max_length=30, index=True)
    sujet_id: int = Field(index=True)
    seq: int
    regle: str = Field(max_length=60)
    article: str = Field(max_length=200)
    libelle: str = Field(sa_type=Text)
    valeur: str = Field(sa_type=Text)
    seuil: str = Field(sa_type=Text)
    satisfait: bool
    raison: str = Field(sa_type=Text)
    defaut: str = Field(default="bloquant", max_length=15)  # what not being met means: a warning stopped nothing


class Echeance(SQLModel, table=True):
    """An act awaited from a role (or a person) until an instant."""

    __tablename__ = "echeance"
    __table_args__ = (UniqueConstraint("sujet_kind", "sujet_id", "code", "personne_id", "ouverte_seq"),)

    id: int | None = Field(default=None, primary_key=True)
    sujet_kind: str = Field(max_length=30, index=True)
    sujet_id: int = Field(index=True)
    campagne_id: int = Field(foreign_key="campagne.id", index=True)
    code: str = Field(max_length=60)
    acte: str = Field(max_length=60)
    role: str = Field(max_length=30)
    personne_id: int | None = Field(default=None, foreign_key="personne.id")
    ouverte_le: datetime = instant()
    ouverte_seq: int
    due_a: datetime = instant(index=True)
    fermee_le: datetime | None = instant(default=None, nullable=True)
    fermee_par: str | None = Field(default=None, max_length=60)  # transition that closed it


class RelanceEmise(SQLModel, table=True):
    """A reminder already issued, or passed over because a later one mattered more; each once."""

    __tablename__ = "relance_emise"
    __table_args__ = (
        UniqueConstraint("echeance_id", "code"),
        CheckConstraint("issue IN ('envoyee','passee')", name="ck_relance_emise_issue"),
    )

    id: int | None = Field(default=None, primary_key=True)
    echeance_id: int = Field(foreign_key="echeance.id", index=True)
    code: str = Field(max_length=60)
    issue: str = Field(max_length=10)
    prevue_a: datetime = instant()
    emise_le: datetime = instant()


class Refus(SQLModel, table=True):
    """A refusal worth remembering, written by the edge in its own transaction after the rollback."""

    __tablename__ = "refus"

    id: int | None = Field(default=None, primary_key=True)
    instant: datetime = instant()
    acteur_id: int | None = None
    acteur_role: str = Field(max_length=30)
    sujet_kind: str = Field(max_length=30)
    sujet_id: int | None = None
    acte: str = Field(max_length=60)
    raison: str = Field(sa_type=Text)


class Incident(SQLModel, table=True):
    """A sujet a sweep had to set aside, with the reason; the sweep tries it again and closes it when it passes."""

    __tablename__ = "incident"
    __table_args__ = (UniqueConstraint("sujet_kind", "sujet_id", "origine"),)

    id: int | None = Field(default=None, primary_key=True)
    sujet_kind: str = Field(max_length=30)
    sujet_id: int
    origine: str = Field(max_length=60)
    raison: str = Field(sa_type=Text)
    vu_le: datetime = instant()
    fois: int = 1
    resolu_le: datetime | None = instant(default=None, nullable=True)


class Sceau(SQLModel, table=True):
    """The daily seal: Merkle root over the heads of all chains, and how many there were. Also kept outside."""

    __tablename__ = "sceau"

    id: int | None = Field(default=None, primary_key=True)
    jour: str = Field(max_length=10, unique=True)  # ISO date, legal time
    instant: datetime = instant()
    racine: str = Field(max_length=64)
    nombre: int
    lignes: int


class Reclamation(SujetBase, table=True):
    """A complaint on a dossier; it has a workflow of its own in the règlement."""

    __tablename__ = "reclamation"
    __table_args__ = (CheckConstraint("(version = 0) = (etat IS NULL)", name="ck_reclamation_etat_version"),)

    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    auteur_id: int = Field(foreign_key="personne.id")
    objet: str = Field(max_length=200)
    texte: str = Field(sa_type=Text)
    reponse: str | None = Field(default=None, sa_type=Text)
    suite: str | None = Field(default=None, max_length=20)
    recue_le: datetime = instant()
