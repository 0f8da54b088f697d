"""`ami exporter`: the files a funder or a colleague opens."""

from pathlib import Path
from typing import Annotated

import typer

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir, reglages
from ami.database import session_lecture
from ami.exports import exporter_selection

commandes = typer.Typer(name="exporter", help="Écrire des classeurs et des fichiers CSV.", no_args_is_help=True)


@commandes.callback()
def exporter() -> None:
    """Écrire des classeurs et des fichiers CSV."""


@commandes.command("selection")
def exporter_la_selection(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    vers: Annotated[
        Path | None, typer.Option("--vers", help="Le dossier où écrire ; celui de AMI_DOSSIER_EXPORTS sinon.")
    ] = None,
) -> None:
    """Écrit la sélection d'une campagne pour un financeur : classement, notes, décisions, montants (XLSX et CSV)."""
    with session_lecture(ouvrir()) as session:
        fichiers = exporter_selection(session, trouver_campagne(session, campagne), _dossier(vers), maintenant())
    console.print(f"{fichiers.nombre} dossier(s) dans la sélection.")
    console.print(str(fichiers.classeur), markup=False, soft_wrap=True)
    console.print(str(fichiers.csv), markup=False, soft_wrap=True)


def _dossier(vers: Path | None) -> Path:
    return vers or reglages().dossier_exports
