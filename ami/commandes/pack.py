"""`ami pack`: the selection of a campagne in one file that anybody can recompute, without its database."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import typer

from ami.campagnes import trouver_campagne
from ami.choix.pack import (
    ECART_POIDS,
    GRAINE,
    TIRAGES,
    TIRAGES_MAX,
    TIRAGES_MIN,
    Pack,
    PackIllisible,
    Parametres,
    clef_de_nom,
    defaut_de_nom,
    lire,
    ouvrir,
)
from ami.choix.sensibilite import tolerance
from ami.choix.verification import non_prouves, non_recalcules, verifier_pack
from ami.commandes.commun import console, maintenant
from ami.commandes.erreurs import CODE_REFUS
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import DonneesInvalides
from ami.exports_pack import annexes, composer_pack, ecrire_pack, perimes
from ami.fichiers import remplacer
from notifications.formats import nombre

LONG: Final = 300_000  # evaluations drawn again, from which a recomputation is felt

commandes = typer.Typer(name="pack", help="Le dossier de preuve d'une sélection.", no_args_is_help=True)


@commandes.command("ecrire")
def ecrire(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    vers: Annotated[Path, typer.Option("--vers", help="Le fichier ZIP à écrire.")],
    tirages: Annotated[
        int, typer.Option(help=f"Tirages des probabilités, de {TIRAGES_MIN} à {TIRAGES_MAX}.")
    ] = TIRAGES,
    graine: Annotated[int, typer.Option(help="Graine des tirages.")] = GRAINE,
    joindre: Annotated[list[Path] | None, typer.Option(help="Fichier à joindre : un procès-verbal signé…")] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit règlement, données, classement, scénarios et décisions d'une campagne ; nul n'y est nommé."""
    if not TIRAGES_MIN <= tirages <= TIRAGES_MAX:
        raise DonneesInvalides(
            f"« --tirages {tirages} » : entre {TIRAGES_MIN} et {TIRAGES_MAX}. Moins ne dit rien d'une probabilité, "
            "plus la dit à peine mieux et se recalcule en heures."
        )
    parametres = Parametres(ecart_poids=ECART_POIDS, tirages=tirages, graine=graine)
    joints = _lire_joints(joindre or [])
    with regarder(par, role, "écrire le dossier de preuve") as (session, regard):
        visee, quand = trouver_campagne(session, campagne), maintenant()
        pack = composer_pack(session, regard, visee, parametres, quand)
        autres, laisses = annexes(session, regard, visee, quand), perimes(session, regard, visee, pack)
    try:
        archive = ecrire_pack(pack, {**autres, **joints})
    except PackIllisible as illisible:
        raise DonneesInvalides(str(illisible)) from illisible
    remplacer(vers, archive)
    console.print(f"{len(pack.donnees.candidats)} dossier(s), {len(pack.donnees.notations)} évaluation(s).")
    if laisses:
        console.print(
            f"Laissé(s) dehors, car les données ont changé depuis : {', '.join(f'« {nom} »' for nom in laisses)}. "
            "Écrivez le dossier de preuve dès que le comité a décidé : il contiendra le scénario choisi.",
            markup=False,
        )
    console.print(str(vers), markup=False, soft_wrap=True)


@commandes.command("verifier")
def verifier(fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier ZIP.")]) -> None:
    """Recalcule une sélection depuis son seul fichier : « identique », ou ce qui diffère (code 1)."""
    if not fichier.is_file():
        raise DonneesInvalides(f"Le fichier « {fichier} » n'existe pas. Vérifiez son nom et son dossier.")
    try:
        fichiers = ouvrir(fichier.read_bytes())
        _prevenir_si_long(fichiers)
        ecarts = verifier_pack(fichiers)
    except PackIllisible as illisible:
        raise DonneesInvalides(f"{fichier.name} : {illisible}") from illisible
    for ecart in ecarts:
        console.print(f"- {ecart}", markup=False)
    if ecarts:
        raise typer.Exit(CODE_REFUS)
    for phrase in _verdict(fichiers, lire(fichiers)):
        console.print(phrase, markup=False)


def _prevenir_si_long(fichiers: Mapping[str, bytes]) -> None:
    """Somebody who waits is told why: the time goes by the draws, and by what each draws again."""
    try:
        pack = lire(fichiers)
    except PackIllisible:
        return  # nothing will be computed, and the verification says why
    if pack.parametres.tirages * len(pack.donnees.notations) >= LONG:
        console.print(
            f"{pack.parametres.tirages} tirages sur {len(pack.donnees.notations)} évaluations : le recalcul peut "
            "prendre plusieurs minutes.",
            markup=False,
        )


def _verdict(fichiers: Mapping[str, bytes], pack: Pack) -> Iterator[str]:
    """What is identical, then what this does not prove."""
    tirages, poids = pack.parametres.tirages, nombre(Decimal(pack.parametres.ecart_poids) * 100)
    marge = nombre(tolerance(tirages) * 100)
    yield (
        "Identique : scores, rangs, exclusions et sélection se retrouvent depuis ce seul fichier, les optimums aussi ; "
        f"les probabilités, à {marge} points près ({tirages} tirages, poids à {poids} % près)."
    )
    if pack.decisions:
        yield "Les décisions tiennent : dossiers candidats, montants, quorum, votes, et conditions qui se lisent ici."
    yield from (
        f"Non prouvé : l'optimum du scénario « {nom} ». Rien de mieux n'a été trouvé, mieux peut exister."
        for nom in non_prouves(pack)
    )
    yield "Reçu tel quel : notes, demandes, dotations, présences, votes et motifs ; rien ici ne dit s'ils sont vrais."
    if annexes_ := non_recalcules(fichiers, pack):
        yield f"Non recalculé, le manifeste dit seulement que rien n'y a changé depuis : {', '.join(annexes_)}."


def _lire_joints(chemins: Sequence[Path]) -> dict[str, bytes]:
    """Files laid beside the proof, under « joints/ »: the manifest covers them, nothing computes them.

    Raises:
        DonneesInvalides: one does not exist, two have the same name, or a name that some system would not keep.
    """
    joints: dict[str, bytes] = {}
    for chemin in chemins:
        nom = f"joints/{chemin.name}"
        if not chemin.is_file():
            raise DonneesInvalides(f"Le fichier à joindre « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
        if (defaut := defaut_de_nom(nom)) is not None:
            raise DonneesInvalides(f"Fichier à joindre « {chemin.name} » : {defaut}. Renommez-le.")
        if clef_de_nom(nom) in {clef_de_nom(autre) for autre in joints}:
            raise DonneesInvalides(f"Deux fichiers à joindre s'appellent « {chemin.name} » : renommez l'un des deux.")
        joints[nom] = chemin.read_bytes()
    return joints
