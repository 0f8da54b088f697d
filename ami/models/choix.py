"""What prepares a choice: what evaluators know and declare, who is to read what, the selections imagined."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from ami.models.base import instant, objet_json


class ProfilEvaluateur(SQLModel, table=True):
    """What an evaluator knows, where, and how many dossiers they accept (None: no limit)."""

    __tablename__ = "profil_evaluateur"
    __table_args__ = (CheckConstraint("charge_max IS NULL OR charge_max >= 0", name="ck_profil_evaluateur_charge"),)

    id: int | None = Field(default=None, primary_key=True)
    personne_id: int = Field(foreign_key="personne.id", unique=True)
    competences: list[str] = objet_json(default_factory=list)
    regions: list[str] = objet_json(default_factory=list)
    charge_max: int | None = None


class Interet(SQLModel, table=True):
    """An interest a person declares, in a structure or in a commune: the dossiers it touches are not theirs to read."""

    __tablename__ = "interet"
    __table_args__ = (
        UniqueConstraint("personne_id", "structure_id", "commune"),
        CheckConstraint("(structure_id IS NULL) <> (commune IS NULL)", name="ck_interet_objet"),
    )

    id: int | None = Field(default=None, primary_key=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    structure_id: int | None = Field(default=None, foreign_key="structure.id")
    commune: str | None = Field(default=None, max_length=200)
    motif: str = Field(default="", sa_type=Text)
    declare_le: datetime = instant()


class AffectationPrevue(SQLModel, table=True):
    """Who is to read a dossier once its evaluation starts: the plan of the whole campagne, made at once."""

    __tablename__ = "affectation_prevue"
    __table_args__ = (UniqueConstraint("dossier_id", "personne_id"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    aptitude: int = 0
    prevue_le: datetime = instant()


class ScenarioSelection(SQLModel, table=True):
    """A selection imagined under some rules, kept with the data it was computed from; the comité may choose one."""

    __tablename__ = "scenario_selection"
    __table_args__ = (UniqueConstraint("campagne_id", "nom"),)

    id: int | None = Field(default=None, primary_key=True)
    campagne_id: int = Field(foreign_key="campagne.id", index=True)
    nom: str = Field(max_length=80)
    regles: dict[str, Any] = objet_json()
    proposition: dict[str, Any] = objet_json()
    donnees_empreinte: str = Field(max_length=64)  # of what it was computed from: stale when they change
    cree_le: datetime = instant()
    choisi_le: datetime | None = instant(default=None, nullable=True)
    comite_id: int | None = Field(default=None, foreign_key="comite.id")


class Vote(SQLModel, table=True):
    """What a member of the comité said of a decision on a dossier, in a session; `acte` is the one that decides.

    Never erased: a vote changed, withdrawn, or of a ballot that another one followed, says since when it no longer
    holds. `tour` numbers the ballots on one dossier: votes and consensus together.
    """

    __tablename__ = "vote"
    __table_args__ = (
        Index(
            "uq_vote_en_vigueur",
            "comite_id",
            "dossier_id",
            "acte",
            "membre",
            unique=True,
            sqlite_where=text("remplace_le IS NULL"),
            postgresql_where=text("remplace_le IS NULL"),
        ),
        CheckConstraint("sens IN ('pour','contre','abstention')", name="ck_vote_sens"),
    )

    id: int | None = Field(default=None, primary_key=True)
    comite_id: int = Field(foreign_key="comite.id", index=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    acte: str = Field(default="", max_length=40)
    tour: int = 1
    membre: str = Field(max_length=200)
    sens: str = Field(max_length=10)
    decision: str = Field(max_length=40)
    note_le: datetime = instant()
    remplace_le: datetime | None = instant(default=None, nullable=True)


class Consensus(SQLModel, table=True):
    """A decision on which everybody in the room agreed, without a vote; kept as votes are."""

    __tablename__ = "consensus"
    __table_args__ = (
        Index(
            "uq_consensus_en_vigueur",
            "comite_id",
            "dossier_id",
            "acte",
            unique=True,
            sqlite_where=text("remplace_le IS NULL"),
            postgresql_where=text("remplace_le IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    comite_id: int = Field(foreign_key="comite.id", index=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    acte: str = Field(max_length=40)
    tour: int = 1
    decision: str = Field(max_length=40)
    note_le: datetime = instant()
    remplace_le: datetime | None = instant(default=None, nullable=True)


class DeportComite(SQLModel, table=True):
    """A member who leaves the room for a dossier: they neither count nor vote for it, and the minutes say so.

    Noted when they leave; when the session decides, for a conflict found of who holds the seat.
    """

    __tablename__ = "deport_comite"
    __table_args__ = (UniqueConstraint("comite_id", "dossier_id", "membre"),)

    id: int | None = Field(default=None, primary_key=True)
    comite_id: int = Field(foreign_key="comite.id", index=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    membre: str = Field(max_length=200)
    motif: str = Field(sa_type=Text)
    note_le: datetime = instant()


class DocumentEmis(SQLModel, table=True):
    """A letter, a convention, an avenant or minutes produced, by the hash of its bytes; then the file signed."""

    __tablename__ = "document_emis"
    __table_args__ = (UniqueConstraint("genre", "reference"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int | None = Field(default=None, foreign_key="dossier.id", index=True)
    comite_id: int | None = Field(default=None, foreign_key="comite.id", index=True)
    genre: str = Field(max_length=30)
    reference: str = Field(max_length=80)
    empreinte: str = Field(max_length=64)
    donnees: dict[str, Any] = objet_json(default_factory=dict)  # what it says, in short: nature, amount, hash
    emis_le: datetime = instant()
    signe_empreinte: str | None = Field(default=None, max_length=64)
    signe_le: datetime | None = instant(default=None, nullable=True)
