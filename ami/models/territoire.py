"""Quartiers as the official lists give them, by vintage."""

from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import objet_json


class Territoire(SQLModel, table=True):
    """One quartier of one vintage; the same code may come again in a later vintage."""

    __tablename__ = "territoire"
    __table_args__ = (
        UniqueConstraint("code", "millesime", "kind"),
        CheckConstraint("kind IN ('QPV','NPNRU','autre')", name="ck_territoire_kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=20, index=True)
    millesime: int
    kind: str = Field(max_length=10)
    nom: str = Field(max_length=200)
    commune: str = Field(max_length=200)
    departement: str | None = Field(default=None, max_length=3)
    region: str | None = Field(default=None, max_length=80)
    contour: dict[str, Any] | None = objet_json(default=None, nullable=True)
