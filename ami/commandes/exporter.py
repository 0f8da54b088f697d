"""`ami exporter`: the files a funder or a colleague opens."""

from pathlib import Path
from typing import Annotated

import typer

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, reglages
from ami.commandes.regard import Par, Role, regarder
from ami.commandes.selection import lire_euros
from ami.exports import exporter_selection
from ami.exports_comptes import exporter_comptes
from ami.exports_scdl import exporter_scdl

commandes = typer.Typer(name="exporter", help="Écrire des classeurs et des fichiers CSV.", no_args_is_help=True)

CodeCampagne = Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")]
Ou = Annotated[
    Path | None, typer.Option("--vers", help="Le dossier où écrire ; celui du réglage AMI_DOSSIER_EXPORTS sinon.")
]


@commandes.callback()
def exporter() -> None:
    """Écrire des classeurs et des fichiers CSV."""


@commandes.command("selection")
def exporter_la_selection(
    campagne: CodeCampagne,
    vers: Ou = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit la sélection d'une campagne pour un financeur : classement, notes, décisions, montants (XLSX et CSV)."""
    with regarder(par, role, "exporter la sélection") as (session, regard):
        visee = trouver_campagne(session, campagne)
        fichiers = exporter_selection(session, regard, visee, _dossier(vers), maintenant())
    console.print(f"{fichiers.nombre} dossier(s) dans la sélection.")
    console.print(str(fichiers.classeur), markup=False, soft_wrap=True)
    console.print(str(fichiers.csv), markup=False, soft_wrap=True)


@commandes.command("comptes")
def exporter_les_comptes(campagne: CodeCampagne, vers: Ou = None, par: Par = None, role: Role = None) -> None:
    """Écrit les comptes de chaque enveloppe, mouvement par mouvement (XLSX et CSV), s'ils tombent juste."""
    with regarder(par, role, "exporter les comptes") as (session, regard):
        visee = trouver_campagne(session, campagne)
        fichiers = exporter_comptes(session, regard, visee, _dossier(vers), maintenant())
    for fichier in fichiers:
        console.print(str(fichier), markup=False, soft_wrap=True)


@commandes.command("scdl")
def exporter_les_subventions(
    campagne: CodeCampagne,
    vers: Annotated[Path | None, typer.Option("--vers", help="Le fichier CSV à écrire.")] = None,
    seuil: Annotated[str, typer.Option(help="Les conventions d'un montant supérieur, en euros.")] = "23000",
    tout: Annotated[bool, typer.Option("--tout", help="Toutes les conventions, quel que soit leur montant.")] = False,
    notifiee: Annotated[
        bool, typer.Option("--notifiee-ue", help="L'aide est notifiée à la Commission européenne (de minimis).")
    ] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit les subventions d'une campagne en données ouvertes, au schéma SCDL ; refuse une ligne incomplète."""
    with regarder(par, role, "exporter les subventions") as (session, regard):
        visee = trouver_campagne(session, campagne)
        fichier = vers or _dossier(None) / f"subventions-{visee.code}.csv"
        borne = None if tout else lire_euros(seuil)
        nombre = exporter_scdl(session, regard, visee, fichier, seuil=borne, notifiee=notifiee)
    console.print(f"{nombre} ligne(s).")
    console.print(str(fichier), markup=False, soft_wrap=True)


def _dossier(vers: Path | None) -> Path:
    return vers or reglages().dossier_exports
