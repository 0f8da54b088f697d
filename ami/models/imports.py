"""What imports remember from one file to the next."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from ami.models.base import instant, objet_json


class CorrespondanceImport(SQLModel, table=True):
    """Which column of a file is which field, as somebody said once for a kind of import and a set of headings."""

    __tablename__ = "correspondance_import"
    __table_args__ = (UniqueConstraint("kind", "empreinte"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    empreinte: str = Field(max_length=64)  # of the reduced headings, whatever their order
    colonnes: dict[str, str] = objet_json(default_factory=dict)  # heading as typed: field, code, or "-" to leave aside
    memorisee_le: datetime = instant()
