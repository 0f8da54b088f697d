"""What surrounds a dossier: partners and their word, views asked, revues, hearings, spending, avenants, readings."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import euros, instant


class Partenaire(SQLModel, table=True):
    """A body that takes part in a dossier beside its porteur, and whether its commitment is signed.

    `apport` is what it brings (euros, in cash); `contact_id` is whom to write to.
    """

    __tablename__ = "partenaire"
    __table_args__ = (
        UniqueConstraint("dossier_id", "structure_id", "qualite"),
        CheckConstraint(
            "qualite IN ('co_candidat','partenaire','co_investisseur','societe_projet')", name="ck_partenaire_qualite"
        ),
        CheckConstraint("apport >= 0", name="ck_partenaire_apport"),
        CheckConstraint("(signe_le IS NULL) = (reference IS NULL)", name="ck_partenaire_signature"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    structure_id: int = Field(foreign_key="structure.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="personne.id")
    qualite: str = Field(max_length=20)
    apport: Decimal = euros(default=Decimal(0))
    signe_le: date | None = None
    reference: str | None = Field(default=None, max_length=60)


class Avis(SQLModel, table=True):
    """A view asked of someone who does not decide, and their answer; a confidential one is for staff and the comité."""

    __tablename__ = "avis"
    __table_args__ = (
        CheckConstraint("sens IN ('','favorable','reserve','defavorable')", name="ck_avis_sens"),
        CheckConstraint("(rendu_le IS NULL) = (sens = '')", name="ck_avis_rendu"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    question: str = Field(default="", sa_type=Text)
    demande_le: datetime = instant()
    rendu_le: datetime | None = instant(default=None, nullable=True)
    sens: str = Field(default="", max_length=12)
    texte: str = Field(default="", sa_type=Text)
    reserves: str = Field(default="", sa_type=Text)  # conditions a favourable view is subject to, one per line
    confidentiel: bool = False


class DemandePiece(SQLModel, table=True):
    """One thing staff asked for: a pièce of the règlement (`code`), or the answer to a question (no code).

    `texte` is the label or the question as it was asked; answered (`repondue_le`) or still awaited.
    """

    __tablename__ = "demande_piece"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    code: str = Field(default="", max_length=60)
    texte: str = Field(sa_type=Text)
    demandee_le: datetime = instant()
    demandee_par: int | None = Field(default=None, foreign_key="personne.id")
    avant_le: date
    repondue_le: datetime | None = instant(default=None, nullable=True)
    reponse: str = Field(default="", sa_type=Text)


class Revue(SQLModel, table=True):
    """A revue de projet: what it decided, under which conditions, and when the next one is due."""

    __tablename__ = "revue"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    tenue_le: date
    decision: str = Field(max_length=40)
    conditions: str = Field(default="", sa_type=Text)
    prochaine_le: date | None = None
    notee_le: datetime = instant()


class Audition(SQLModel, table=True):
    """The porteur was heard by the jury."""

    __tablename__ = "audition"

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    tenue_le: date
    compte_rendu: str = Field(sa_type=Text)
    notee_le: datetime = instant()


class ExamenParticipation(SQLModel, table=True):
    """What was decided of a co-investment in own funds: the last one counts, all stay written."""

    __tablename__ = "examen_participation"
    __table_args__ = (CheckConstraint("montant >= 0 AND capital >= 0", name="ck_examen_participation_montants"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    comite_id: int | None = Field(default=None, foreign_key="comite.id")
    decision: str = Field(max_length=40)
    motif: str = Field(sa_type=Text)
    montant: Decimal = euros(default=Decimal(0))
    capital: Decimal = euros(default=Decimal(0))  # the own funds the participation would be a part of
    examine_le: datetime = instant()
    tour: int | None = None  # the ballot of the session that adopted it; None when none was noted


class Avenant(SQLModel, table=True):
    """A change to a convention: the aid's new total, never above the former one, and its new end."""

    __tablename__ = "avenant"
    __table_args__ = (
        UniqueConstraint("dossier_id", "reference"),
        CheckConstraint("montant >= 0", name="ck_avenant_montant"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    nature: str = Field(max_length=30)
    reference: str = Field(max_length=60)
    signe_le: date
    montant: Decimal = euros()
    fin: date
    motif: str = Field(sa_type=Text)


class DepenseDeclaree(SQLModel, table=True):
    """Eligible spending declared for one nature of aid, since the beginning: the last one counts."""

    __tablename__ = "depense_declaree"
    __table_args__ = (CheckConstraint("montant >= 0", name="ck_depense_declaree_montant"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    nature: str = Field(max_length=30)
    montant: Decimal = euros()
    commentaire: str = Field(default="", sa_type=Text)
    declaree_le: datetime = instant()


class ReleveIndicateur(SQLModel, table=True):
    """The value of one indicator on one day."""

    __tablename__ = "releve_indicateur"
    __table_args__ = (UniqueConstraint("dossier_id", "indicateur", "releve_le"),)

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    indicateur: str = Field(max_length=60)
    releve_le: date
    # Two decimals at most: kept as hundredths, like the notes.
    valeur: Decimal = euros()
    commentaire: str = Field(default="", sa_type=Text)
    note_le: datetime = instant()
