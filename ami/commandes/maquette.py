"""`ami maquette`: the financing plan as a workbook, offered to the porteur and read back."""

from pathlib import Path
from typing import Annotated

import typer

from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.erreurs import CODE_REFUS
from ami.commandes.qui import personne_de
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import DonneesInvalides
from ami.exports_maquette import ecrire_maquette
from ami.guichet import faire
from ami.imports_maquette import Maquette, lire_maquette
from ami.queries import trouver_dossier
from ami.sujets import Acteur, Sujet, identifiant
from rules.vocabulaire import Acte

commandes = typer.Typer(name="maquette", help="La maquette financière d'un dossier.", no_args_is_help=True)
DEPOSER: Acte = "deposer_plan"
Numero = Annotated[str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier.")]


@commandes.command("ecrire")
def ecrire(
    numero: Numero,
    vers: Annotated[Path, typer.Option("--vers", help="Le classeur à écrire (.xlsx).")],
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit la maquette vide d'un dossier, à remplir dans un tableur."""
    with regarder(par, role, "écrire une maquette") as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        octets = ecrire_maquette(dossier.numero, dossier.titre)
    vers.parent.mkdir(parents=True, exist_ok=True)
    vers.write_bytes(octets)
    console.print(str(vers), markup=False, soft_wrap=True)


@commandes.command("deposer")
def deposer(
    numero: Numero,
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="La maquette remplie.")],
    par: Annotated[str, typer.Option(help="Adresse électronique de la personne qui la dépose.")],
    role: Annotated[str, typer.Option(help="Le rôle dans lequel elle agit.")] = "porteur",
) -> None:
    """Lit une maquette remplie et dépose son plan de financement ; dit chaque case à corriger (code 1)."""
    if not fichier.is_file():
        raise DonneesInvalides(f"Le fichier « {fichier} » n'existe pas. Vérifiez son nom et son dossier.")
    engine = ouvrir()
    with regarder(par, role, DEPOSER) as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        sujet, acteur = Sujet("dossier", identifiant(dossier)), Acteur(role, personne_de(session, par))
        maquette = lire_maquette(fichier.read_bytes(), dossier.numero)
    for defaut in maquette.defauts:
        console.print(f"- {defaut}", markup=False)
    if maquette.defauts:
        console.print("Rien n'a été enregistré. Corrigez ces cases, puis recommencez.")
        raise typer.Exit(CODE_REFUS)
    faire(engine, DEPOSER, sujet, en_donnees(maquette), acteur=acteur, maintenant=maintenant())
    console.print(f"Plan de financement du dossier {dossier.numero} déposé : {len(maquette.lignes)} ligne(s).")


def en_donnees(maquette: Maquette) -> dict[str, object]:
    """The data of the act."""
    lignes = [
        {
            "sens": ligne.sens,
            "libelle": ligne.libelle,
            "montant": str(ligne.montant),
            "financeur": ligne.financeur,
            "statut": ligne.statut,
            "en_nature": ligne.en_nature,
            "public": ligne.public,
            "eligible": ligne.eligible,
        }
        for ligne in maquette.lignes
    ]
    return {"base": maquette.base, "lignes": lignes}
