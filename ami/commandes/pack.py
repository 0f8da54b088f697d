"""`ami pack`: the selection of a campagne in one file that anybody can recompute, without its database."""

from pathlib import Path
from typing import Annotated

import typer

from ami.campagnes import trouver_campagne
from ami.choix.pack import PackIllisible, Parametres, ouvrir
from ami.choix.verification import verifier_pack
from ami.commandes.commun import console, maintenant
from ami.commandes.erreurs import CODE_REFUS
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import DonneesInvalides
from ami.exports_pack import composer_pack, ecrire_pack

commandes = typer.Typer(name="pack", help="Le dossier de preuve d'une sélection.", no_args_is_help=True)


@commandes.command("ecrire")
def ecrire(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    vers: Annotated[Path, typer.Option("--vers", help="Le fichier ZIP à écrire.")],
    tirages: Annotated[int, typer.Option(help="Tirages des probabilités.", min=1, max=100_000)] = 1000,
    graine: Annotated[int, typer.Option(help="Graine des tirages.")] = 2026,
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit règlement, données, classement, scénarios et décisions d'une campagne ; les évaluateurs y sont anonymes."""
    parametres = Parametres(ecart_poids="0.20", tirages=tirages, graine=graine)
    with regarder(par, role, "écrire le dossier de preuve") as (session, regard):
        pack = composer_pack(session, regard, trouver_campagne(session, campagne), parametres, maintenant())
    vers.parent.mkdir(parents=True, exist_ok=True)
    vers.write_bytes(ecrire_pack(pack, {}))
    console.print(f"{len(pack.donnees.candidats)} dossier(s), {len(pack.donnees.notations)} évaluation(s).")
    console.print(str(vers), markup=False, soft_wrap=True)


@commandes.command("verifier")
def verifier(fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier ZIP.")]) -> None:
    """Recalcule une sélection depuis son seul fichier : « identique », ou ce qui diffère (code 1)."""
    if not fichier.is_file():
        raise DonneesInvalides(f"Le fichier « {fichier} » n'existe pas. Vérifiez son nom et son dossier.")
    try:
        ecarts = verifier_pack(ouvrir(fichier.read_bytes()))
    except PackIllisible as illisible:
        raise DonneesInvalides(f"{fichier.name} : {illisible}") from illisible
    for ecart in ecarts:
        console.print(f"- {ecart}", markup=False)
    if ecarts:
        raise typer.Exit(CODE_REFUS)
    console.print("Identique : scores, rangs, exclusions et sélection se retrouvent depuis ce seul fichier.")
