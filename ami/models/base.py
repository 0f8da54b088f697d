"""What every table shares: column helpers, and the sujet that the one door moves."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from notifications.columns import Euros, UTCDateTime

# Names Alembic can find again on both databases; checks are always named by hand.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def instant(**options: Any) -> Any:
    """A column holding an instant (aware, UTC)."""
    return Field(sa_type=UTCDateTime, **options)


def euros(**options: Any) -> Any:
    """A column holding Decimal euros, to the centime."""
    return Field(sa_type=Euros, **options)


def objet_json(**options: Any) -> Any:
    """A column holding JSON values."""
    return Field(sa_type=JSON, **options)


class SujetBase(SQLModel):
    """Anything a règlement gives a workflow. `etat` and `version` are written by `ami.workflow` alone.

    A sujet is born with version 0 and no état; its first move gives it one. Tables add the CHECK built by
    `controle_sujet`.
    """

    id: int | None = Field(default=None, primary_key=True)
    campagne_id: int = Field(foreign_key="campagne.id", index=True)
    etat: str | None = Field(default=None, max_length=60, index=True)
    version: int = Field(default=0)
    etat_depuis: datetime | None = instant(default=None, nullable=True)
