"""Who evaluates what, with which notes; committees and what they decided."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import euros, instant, objet_json


class Affectation(SQLModel, table=True):
    """An evaluator asked to read a dossier; closed by a déport, or kept to the end."""

    __tablename__ = "affectation"
    __table_args__ = (
        UniqueConstraint("dossier_id", "personne_id"),
        CheckConstraint("statut IN ('demandee','rendue','deportee','close')", name="ck_affectation_statut"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    statut: str = Field(default="demandee", max_length=10)
    demandee_le: datetime = instant()
    rendue_le: datetime | None = instant(default=None, nullable=True)
    supplementaire: bool = False  # asked beyond those the grille wants, because they disagree


class Deport(SQLModel, table=True):
    """A person who withdraws from a dossier, and why; the minutes say so."""

    __tablename__ = "deport"
    __table_args__ = (UniqueConstraint("dossier_id", "personne_id"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    motif: str = Field(sa_type=Text)
    declare_le: datetime = instant()


class Note(SQLModel, table=True):
    """One note of one evaluator on one critère; no `valeur` means not applicable."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("affectation_id", "critere"),)

    id: int | None = Field(default=None, primary_key=True)
    affectation_id: int = Field(foreign_key="affectation.id", index=True)
    critere: str = Field(max_length=60)
    # Two decimals at most: kept as hundredths, for a float note would not compare equal on both databases.
    valeur: Decimal | None = euros(default=None, nullable=True)
    commentaire: str = Field(default="", sa_type=Text)


class ScoreFige(SQLModel, table=True):
    """The score of a dossier when its evaluations were closed (out of 100, three decimals)."""

    __tablename__ = "score_fige"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", unique=True)
    total_millieme: int
    eliminatoires: int
    evaluations: int
    fige_le: datetime = instant()


class Comite(SQLModel, table=True):
    """A session of the committee: its seats, who held them, the dossiers it is to look at.

    `revision` counts its dates and places: each new one is told again. A cancelled session decides nothing.
    """

    __tablename__ = "comite"

    id: int | None = Field(default=None, primary_key=True)
    campagne_id: int = Field(foreign_key="campagne.id", index=True)
    code: str = Field(max_length=40, unique=True)
    tenue_le: datetime = instant()
    lieu: str = Field(max_length=200)
    membres: list[str] = objet_json(default_factory=list)  # the seats the règlement names
    presents: list[str] = objet_json(default_factory=list)  # the seats held that day
    sieges: dict[str, int] = objet_json(default_factory=dict)  # seat held by whom (personne.id), when it is known
    ordre_du_jour: list[int] = objet_json(default_factory=list)  # dossier.id
    revision: int = 1
    annulee_le: datetime | None = instant(default=None, nullable=True)
    annulation: str = Field(default="", sa_type=Text)  # why


class Deliberation(SQLModel, table=True):
    """What was decided on a dossier, when, by which session, and why: kept for ever, the last one counts."""

    __tablename__ = "deliberation"
    __table_args__ = (CheckConstraint("rang >= 0", name="ck_deliberation_rang"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    comite_id: int | None = Field(default=None, foreign_key="comite.id")
    acte: str = Field(max_length=40)
    decision: str = Field(max_length=40)
    rang: int = 0
    motif: str = Field(sa_type=Text)
    montant_accorde: Decimal = euros(default=Decimal(0))
    ecart: str = Field(default="", sa_type=Text)  # why it departs from the selection proposed, when it does
    tour: int | None = None  # the ballot of the session that adopted it; None when none was noted
    decide_le: datetime = instant()
