"""`ami pourquoi NUMERO`: what a dossier waits for, on whom, since when, what each way out lacks; and its whole past."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from sqlmodel import Session

from ami.commandes.commun import JOURS, a_l_instant, console
from ami.commandes.qui import sujet_de_numero
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import Introuvable
from ami.models import SujetBase
from ami.passe import Etape, passe
from ami.pourquoi import ROLES_LIBELLES, Explication, Sortie, pourquoi
from ami.queries import EcheanceOuverte, trouver_dossier
from ami.regards import Regard
from ami.sujets import charger_sujet
from notifications.formats import PARIS, jour
from rules.evaluation import Constat
from rules.mots_effets import titre_du_role

commandes = typer.Typer()


@commandes.command("pourquoi")
def expliquer(
    numero: Annotated[
        str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier, par exemple HP26-0042, ou « reclamation:3 ».")
    ],
    le: Annotated[
        datetime | None,
        typer.Option("--le", formats=JOURS, help="Regarde comme si l'on était à midi ce jour-là (JJ/MM/AAAA)."),
    ] = None,
    sans_passe: Annotated[bool, typer.Option("--sans-passe", help="Ne montre que le présent.")] = False,
    complet: Annotated[
        bool, typer.Option("--complet", help="Montre aussi ce qui a été vérifié aux actes des personnes.")
    ] = False,
    en_json: Annotated[bool, typer.Option("--json", help="Tout, en JSON, pour un autre programme.")] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Dit ce qu'un dossier attend, de qui, depuis quand, ce qui manque à chaque suite, et tout ce qui s'est passé."""
    instant = a_l_instant(le)
    with regarder(par, role, "lire un dossier") as (session, regard):
        ligne = _trouver(session, regard, numero)
        explication, etapes = pourquoi(session, regard, ligne, instant), passe(session, regard, ligne)
    if en_json:
        contenu = {**asdict(explication), "passe": [asdict(etape) for etape in etapes]}
        typer.echo(json.dumps(contenu, ensure_ascii=False, indent=2, default=_iso))
        return
    _entete(explication)
    for echeance in explication.echeances:
        _echeance(echeance, instant)
    for reclamation in explication.reclamations:
        console.print(f"Réclamation : {escape(reclamation)}")
    _sorties(explication)
    if not sans_passe:
        _passe(etapes, complet=complet)


def _trouver(session: Session, regard: Regard, numero: str) -> SujetBase:
    """The sujet of a number: a dossier as people say it, « reclamation:3 » for the rest."""
    if ":" not in numero:
        return trouver_dossier(session, regard, numero)
    try:
        return charger_sujet(session, sujet_de_numero(session, numero))
    except Introuvable as absent:
        if not regard.operateur:
            raise
        raise Introuvable(f"« {numero} » n'existe pas. Un dossier se demande par son numéro.") from absent


def _iso(valeur: object) -> str:
    return valeur.astimezone(PARIS).isoformat() if isinstance(valeur, datetime) else str(valeur)


def _entete(explication: Explication) -> None:
    console.print(f"[bold]{explication.numero}[/bold]  {escape(explication.titre)}")
    phase = f" ({escape(explication.phase)})" if explication.phase else ""
    console.print(f"[bold]{escape(explication.etat)}[/bold]{phase}, {_depuis(explication)}")
    if explication.explication:
        console.print(escape(explication.explication))
    console.print(_attente(explication))


def _depuis(explication: Explication) -> str:
    jours = explication.depuis_jours
    age = "aujourd'hui" if jours == 0 else f"{jours} jour" if jours == 1 else f"{jours} jours"
    return f"depuis le {jour(explication.depuis)} ({age})"


def _attente(explication: Explication) -> str:
    if explication.final:
        return "C'est la fin du chemin : plus rien n'est attendu."
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
    return f"{_croix(constat)} {escape(constat.raison)} [dim]{escape(constat.article)}[/dim]"


def _croix(constat: Constat) -> str:
    """What marks a condition not met: a warning stands in nobody's way."""
    return "[yellow]![/yellow] Avertissement, sans bloquer :" if constat.passe else "[red]✗[/red]"


def _passe(etapes: tuple[Etape, ...], *, complet: bool) -> None:
    console.print("\n[bold]Ce qui s'est passé[/bold]")
    for etape in etapes:
        console.print(_etape(etape))
        if etape.motif:
            console.print(Padding(f"Motif : {escape(etape.motif)}", (0, 0, 0, 4)))
        for constat in etape.constats if complet or etape.automatique else ():
            console.print(Padding(_constat_passe(constat), (0, 0, 0, 4)))


def _etape(etape: Etape) -> str:
    local = etape.instant.astimezone(PARIS)
    chemin = f"{etape.de or 'création'} → {etape.vers}" if etape.avance else f"reste « {etape.vers} »"
    qui = (
        f"{etape.auteur} ({titre_du_role(etape.role)})" if etape.auteur else ROLES_LIBELLES.get(etape.role, etape.role)
    )
    return f"{local:%d/%m/%Y %H:%M}  [bold]{escape(etape.transition)}[/bold] ({escape(chemin)}), par {escape(qui)}"


def _constat_passe(constat: Constat) -> str:
    marque = "[green]✓[/green]" if constat.satisfait else _croix(constat)
    trouve = [f"trouvé : {constat.valeur}"] if constat.valeur else []
    trouve += [f"seuil : {constat.seuil}"] if constat.seuil else []
    detail = f" ({' ; '.join(trouve)})" if trouve else ""
    return f"{marque} {escape(constat.raison or constat.libelle)}{escape(detail)} [dim]{escape(constat.article)}[/dim]"
