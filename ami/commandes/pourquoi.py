"""`ami pourquoi NUMERO`: what a dossier waits for, on whom, since when, and what each way out lacks."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding

from ami.commandes.commun import console, maintenant, ouvrir
from ami.database import session_lecture
from ami.pourquoi import ROLES_LIBELLES, Explication, Sortie, pourquoi
from ami.queries import EcheanceOuverte, trouver_dossier
from notifications.formats import PARIS, jour
from rules.evaluation import Constat

commandes = typer.Typer()


@commandes.command("pourquoi")
def expliquer(
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier, par exemple HP26-0042.")],
    le: Annotated[
        datetime | None,
        typer.Option("--le", formats=["%Y-%m-%d"], help="Regarde comme si l'on était à midi ce jour-là (AAAA-MM-JJ)."),
    ] = None,
) -> None:
    """Dit ce qu'un dossier attend, de qui, depuis quand, et ce qui manque à chaque suite possible."""
    instant = maintenant() if le is None else le.replace(hour=12, tzinfo=PARIS)
    with session_lecture(ouvrir()) as session:
        explication = pourquoi(session, trouver_dossier(session, numero), instant)
    _entete(explication)
    for echeance in explication.echeances:
        _echeance(echeance, instant)
    _sorties(explication)


def _entete(explication: Explication) -> None:
    console.print(f"[bold]{explication.numero}[/bold]  {escape(explication.titre)}")
    console.print(f"[bold]{escape(explication.etat)}[/bold] ({escape(explication.phase)}), {_depuis(explication)}")
    if explication.explication:
        console.print(escape(explication.explication))
    console.print(_attente(explication))


def _depuis(explication: Explication) -> str:
    jours = explication.depuis_jours
    age = "aujourd'hui" if jours == 0 else f"{jours} jour" if jours == 1 else f"{jours} jours"
    return f"depuis le {jour(explication.depuis)} ({age})"


def _attente(explication: Explication) -> str:
    if explication.final:
        return "Ce dossier est arrivé au bout : plus rien n'est attendu."
    if explication.attend is None:
        return "Personne en particulier n'est attendu : le moteur avance dès que les conditions sont réunies."
    noms = f" : {', '.join(explication.attend_noms)}" if explication.attend_noms else ""
    return escape(f"On attend {ROLES_LIBELLES[explication.attend]}{noms}.")


def _echeance(echeance: EcheanceOuverte, instant: datetime) -> None:
    jours = (echeance.due_a.astimezone(PARIS).date() - instant.astimezone(PARIS).date()).days
    if echeance.depassee:
        quand = "[red]dépassée aujourd'hui[/red]" if jours == 0 else f"[red]dépassée de {-jours} jour(s)[/red]"
    else:
        quand = "aujourd'hui" if jours == 0 else f"dans {jours} jour(s)"
    qui = echeance.personne or ROLES_LIBELLES[echeance.role]
    texte = f"Échéance : {escape(echeance.libelle)}, due par {escape(qui)} le {jour(echeance.due_a)} ({quand})"
    console.print(texte)


def _sorties(explication: Explication) -> None:
    if not explication.sorties:
        return
    console.print("\n[bold]Suites possibles[/bold]")
    for sortie in explication.sorties:
        console.print(Padding(_titre(sortie), (1, 0, 0, 0)))
        for constat in sortie.constats:
            console.print(Padding(_constat(constat), (0, 0, 0, 4)))
        for libelle in sortie.a_la_saisie:
            console.print(Padding(f"· {escape(libelle)} : se vérifie au moment de l'acte", (0, 0, 0, 4)))
        if sortie.due is False:
            console.print(Padding("· sa condition n'est pas remplie pour l'instant", (0, 0, 0, 4)))


def _titre(sortie: Sortie) -> str:
    qui = "d'elle-même" if sortie.automatique else "par " + ", ".join(ROLES_LIBELLES[role] for role in sortie.roles)
    marque = "[green]✓[/green]" if sortie.ouverte else "[red]✗[/red]"
    acte = f" [dim]({sortie.acte})[/dim]" if sortie.acte else ""
    return f"{marque} [bold]{escape(sortie.libelle)}[/bold] → {escape(sortie.vers)}, {qui}{acte}"


def _constat(constat: Constat) -> str:
    if constat.satisfait:
        trouve = f" ({constat.valeur})" if constat.valeur else ""
        return f"[green]✓[/green] {escape(constat.libelle + trouve)}"
    return f"[red]✗[/red] {escape(constat.raison)} [dim]{escape(constat.article)}[/dim]"
