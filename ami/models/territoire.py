"""Quartiers as the official lists give them, by vintage, and the evidence of where a dossier's project stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import instant, objet_json


class Territoire(SQLModel, table=True):
    """One quartier of one vintage; the same code may come again in a later vintage.

    `contour` is a valid GeoJSON Polygon or MultiPolygon, WGS84, longitude first. Its bounds are kept beside it in
    millionths of a degree, so that a search by place reads four integers per quartier and not its polygon.
    """

    __tablename__ = "territoire"
    __table_args__ = (
        UniqueConstraint("code", "millesime", "kind"),
        CheckConstraint("kind IN ('QPV','NPNRU','autre')", name="ck_territoire_kind"),
        CheckConstraint(
            "interet IS NULL OR (kind = 'NPNRU' AND interet IN ('national','regional'))", name="ck_territoire_interet"
        ),
        CheckConstraint("ouest <= est AND sud <= nord", name="ck_territoire_bornes"),
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
    interet: str | None = Field(default=None, max_length=10)  # of a NPNRU quartier: national or regional
    ouest: int | None = None
    sud: int | None = None
    est: int | None = None
    nord: int | None = None


class PreuveTerritoire(SQLModel, table=True):
    """What was found of one quartier when the place of a dossier was checked; the rows of one instant are one check.

    `kind` and `millesime` are empty when no list knew the code. `dedans` and `distance_m` (metres to the edge, inside
    as outside) are empty when there was no point, or no contour to measure it against. `designe`: the dossier is
    held to this quartier, which it names; otherwise an older list of it, or a quartier the point merely falls in. Point
    in millionths of a degree.
    """

    __tablename__ = "preuve_territoire"
    __table_args__ = (
        UniqueConstraint("dossier_id", "verifie_le", "code", "kind", "millesime"),
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="ck_preuve_territoire_point"),
        CheckConstraint("(dedans IS NULL) = (distance_m IS NULL)", name="ck_preuve_territoire_mesure"),
        CheckConstraint("distance_m >= 0", name="ck_preuve_territoire_distance"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    code: str = Field(max_length=20)
    kind: str | None = Field(default=None, max_length=10)
    millesime: int | None = None
    designe: bool
    longitude: int | None = None
    latitude: int | None = None
    dedans: bool | None = None
    distance_m: int | None = None
    empreinte: str | None = Field(default=None, max_length=64)  # of the contour measured against
    verifie_le: datetime = instant()
