"""`ami reglement`: check règlement files, draw one, help editors to write them, write the page a jurist proofreads."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ami.commandes.commun import console, console_erreurs
from ami.fichiers import remplacer
from ami.page_reglement import page_reglement
from notifications.catalogue import CATALOGUE
from rules.chargement import ReglementCharge, charger
from rules.defauts import Defaut, ReglementRefuse
from rules.rapport import en_objets, presenter
from rules.schema import dessiner, tableau
from rules.schema_json import texte_du_schema
from rules.verification import verifier

commandes = typer.Typer(
    name="reglement", help="Les règlements : les vérifier, les dessiner, les faire relire.", no_args_is_help=True
)
Fichier = Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier YAML du règlement.")]
Fichiers = Annotated[list[Path], typer.Argument(metavar="FICHIER...", help="Les fichiers YAML des règlements.")]


class Forme(StrEnum):
    """How a workflow is drawn."""

    MERMAID = "mermaid"
    TABLEAU = "tableau"


class Format(StrEnum):
    """For whom the defects are written: a person, or a program."""

    TEXTE = "texte"
    JSON = "json"


@commandes.command("verifier")
def verifier_reglement(
    fichiers: Fichiers,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse aussi les avertissements.")] = False,
    format_sortie: Annotated[
        Format, typer.Option("--format", help="texte (une ligne par défaut) ou json (pour un programme).")
    ] = Format.TEXTE,
) -> None:
    """Dit tout ce qui ne va pas dans des règlements : fichier, ligne, raison, remède. Code 1 si l'un est refusé."""
    examens = [_examiner(fichier) for fichier in fichiers]
    refuses = [any(strict or d.gravite == "erreur" for d in defauts) for _, defauts in examens]
    if format_sortie is Format.JSON:
        objets = [_objet(f, *examen, refuse) for f, examen, refuse in zip(fichiers, examens, refuses, strict=True)]
        typer.echo(json.dumps(objets, ensure_ascii=False, indent=2))
    else:
        for (charge, defauts), refuse in zip(examens, refuses, strict=True):
            _annoncer(charge, defauts, refuse=refuse)
    if any(refuses):
        raise typer.Exit(1)


def _examiner(fichier: Path) -> tuple[ReglementCharge | None, Sequence[Defaut]]:
    """The règlement, unless it cannot even be read, and everything wrong with it."""
    try:
        charge = charger(fichier)
    except ReglementRefuse as refus:
        return None, refus.defauts
    return charge, verifier(charge, messages_connus=CATALOGUE.keys())


def _annoncer(charge: ReglementCharge | None, defauts: Sequence[Defaut], *, refuse: bool) -> None:
    if defauts:
        console_erreurs.print(presenter(defauts), markup=False, soft_wrap=True)
    if charge is not None and not refuse:
        programme = charge.reglement.programme
        console.print(f"{programme.nom}, version {programme.version} : règlement utilisable.", markup=False)
        console.print(f"Empreinte : {charge.empreinte}")


def _objet(fichier: Path, charge: ReglementCharge | None, defauts: Sequence[Defaut], refuse: bool) -> dict[str, Any]:
    return {
        "fichier": str(fichier),
        "utilisable": not refuse,
        "empreinte": charge.empreinte if charge is not None else None,
        "defauts": en_objets(defauts),
    }


@commandes.command("json-schema")
def ecrire_schema_json(
    sortie: Annotated[
        Path | None, typer.Option("--sortie", metavar="FICHIER", help="Où l'écrire ; à l'écran, sans cette option.")
    ] = None,
) -> None:
    """Écrit le schéma JSON des règlements : un éditeur s'en sert pour compléter et vérifier pendant la frappe.

    Un règlement le désigne par sa première ligne : « # yaml-language-server: $schema=reglement.schema.json ».
    """
    texte = texte_du_schema(CATALOGUE.keys())
    if sortie is None:
        typer.echo(texte, nl=False)
        return
    sortie.write_text(texte, encoding="utf-8")
    console.print(f"Schéma écrit dans {sortie}.", markup=False)


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
