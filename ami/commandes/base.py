"""`ami base`: the schema of the database and its health."""

from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel

from ami.commandes.commun import console, ouvrir, reglages
from ami.database import migrer, revision_actuelle, revision_attendue, session_lecture
from notifications.database import avertissement_sqlite, lecture_seule

commandes = typer.Typer(name="base", help="La base de données : son schéma, son état.", no_args_is_help=True)


@commandes.command("migrer")
def migrer_base() -> None:
    """Amène le schéma à la dernière révision. Sans effet s'il y est déjà ; sauvegardez d'abord."""
    engine = ouvrir(migree=False)
    avant = revision_actuelle(engine)
    migrer(engine)
    apres = revision_actuelle(engine)
    deja = "déjà à jour" if avant == apres else f"{avant or 'base neuve'} → {apres}"
    console.print(f"Schéma de la base : {deja} (révision {apres}).")


@commandes.command("etat")
def etat_base(
    complet: Annotated[bool, typer.Option("--complet", help="Compte les lignes de chaque table.")] = False,
) -> None:
    """Montre l'adresse, la révision et la santé de la base. Code 1 quand quelque chose est à corriger."""
    engine = ouvrir(migree=False)
    actuelle, attendue = revision_actuelle(engine), revision_attendue()
    console.print(f"Base      : {make_url(reglages().base).render_as_string(hide_password=True)}", markup=False)
    console.print(f"Révision  : {actuelle or 'aucune (base neuve)'} ; attendue : {attendue}", markup=False)
    sante = _sante(engine)
    console.print(f"Intégrité : {sante}")
    if avertissement := _avertissement(engine):
        console.print(f"Attention : {avertissement}")
    if complet and actuelle == attendue:
        with session_lecture(engine) as session:
            console.print(_comptes(session))
    if actuelle != attendue:
        console.print("À faire   : « ami base migrer ».")
    if actuelle != attendue or sante != "bonne":
        raise typer.Exit(1)


def _sante(engine: Engine) -> str:
    """SQLite can tell that its file is damaged; PostgreSQL answers or does not."""
    with lecture_seule(engine).connect() as connexion:
        if engine.dialect.name != "sqlite":
            connexion.execute(text("SELECT 1"))
            return "bonne"
        dit = str(connexion.execute(text("PRAGMA quick_check")).scalar())
    return "bonne" if dit == "ok" else dit


def _avertissement(engine: Engine) -> str | None:
    return avertissement_sqlite() if engine.dialect.name == "sqlite" else None


def _comptes(session: Session) -> Table:
    tableau = Table("Table", "Lignes")
    tableau.columns[1].justify = "right"
    for table in SQLModel.metadata.sorted_tables:
        nombre = session.execute(select(func.count()).select_from(table)).scalar_one()
        tableau.add_row(table.name, str(nombre))
    return tableau
