"""Programmes, the règlements kept with their content, campagnes and their enveloppes."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import euros, instant


class VersionReglement(SQLModel, table=True):
    """A règlement as it was read: content kept whole, found by its hash, never changed."""

    __tablename__ = "version_reglement"

    id: int | None = Field(default=None, primary_key=True)
    programme: str = Field(max_length=60, index=True)
    version: str = Field(max_length=40)
    empreinte: str = Field(max_length=64, unique=True)
    texte: str = Field(sa_type=Text)
    charge_le: datetime = instant()


class Campagne(SQLModel, table=True):
    """One opening of a programme. It pins the version of the règlement its dossiers run under."""

    __tablename__ = "campagne"
    __table_args__ = (
        CheckConstraint("cloture > ouverture", name="ck_campagne_dates"),
        CheckConstraint("places >= 0 AND compteur >= 0", name="ck_campagne_compteurs"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    nom: str = Field(max_length=200)
    version_reglement_id: int = Field(foreign_key="version_reglement.id")
    ouverture: datetime = instant()
    cloture: datetime = instant()
    fin: datetime | None = instant(default=None, nullable=True)
    places: int = 0
    prefixe: str = Field(max_length=12, unique=True)
    compteur: int = 0  # last dossier number given
    courriel_suivi: str | None = Field(default=None, max_length=254)  # where staff's own copies go
    courriel_expediteur: str | None = Field(default=None, max_length=254)  # the organisme's contact when absent
    convention_reattribution: str | None = Field(default=None, max_length=200)  # reference allowing to re-grant


class Enveloppe(SQLModel, table=True):
    """The money of a campagne for one nature, from one financeur; `engage_net` is kept by the engagements alone."""

    __tablename__ = "enveloppe"
    __table_args__ = (
        UniqueConstraint("campagne_id", "nature", "financeur_id"),
        CheckConstraint("montant >= 0 AND engage_net >= 0 AND engage_net <= montant", name="ck_enveloppe_solde"),
    )

    id: int | None = Field(default=None, primary_key=True)
    campagne_id: int = Field(foreign_key="campagne.id", index=True)
    financeur_id: int = Field(foreign_key="structure.id")
    nature: str = Field(max_length=30)
    montant: Decimal = euros()
    reserve_champ: str = Field(default="", max_length=20)  # region, territoire or axe: an earmark, "" when open to all
    reserve_valeur: str = Field(default="", max_length=80)
    engage_net: Decimal = euros(default=Decimal(0))
