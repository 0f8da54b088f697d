"""What people see: a line per passage with a progress bar under it, then the tables. Plain lines outside a terminal."""

import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ami.pannes import raison_de
from ami.queries import MontantEnveloppe
from flows.demonstration.atelier import Atelier
from flows.demonstration.bilan import Tableau, TableauCampagne
from flows.demonstration.deroule import Avancee, Fin
from flows.demonstration.histoire import Demonstration
from flows.demonstration.livrables import Livrables
from notifications.formats import PARIS, montant

LARGEUR: Final = 80
MARGE: Final = 21  # a date and a number of acts
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
    """Says each étape as it ends."""

    def __init__(self, sortie: Console, barre: Progress, demonstration: Demonstration) -> None:
        self._sortie = sortie
        self._barre = barre
        self._tache = barre.add_task("", total=len(demonstration.etapes))

    def montrer(self, avancee: Avancee) -> None:
        """Say one étape, with a line for each campagne that has something to show."""
        etape = avancee.etape
        jour = etape.le.astimezone(PARIS).strftime("%d/%m/%Y")
        for rang, (prefixe, evenement) in enumerate(etape.evenements):
            debut = f"{jour}  {_actes(avancee)}" if rang == 0 else " " * MARGE
            self._sortie.print(f"{debut}  [dim]{prefixe}[/dim] {evenement}")
        for prefixe, dit in avancee.gestes:
            self._sortie.print(_sous(f"{prefixe} {dit}"), style="dim", markup=False)
        self._barre.update(self._tache, advance=1, description=jour)


def _sous(dit: str) -> str:
    """What the team did, under the events; not left to the console, which would cut at the narrow spaces of amounts."""
    marge = " " * (MARGE + 2)
    return textwrap.fill(dit, LARGEUR, initial_indent=marge, subsequent_indent=f"{marge}  ")


def _actes(avancee: Avancee) -> str:
    """How many acts an étape gathers, in nine columns; on a replay, that it was done already."""
    if not avancee.actes:
        return f"{'' if avancee.joue else 'déjà fait':9}"
    return f"{avancee.actes:>3} acte{'s' if avancee.actes > 1 else ' '}"


@contextmanager
def progression(sortie: Console, demonstration: Demonstration) -> Iterator[Progression]:
    """A progress bar under the lines, in a terminal only."""
    colonnes = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*colonnes, console=sortie, disable=not sortie.is_terminal, transient=True) as barre:
        yield Progression(sortie, barre, demonstration)


def afficher(sortie: Console, tableau: Tableau, fin: Fin) -> None:
    """The final picture: each campagne, then what they share."""
    for campagne in tableau.campagnes:
        _afficher_campagne(sortie, campagne)
    _titrer(sortie, "Toutes les campagnes")
    sortie.print(_messages(tableau))
    if not any("Journal" in ecart or "Sceau" in ecart for ecart in tableau.ecarts):
        sortie.print(
            f"\nJournal vérifié : {tableau.journal} lignes, chaînes intactes, {tableau.sceaux} sceaux conformes."
        )
    resolus = f", {fin.resolus} courriel(s) incertain(s) tranché(s)" if fin.resolus else ""
    faits = f"{fin.actes} actes faits, {fin.gestes} gestes de l'équipe, {fin.passages} passages de flux"
    sortie.print(f"Cette fois-ci : {faits}{resolus}.")


def _afficher_campagne(sortie: Console, campagne: TableauCampagne) -> None:
    _titrer(sortie, campagne.nom)
    sortie.print(_etats(campagne))
    sortie.print(_issues(campagne))
    sortie.print(_argent(campagne.enveloppes))
    # Not left to the console: it would cut at the narrow spaces of the amounts.
    sortie.print(textwrap.fill(_total(campagne.enveloppes), LARGEUR), markup=False)


def _titrer(sortie: Console, titre: str) -> None:
    sortie.print()
    sortie.rule(Text(titre, style="bold"), align="left")


