"""`ami reglement`: check a règlement file before it is used, draw it, write the page a jurist proofreads."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ami.commandes.commun import console, console_erreurs
from ami.fichiers import remplacer
from ami.page_reglement import page_reglement
from notifications.catalogue import CATALOGUE
from rules.chargement import charger
from rules.rapport import presenter
from rules.schema import dessiner, tableau
from rules.verification import verifier

commandes = typer.Typer(
    name="reglement", help="Les règlements : les vérifier, les dessiner, les faire relire.", no_args_is_help=True
)
Fichier = Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier YAML du règlement.")]


class Forme(StrEnum):
    """How a workflow is drawn."""

    MERMAID = "mermaid"
    TABLEAU = "tableau"


@commandes.command("verifier")
def verifier_reglement(
    fichier: Fichier,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse aussi les avertissements.")] = False,
) -> None:
    """Dit tout ce qui ne va pas dans un règlement : fichier, ligne, raison, remède. Code 1 s'il est refusé."""
    charge = charger(fichier)
    defauts = verifier(charge, messages_connus=CATALOGUE.keys())
    graves = [defaut for defaut in defauts if strict or defaut.gravite == "erreur"]
    if defauts:
        console_erreurs.print(presenter(defauts), markup=False, soft_wrap=True)
    if graves:
        raise typer.Exit(1)
    programme = charge.reglement.programme
    console.print(f"{programme.nom}, version {programme.version} : règlement utilisable.", markup=False)
    console.print(f"Empreinte : {charge.empreinte}")


@commandes.command("schema")
def dessiner_reglement(
    fichier: Fichier,
    forme: Annotated[Forme, typer.Option("--forme", help="mermaid (diagramme) ou tableau (terminal).")] = Forme.MERMAID,
) -> None:
    """Dessine les états et les transitions, tels que le fichier les déclare."""
    reglement = charger(fichier).reglement
    # print, not the console: a diagram is copied into a file, it must not be wrapped to the terminal.
    typer.echo(tableau(reglement) if forme is Forme.TABLEAU else dessiner(reglement))


@commandes.command("page")
def ecrire_la_page(
    fichier: Fichier,
    sortie: Annotated[
        Path | None, typer.Option("--sortie", help="Le fichier HTML à écrire ; à défaut, le nom du règlement en .html.")
    ] = None,
) -> None:
    """Écrit le règlement en français sur une page HTML, à faire relire par un juriste. Code 1 s'il est refusé."""
    charge = charger(fichier)
    graves = [d for d in verifier(charge, messages_connus=CATALOGUE.keys()) if d.gravite == "erreur"]
    if graves:
        console_erreurs.print(presenter(graves), markup=False, soft_wrap=True)
        raise typer.Exit(1)
    vers = sortie if sortie is not None else Path(f"{fichier.stem}.html")
    titres = {code: message.libelle for code, message in CATALOGUE.items()}
    remplacer(vers, page_reglement(charge, titres).encode())
    console.print(f"Page écrite : {vers}", markup=False, soft_wrap=True)
