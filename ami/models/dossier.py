"""The dossier and what is laid in it before it is judged: territories, action, study, pièces, financing plan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import SujetBase, euros, instant, objet_json


class Dossier(SujetBase, table=True):
    """One application, from the first contact to the last euro."""

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("(version = 0) = (etat IS NULL)", name="ck_dossier_etat_version"),
        CheckConstraint(
            "cout_prevu >= 0 AND montant_demande >= 0 AND montant_accorde >= 0", name="ck_dossier_montants"
        ),
    )

    numero: str = Field(max_length=24, unique=True)  # a number a human can say: prefix of the campagne, then a count
    titre: str = Field(max_length=200)
    porteur_id: int | None = Field(default=None, foreign_key="structure.id", index=True)
    accompagnateur_id: int | None = Field(default=None, foreign_key="structure.id", index=True)
    reponses: dict[str, Any] = objet_json(default_factory=dict)
    cout_prevu: Decimal = euros(default=Decimal(0))
    montant_demande: Decimal = euros(default=Decimal(0))
    montant_accorde: Decimal = euros(default=Decimal(0))
    depenses_reelles: Decimal = euros(default=Decimal(0))  # of the last bilan
    base_plan: str = Field(default="", max_length=3)  # HT or TTC: what the financing plan counts in
    decision: str = Field(default="", max_length=40)  # prepared by the comité, not yet notified
    rang: int = 0
    cree_le: datetime = instant()


class DossierTerritoire(SQLModel, table=True):
    """The quartiers a dossier names, by code (kept even when no imported list knows it)."""

    __tablename__ = "dossier_territoire"

    dossier_id: int = Field(foreign_key="dossier.id", primary_key=True)
    code: str = Field(max_length=20, primary_key=True)


class ActionSensibilisation(SQLModel, table=True):
    """A seminar or meeting in a territory, planned then reported."""

    __tablename__ = "action_sensibilisation"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    kind: str = Field(max_length=40)
    prevue_le: datetime = instant()
    lieu: str = Field(max_length=200)
    publics: list[str] = objet_json(default_factory=list)
    cout_prevu: Decimal = euros()
    realisee_le: date | None = None
    presence: dict[str, int] = objet_json(default_factory=dict)
    compte_rendu: str | None = Field(default=None, sa_type=Text)
    cout_reel: Decimal | None = euros(default=None, nullable=True)
    projets: int = 0


class Invite(SQLModel, table=True):
    """Someone invited to an action."""

    __tablename__ = "invite"

    action_id: int = Field(foreign_key="action_sensibilisation.id", primary_key=True)
    personne_id: int = Field(foreign_key="personne.id", primary_key=True)


class Etude(SQLModel, table=True):
    """The préfaisabilité study of a dossier: one, with its parts."""

    __tablename__ = "etude"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", unique=True)
    cout_reel: Decimal = euros(default=Decimal(0))
    deposee_le: datetime | None = instant(default=None, nullable=True)


class VoletEtude(SQLModel, table=True):
    """One part of the study, and where it stands."""

    __tablename__ = "volet_etude"
    __table_args__ = (
        UniqueConstraint("etude_id", "volet"),
        CheckConstraint("statut IN ('depose','renvoye','valide')", name="ck_volet_etude_statut"),
    )

    id: int | None = Field(default=None, primary_key=True)
    etude_id: int = Field(foreign_key="etude.id", index=True)
    volet: str = Field(max_length=60)
    statut: str = Field(max_length=10)
    resume: str = Field(default="", sa_type=Text)
    commentaire: str = Field(default="", sa_type=Text)
    depose_le: datetime = instant()


class Piece(SQLModel, table=True):
    """A document laid in a dossier, stored by the hash of its bytes."""

    __tablename__ = "piece"
    __table_args__ = (
        UniqueConstraint("dossier_id", "code", "empreinte"),
        CheckConstraint("taille > 0", name="ck_piece_taille"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    code: str = Field(max_length=60)
    empreinte: str = Field(max_length=64, index=True)
    nom_origine: str = Field(max_length=255)
    type_reel: str = Field(max_length=100)
    taille: int
    deposee_le: datetime = instant()
    deposee_par: int | None = Field(default=None, foreign_key="personne.id")


class LignePlan(SQLModel, table=True):
    """One line of a financing plan: a use of money, or a resource with its financeur's word."""

    __tablename__ = "ligne_plan"
    __table_args__ = (
        CheckConstraint("sens IN ('emploi','ressource')", name="ck_ligne_plan_sens"),
        CheckConstraint("statut IN ('','sollicite','acquis')", name="ck_ligne_plan_statut"),
        CheckConstraint("montant >= 0", name="ck_ligne_plan_montant"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    sens: str = Field(max_length=10)
    libelle: str = Field(max_length=200)
    montant: Decimal = euros()
    financeur: str | None = Field(default=None, max_length=200)
    statut: str = Field(default="", max_length=10)
    en_nature: bool = False
    public: bool = False  # the financeur is the State, a collectivité or a public body
    eligible: bool = True  # a use of money the aids may be counted on
