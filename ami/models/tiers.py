"""Structures, persons and what each person may do."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from ami.models.base import instant, objet_json


class Structure(SQLModel, table=True):
    """A body: collectivité, organisme HLM, association, accompagnateur's firm, financeur."""

    __tablename__ = "structure"

    id: int | None = Field(default=None, primary_key=True)
    nom: str = Field(max_length=200, index=True)
    kind: str = Field(max_length=40)
    siret: str | None = Field(default=None, max_length=14, unique=True)
    rna: str | None = Field(default=None, max_length=10)
    adhesions: list[str] = objet_json(default_factory=list)  # codes of the networks it belongs to
    region: str | None = Field(default=None, max_length=80)
    commune: str | None = Field(default=None, max_length=120)
    iban: str | None = Field(default=None, max_length=34)


class Personne(SQLModel, table=True):
    """Someone we write to."""

    __tablename__ = "personne"

    id: int | None = Field(default=None, primary_key=True)
    prenom: str = Field(max_length=80)
    nom: str = Field(max_length=80)
    courriel: str = Field(max_length=254, unique=True)
    structure_id: int | None = Field(default=None, foreign_key="structure.id", index=True)

    @property
    def nom_complet(self) -> str:
        """First name then name, as a letter shows them."""
        return f"{self.prenom} {self.nom}".strip()


class Habilitation(SQLModel, table=True):
    """A role a person holds on a campagne (every dossier of it) or on one dossier."""

    __tablename__ = "habilitation"
    __table_args__ = (
        CheckConstraint("(campagne_id IS NULL) <> (dossier_id IS NULL)", name="ck_habilitation_portee"),
        CheckConstraint(
            "role IN ('porteur','accompagnateur','agent','evaluateur','membre_comite','financeur','consulte')",
            name="ck_habilitation_role",
        ),
        Index("ux_habilitation_campagne", "personne_id", "role", "campagne_id", unique=True),
        Index("ux_habilitation_dossier", "personne_id", "role", "dossier_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    personne_id: int = Field(foreign_key="personne.id", index=True)
    role: str = Field(max_length=30)
    campagne_id: int | None = Field(default=None, foreign_key="campagne.id", index=True)
    dossier_id: int | None = Field(default=None, foreign_key="dossier.id", index=True)
    depuis: datetime = instant()
    jusqu_a: datetime | None = instant(default=None, nullable=True)
