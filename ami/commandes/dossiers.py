"""`ami dossiers`: the list of them, and one whole."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant
from ami.commandes.regard import Par, Role, regarder
from ami.fiche import Fiche, fiche
from ami.pourquoi import ROLES_LIBELLES
from ami.queries import ResumeDossier, lister_campagnes, lister_dossiers
from ami.regards import OPERATEUR
from notifications.formats import PARIS

commandes = typer.Typer(name="dossiers", help="Les dossiers : les lister, en lire un.", no_args_is_help=True)


@commandes.callback()
def dossiers() -> None:
    """Les dossiers : les lister, en lire un."""


@commandes.command("lister")
def lister(
    campagne: Annotated[str | None, typer.Option("--campagne", help="Code d'une campagne ; toutes sinon.")] = None,
    etat: Annotated[str | None, typer.Option("--etat", help="Code d'un état du règlement.")] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="Code d'une phase du règlement.")] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Montre les dossiers : numéro, titre, état, depuis combien de jours, qui est attendu.

    À qui mène la campagne : le nombre de points signalés par le règlement, qui n'arrêtent rien et restent à regarder.
    """
    instant = maintenant()
    with regarder(par, role, "lister les dossiers") as (session, regard):
        if campagne:
            choisies = [trouver_campagne(session, campagne)]
        else:
            # Their names hide nothing; what is read of each is filtered below.
            choisies = [c for c, _ in lister_campagnes(session, OPERATEUR)]
        trouves = [d for c in choisies for d in lister_dossiers(session, regard, c, etat=etat, phase=phase)]
    signales = any(dossier.a_regarder for dossier in trouves)
    tableau = Table("Numéro", "Projet", "État", "Jours", "On attend", *(["À regarder"] if signales else []))
    for dossier in trouves:
        jours = (instant.astimezone(PARIS).date() - dossier.depuis.astimezone(PARIS).date()).days
        points = [str(dossier.a_regarder or "")] if signales else []
        projet, etat_dit = escape(dossier.titre), escape(dossier.etat_libelle)
        tableau.add_row(dossier.numero, projet, etat_dit, str(jours), _attendu(dossier), *points)
    console.print(tableau if trouves else "Aucun dossier.")


@commandes.command("montrer")
def montrer(
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier, par exemple HP26-0042.")],
    en_json: Annotated[bool, typer.Option("--json", help="Tout, en JSON, pour un autre programme.")] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Montre un dossier tel que la personne peut le voir, avec sa version, que demande « ami agir --version »."""
    with regarder(par, role, "lire un dossier") as (session, regard):
        trouvee = fiche(session, regard, numero)
    if en_json:
        typer.echo(json.dumps(asdict(trouvee), ensure_ascii=False, indent=2))
    else:
        _montrer(trouvee)


def _montrer(trouvee: Fiche) -> None:
    console.print(f"[bold]{trouvee.numero}[/bold]  {escape(trouvee.titre)}")
    phase = f" ({escape(trouvee.phase)})" if trouvee.phase else ""
    console.print(f"[bold]{escape(trouvee.etat)}[/bold]{phase}, version {trouvee.version}")
    for rubrique in trouvee.rubriques:
        console.print(f"\n[bold]{rubrique.titre}[/bold]")
        for quoi, dit in rubrique.lignes:
            console.print(f"{escape(quoi)} : {escape(dit)}", soft_wrap=True)


def _attendu(dossier: ResumeDossier) -> str:
    return ROLES_LIBELLES[dossier.attend] if dossier.attend else "–"
