"""Alembic's entry point: it migrates the connection it is given, or the installation's database."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, types
from sqlmodel import SQLModel

import ami.models  # noqa: F401 - registers the tables
from ami.database import creer_engine
from ami.settings import Settings
from notifications.columns import Euros, UTCDateTime


def rendre_type(kind: str, objet: Any, _autogen: Any) -> str | Literal[False]:
    """Write plain types in migrations: they must keep their meaning when our column classes change."""
    if kind != "type":
        return False
    if isinstance(objet, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(objet, Euros):
        return "sa.BigInteger()"
    if isinstance(objet, types.TypeDecorator) and isinstance(objet.impl, types.String):
        return f"sa.String(length={objet.impl.length})"
    return False


def migrer_connexion(connexion: Connection) -> None:
    """Run the migrations on an open connection; its owner commits."""
    context.configure(
        connection=connexion,
        target_metadata=SQLModel.metadata,
        render_item=rendre_type,
        render_as_batch=connexion.dialect.name == "sqlite",
    )
    context.run_migrations()


def executer() -> None:
    """Use the caller's connection, or open the installation's."""
    connexion: Connection | None = context.config.attributes.get("connection")
    if connexion is not None:
        migrer_connexion(connexion)
        return
    with creer_engine(Settings()).begin() as ouverte:
        migrer_connexion(ouverte)


executer()