def afficher_ecarts(sortie: Console, ecarts: list[str]) -> None:
    """What differs from what was announced."""
    sortie.print(f"\n[bold red]{len(ecarts)} écart(s) avec ce qui était annoncé :[/bold red]")
    for ecart in ecarts:
        sortie.print(f"- {ecart}", markup=False)


def afficher_panne(sortie: Console, atelier: Atelier, erreur: Exception) -> None:
    """What stopped the play (the server it works with, the disk…), in a sentence; the details go to a file."""
    atelier.panne.write_text("".join(traceback.format_exception(erreur)), encoding="utf-8")
    sortie.print(f"\n[bold red]La démonstration s'est arrêtée.[/bold red] {escape(raison_de(erreur))}", soft_wrap=True)
    sortie.print(
        f"Le détail : {atelier.panne}\nRelancez la même commande : elle reprendra où elle en était.", markup=False
    )


def afficher_suite(sortie: Console, atelier: Atelier, fin: Fin, tableau: Tableau) -> None:
    """Where to look next, with paths from the current folder."""
    ami = _relatif(Path(sys.executable).parent / "ami")
    sortie.print("\n[bold]Et maintenant[/bold]")
    sortie.print("  Ces deux réglages montrent la démonstration à la commande « ami » :")
    sortie.print(
        f"    export AMI_BASE={atelier.base} AMI_DOSSIER_SCEAUX={atelier.sceaux}", soft_wrap=True, markup=False
    )
    for campagne in tableau.campagnes:
        sortie.print(f"\n  {campagne.nom}", markup=False)
        _indiquer(
            sortie,
            ("Un dossier en cours", f"{ami} pourquoi {campagne.a_suivre} --le {fin.instant:%Y-%m-%d}"),
            ("Le classeur des financeurs", str(_dernier_classeur(atelier, campagne))),
            *_fichiers(campagne.livrables),
            ("L'histoire de chaque dossier", _relatif(campagne.recit.chemin / "dossiers.yaml")),
        )
    sortie.print("\n  Toutes les campagnes")
    _indiquer(
        sortie,
        ("La file des courriels", f"{ami} courriels lister"),
        ("La preuve du journal", f"{ami} journal verifier"),
        ("Ce que chaque notification allait envoyer, vu avant de partir", str(atelier.apercus)),
        ("Les courriels reçus, un par fichier", str(atelier.boite / "new")),
    )


def _fichiers(livrables: Livrables) -> Iterator[tuple[str, str]]:
    """The files of a campagne that are there."""
    yield (
        f"Conventions et exemplaires signés, procès-verbaux, {livrables.lettres} lettres (PDF)",
        str(livrables.papiers),
    )
    if livrables.subventions is not None:
        yield f"Les subventions en données ouvertes, {livrables.lignes} lignes", str(livrables.subventions)
    if livrables.comptes is not None:
        yield "Les comptes, enveloppe par enveloppe", str(livrables.comptes)
    if livrables.pack is not None:
        yield "La preuve de la sélection, recalculée depuis ce seul fichier : identique", str(livrables.pack)


def _indiquer(sortie: Console, *indications: tuple[str, str]) -> None:
    for quoi, comment in indications:
        sortie.print(f"    {quoi} :\n      {comment}", soft_wrap=True, markup=False)


def _dernier_classeur(atelier: Atelier, campagne: TableauCampagne) -> Path:
    """The latest workbook of a campagne: their names end with the day."""
    return max(atelier.exports.glob(f"selection-{campagne.recit.code}-*.xlsx"), default=atelier.exports)


def _relatif(chemin: Path) -> str:
    ici = Path.cwd()
    return str(chemin.relative_to(ici) if chemin.is_relative_to(ici) else chemin)


def _table(titre: str, *colonnes: str) -> Table:
    table = Table(title=titre, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(colonnes[0])
    for colonne in colonnes[1:]:
        table.add_column(colonne, justify="right")
    return table


def _etats(tableau: TableauCampagne) -> Table:
    table = Table(title="Les dossiers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
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


def _issues(tableau: TableauCampagne) -> Table:
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
