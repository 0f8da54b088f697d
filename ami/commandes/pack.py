"""`ami pack`: the selection of a campagne in one file that anybody can recompute, without its database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ami.campagnes import trouver_campagne
from ami.choix.pack import ECART_POIDS, GRAINE, TIRAGES, PackIllisible, Parametres, lire, ouvrir
from ami.choix.sensibilite import tolerance
from ami.choix.verification import verifier_pack
from ami.commandes.commun import console, maintenant
from ami.commandes.erreurs import CODE_REFUS
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import DonneesInvalides
from ami.exports_pack import annexes, composer_pack, ecrire_pack
from ami.fichiers import remplacer
from notifications.formats import nombre

commandes = typer.Typer(name="pack", help="Le dossier de preuve d'une sélection.", no_args_is_help=True)


@commandes.command("ecrire")
def ecrire(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    vers: Annotated[Path, typer.Option("--vers", help="Le fichier ZIP à écrire.")],
    tirages: Annotated[int, typer.Option(help="Tirages des probabilités.", min=1, max=100_000)] = TIRAGES,
    graine: Annotated[int, typer.Option(help="Graine des tirages.")] = GRAINE,
    joindre: Annotated[list[Path] | None, typer.Option(help="Fichier à joindre : un procès-verbal signé…")] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit règlement, données, classement, scénarios et décisions d'une campagne ; nul n'y est nommé."""
    parametres = Parametres(ecart_poids=ECART_POIDS, tirages=tirages, graine=graine)
    joints = _lire_joints(joindre or [])
    with regarder(par, role, "écrire le dossier de preuve") as (session, regard):
        visee, quand = trouver_campagne(session, campagne), maintenant()
        pack = composer_pack(session, regard, visee, parametres, quand)
        autres = annexes(session, regard, visee, quand)
    remplacer(vers, ecrire_pack(pack, {**autres, **joints}))
    console.print(f"{len(pack.donnees.candidats)} dossier(s), {len(pack.donnees.notations)} évaluation(s).")
    console.print(str(vers), markup=False, soft_wrap=True)


@commandes.command("verifier")
def verifier(fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier ZIP.")]) -> None:
    """Recalcule une sélection depuis son seul fichier : « identique », ou ce qui diffère (code 1)."""
    if not fichier.is_file():
        raise DonneesInvalides(f"Le fichier « {fichier} » n'existe pas. Vérifiez son nom et son dossier.")
    try:
        fichiers = ouvrir(fichier.read_bytes())
        ecarts = verifier_pack(fichiers)
    except PackIllisible as illisible:
        raise DonneesInvalides(f"{fichier.name} : {illisible}") from illisible
    for ecart in ecarts:
        console.print(f"- {ecart}", markup=False)
    if ecarts:
        raise typer.Exit(CODE_REFUS)
    marge = nombre(tolerance(lire(fichiers).parametres.tirages) * 100)
    console.print(
        "Identique : scores, rangs, exclusions et sélection se retrouvent depuis ce seul fichier, "
        f"les optimums aussi ; les probabilités, à {marge} points près.",
        markup=False,
    )


def _lire_joints(chemins: Sequence[Path]) -> dict[str, bytes]:
    """Files laid beside the proof, under « joints/ »: the manifest covers them, nothing computes them.

    Raises:
        DonneesInvalides: one does not exist, or two have the same name.
    """
    joints: dict[str, bytes] = {}
    for chemin in chemins:
        nom = f"joints/{chemin.name}"
        if not chemin.is_file():
            raise DonneesInvalides(f"Le fichier à joindre « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
        if nom in joints:
            raise DonneesInvalides(f"Deux fichiers à joindre s'appellent « {chemin.name} » : renommez l'un des deux.")
        joints[nom] = chemin.read_bytes()
    return joints
