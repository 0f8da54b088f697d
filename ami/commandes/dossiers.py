"""`ami dossiers`: the list of them."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.database import session_lecture
from ami.pourquoi import ROLES_LIBELLES
from ami.queries import ResumeDossier, lister_campagnes, lister_dossiers
from notifications.formats import PARIS

commandes = typer.Typer(name="dossiers", help="Les dossiers : les lister.", no_args_is_help=True)


@commandes.callback()
def dossiers() -> None:
    """Les dossiers : les lister."""


@commandes.command("lister")
def lister(
    campagne: Annotated[str | None, typer.Option("--campagne", help="Code d'une campagne ; toutes sinon.")] = None,
    etat: Annotated[str | None, typer.Option("--etat", help="Code d'un état du règlement.")] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="Code d'une phase du règlement.")] = None,
) -> None:
    """Montre les dossiers : numéro, titre, état, depuis combien de jours, qui est attendu."""
    instant = maintenant()
    with session_lecture(ouvrir()) as session:
        choisies = [trouver_campagne(session, campagne)] if campagne else [c for c, _ in lister_campagnes(session)]
        trouves = [d for c in choisies for d in lister_dossiers(session, c, etat=etat, phase=phase)]
    tableau = Table("Numéro", "Projet", "État", "Jours", "On attend")
    for dossier in trouves:
        jours = (instant.astimezone(PARIS).date() - dossier.depuis.astimezone(PARIS).date()).days
        tableau.add_row(
            dossier.numero, escape(dossier.titre), escape(dossier.etat_libelle), str(jours), _attendu(dossier)
        )
    console.print(tableau if trouves else "Aucun dossier.")


def _attendu(dossier: ResumeDossier) -> str:
    return ROLES_LIBELLES[dossier.attend] if dossier.attend else "–"
