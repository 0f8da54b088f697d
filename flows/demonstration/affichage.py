"""What people see: a line per passage with a progress bar under it, then the tables. Plain lines outside a terminal."""

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ami.queries import MontantEnveloppe
from flows.demonstration.atelier import Atelier
from flows.demonstration.bilan import Tableau
from flows.demonstration.deroule import Etape, Fin
from flows.demonstration.lecture import RECIT
from notifications.formats import PARIS, montant

LARGEUR: Final = 80
LIGNES_ARGENT: Final = (
    ("Dotation", "montant"),
    ("Engagé", "engage"),
    ("Versé", "paye"),
    ("Reversé", "reverse"),
    ("Libéré", "libere"),
    ("Disponible", "disponible"),
)


def console() -> Console:
    """The console of the demonstration; never narrower than what the tables need."""
    sortie = Console(highlight=False)
    return sortie if sortie.is_terminal and sortie.width >= LARGEUR else Console(highlight=False, width=LARGEUR)


class Progression:
    """Says each passage as it ends."""

    def __init__(self, sortie: Console, barre: Progress, total: int) -> None:
        self._sortie = sortie
        self._barre = barre
        self._tache = barre.add_task("", total=total)

    def montrer(self, etape: Etape) -> None:
        """Say one passage."""
        jour = etape.passage.le.astimezone(PARIS).strftime("%d/%m/%Y")
        actes = f"{etape.actes:>3} acte{'s' if etape.actes > 1 else ' '}" if etape.actes else " " * 9
        suite = "" if etape.joue else " [dim](déjà fait)[/dim]"
        self._sortie.print(f"{jour}  {actes}  {etape.passage.evenement}{suite}")
        self._barre.update(self._tache, advance=1, description=jour)


@contextmanager
def progression(sortie: Console, total: int) -> Iterator[Progression]:
    """A progress bar under the lines, in a terminal only."""
    colonnes = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*colonnes, console=sortie, disable=not sortie.is_terminal, transient=True) as barre:
        yield Progression(sortie, barre, total)


def afficher(sortie: Console, tableau: Tableau, fin: Fin) -> None:
    """The final picture."""
    sortie.print(_etats(tableau))
    sortie.print(_issues(tableau))
    sortie.print(_messages(tableau))
    sortie.print(_argent(tableau.enveloppes))
    # Not left to the console: it would cut at the narrow spaces of the amounts.
    sortie.print(textwrap.fill(_total(tableau.enveloppes), LARGEUR), markup=False)
    if not any("Journal" in ecart or "Sceau" in ecart for ecart in tableau.ecarts):
        sortie.print(
            f"\nJournal vérifié : {tableau.journal} lignes, chaînes intactes, {tableau.sceaux} sceaux conformes."
        )
    resolus = f", {fin.resolus} courriel(s) incertain(s) tranché(s)" if fin.resolus else ""
    sortie.print(f"Cette fois-ci : {fin.actes} actes faits, {fin.passages} passages de flux{resolus}.")


def afficher_ecarts(sortie: Console, ecarts: list[str]) -> None:
    """What differs from what was announced."""
    sortie.print(f"\n[bold red]{len(ecarts)} écart(s) avec ce qui était annoncé :[/bold red]")
    for ecart in ecarts:
        sortie.print(f"- {ecart}", markup=False)


def afficher_suite(sortie: Console, atelier: Atelier, fin: Fin, numero: str) -> None:
    """Where to look next, with paths from the current folder."""
    ami = _relatif(Path(sys.executable).parent / "ami")
    dernier = max(atelier.exports.glob("*.xlsx"), default=atelier.exports)
    sortie.print("\n[bold]Et maintenant[/bold]")
    sortie.print("  Ces deux réglages montrent la démonstration à la commande « ami » :")
    sortie.print(
        f"    export AMI_BASE={atelier.base} AMI_DOSSIER_SCEAUX={atelier.sceaux}", soft_wrap=True, markup=False
    )
    for quoi, comment in (
        ("Un dossier en cours", f"{ami} pourquoi {numero} --le {fin.instant:%Y-%m-%d}"),
        ("La file des courriels", f"{ami} courriels lister"),
        ("La preuve du journal", f"{ami} journal verifier"),
        ("Le classeur des financeurs", str(dernier)),
        ("Les courriels reçus, un par fichier", str(atelier.boite / "new")),
        ("L'histoire de chaque dossier", _relatif(RECIT / "dossiers.yaml")),
    ):
        sortie.print(f"  {quoi} :\n    {comment}", soft_wrap=True, markup=False)


def _relatif(chemin: Path) -> str:
    ici = Path.cwd()
    return str(chemin.relative_to(ici) if chemin.is_relative_to(ici) else chemin)


def _table(titre: str, *colonnes: str) -> Table:
    table = Table(title=titre, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(colonnes[0])
    for colonne in colonnes[1:]:
        table.add_column(colonne, justify="right")
    return table


def _etats(tableau: Tableau) -> Table:
    table = Table(title="\nLes dossiers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Phase")
    table.add_column("État")
    table.add_column("Dossiers", justify="right")
    precedente = None
    presents = [compte for compte in tableau.etats if compte.nombre]
    for compte in presents:
        phase = compte.phase_libelle or "Hors phase"
        table.add_row("" if phase == precedente else phase, compte.libelle, str(compte.nombre))
        precedente = phase
    table.add_section()
    table.add_row("Ensemble", "", str(sum(compte.nombre for compte in presents)))
    return table


def _issues(tableau: Tableau) -> Table:
    table = _table("Ce que les dossiers montrent", "Issue", "Dossiers")
    for issue, nombre in tableau.issues.items():
        table.add_row(issue[0].upper() + issue[1:], str(nombre))
    return table


def _messages(tableau: Tableau) -> Table:
    table = _table("Les courriels", "Message", "Enregistrés", "Reçus", "Expirés")
    for compte in tableau.messages:
        table.add_row(compte.libelle, str(compte.enregistres), str(compte.recus), str(compte.expires or ""))
    table.add_section()
    sommes = [sum(getattr(c, nom) for c in tableau.messages) for nom in ("enregistres", "recus", "expires")]
    table.add_row("Ensemble", *(str(somme) for somme in sommes))
    return table


def _argent(enveloppes: list[MontantEnveloppe]) -> Table:
    noms = [f"{enveloppe.nature_libelle}\n[dim]{enveloppe.financeur}[/dim]" for enveloppe in enveloppes]
    table = _table("L'argent, par enveloppe (euros)", "", *noms)
    for libelle, nom in LIGNES_ARGENT:
        table.add_row(libelle, *(_euros(getattr(enveloppe, nom)) for enveloppe in enveloppes))
    return table


def _total(enveloppes: list[MontantEnveloppe]) -> str:
    """All enveloppes together, in a sentence."""

    def somme(nom: str) -> str:
        return montant(sum((getattr(enveloppe, nom) for enveloppe in enveloppes), Decimal(0)))

    return (
        f"En tout : {somme('engage')} engagés (sommes libérées déduites), {somme('paye')} payés, "
        f"{somme('reverse')} reversés, {somme('disponible')} disponibles sur {somme('montant')}."
    )


def _euros(valeur: Decimal) -> str:
    """Without the sign, which the title gives."""
    return montant(valeur).removesuffix("€").strip()
