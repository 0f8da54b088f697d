"""Every euro: conventions, engagements, payments and what comes back."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import euros, instant


class Convention(SQLModel, table=True):
    """A convention signed for one nature of aid."""

    __tablename__ = "convention"
    __table_args__ = (UniqueConstraint("dossier_id", "nature"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    nature: str = Field(max_length=30)
    reference: str = Field(max_length=60)
    signee_le: date
    montant: Decimal = euros()


class Engagement(SQLModel, table=True):
    """Money set aside for a dossier on an enveloppe, and what became of it.

    `paye - reverse + libere <= engage` at every instant; they are equal once the dossier is closed.
    """

    __tablename__ = "engagement"
    __table_args__ = (
        UniqueConstraint("dossier_id", "enveloppe_id", "rang"),
        CheckConstraint(
            "engage > 0 AND paye >= 0 AND libere >= 0 AND reverse >= 0 AND a_reverser >= 0",
            name="ck_engagement_signes",
        ),
        CheckConstraint("paye - reverse + libere <= engage", name="ck_engagement_solde"),
        CheckConstraint("reverse + a_reverser <= paye", name="ck_engagement_reversement"),
    )

    id: int | None = Field(default=None, primary_key=True)
    enveloppe_id: int = Field(foreign_key="enveloppe.id", index=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    nature: str = Field(max_length=30)
    rang: int = 1  # a dossier that lost its place and got it again is engaged a second time
    engage: Decimal = euros()
    paye: Decimal = euros(default=Decimal(0))
    libere: Decimal = euros(default=Decimal(0))
    reverse: Decimal = euros(default=Decimal(0))
    a_reverser: Decimal = euros(default=Decimal(0))
    engage_le: datetime = instant()


class Liberation(SQLModel, table=True):
    """Money engaged that went back to its enveloppe, and when: what `Engagement.libere` sums."""

    __tablename__ = "liberation"
    __table_args__ = (CheckConstraint("montant > 0", name="ck_liberation_montant"),)

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int = Field(foreign_key="engagement.id", index=True)
    sujet_version: int  # version of the dossier that caused it
    montant: Decimal = euros()
    libere_le: datetime = instant()


class Versement(SQLModel, table=True):
    """A movement of money on an engagement: out (`montant` > 0) or back (`motif` reversement, `montant` < 0)."""

    __tablename__ = "versement"
    __table_args__ = (
        UniqueConstraint("engagement_id", "sujet_version"),
        CheckConstraint("(motif = 'reversement') = (montant < 0) AND montant <> 0", name="ck_versement_sens"),
        CheckConstraint(
            "motif IN ('acompte','intermediaire','solde','unique','reversement')", name="ck_versement_motif"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int = Field(foreign_key="engagement.id", index=True)
    sujet_version: int  # version of the dossier that caused it
    motif: str = Field(max_length=20)
    montant: Decimal = euros()
    ordonne_le: datetime = instant()
