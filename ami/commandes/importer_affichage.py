"""What `ami importer` shows: a bar while it works, then the account of the import."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ami.commandes.commun import console, console_erreurs
from ami.commandes.territoire import montrer_reparations
from ami.imports import Progres
from ami.imports_geojson import RapportContours
from ami.imports_rapport import RapportImport

LIGNES_MONTREES: Final = 200


@contextmanager
def barre() -> Iterator[Progres | None]:
    """A progress bar on the screen; nothing where there is none (a script, a journal)."""
    if not console_erreurs.is_terminal:
        yield None
        return
    colonnes = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*colonnes, console=console_erreurs, transient=True) as avancement:
        tache = avancement.add_task("Import", total=None)

        def avancer(lues: int, attendues: int) -> None:
            avancement.update(tache, completed=lues, total=max(lues, attendues))

        yield avancer


def montrer(rapport: RapportImport, *, simulation: bool) -> None:
    """Print the account of an import."""
    lues = "ligne(s) lue(s)" if rapport.unite == "ligne" else "objet(s) lu(s)"
    console.print(f"{rapport.fichier} : {rapport.format}, {rapport.lues} {lues}.", markup=False)
    for avertissement in rapport.avertissements:
        console.print(avertissement, markup=False)
    if isinstance(rapport, RapportContours):
        montrer_reparations(rapport)
    if rapport.erreurs:
        console.print(_tableau(rapport))
    quoi = rapport.kind.replace("evaluations", "évaluations").capitalize()
    console.print(
        f"{quoi} : {rapport.crees} créé(s), {rapport.mis_a_jour} mis à jour, "
        f"{rapport.inchanges} inchangé(s), {rapport.refusees} ligne(s) refusée(s)."
    )
    if simulation:
        console.print("Simulation : rien n'a été enregistré.")
    elif not rapport.retenu:
        console.print("Rien n'a été enregistré. Corrigez le fichier, ou gardez le reste avec --bonnes-lignes.")


def _tableau(rapport: RapportImport) -> Table:
    montrees = rapport.erreurs[:LIGNES_MONTREES]
    titre = "Lignes refusées"
    if len(montrees) < rapport.erreurs_en_tout:
        titre += f" ({len(montrees)} premières erreurs sur {rapport.erreurs_en_tout} ; toutes avec --rapport)"
    tableau = Table(rapport.unite.capitalize(), "Colonne", "Valeur lue", "Pourquoi, et que faire", title=titre)
    for erreur in montrees:
        textes = (erreur.ou, erreur.valeur, f"{erreur.raison} {erreur.remede}")
        tableau.add_row(str(erreur.ligne), *map(escape, textes))
    return tableau
