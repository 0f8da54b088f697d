"""`ami instruction`: what was asked on a dossier and answered, the avis, the parts of the study."""

from datetime import datetime
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from ami.avis import SENS
from ami.commandes.commun import JOURS, a_l_instant, console
from ami.commandes.regard import Par, Role, regarder
from ami.demandes import DemandeSuivie
from ami.instruction_suivie import AvisSuivi, VoletSuivi, suivre_instruction
from ami.queries import trouver_dossier
from notifications.formats import jour
from rules.mots_actes import ACTES
from rules.vocabulaire import Acte

commandes = typer.Typer(
    name="instruction", help="L'instruction d'un dossier : demandes, avis, parties de l'étude.", no_args_is_help=True
)
STATUTS: Final = {"": "pas encore déposée", "depose": "déposée", "renvoye": "renvoyée", "valide": "validée"}
RENVOYER: Final[Acte] = "renvoyer_volet"


@commandes.callback()
def instruction() -> None:
    """L'instruction d'un dossier : demandes, avis, parties de l'étude."""


@commandes.command("voir")
def voir(
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier, par exemple HP26-0042.")],
    le: Annotated[
        datetime | None,
        typer.Option("--le", formats=JOURS, help="Regarde comme si l'on était à midi ce jour-là (JJ/MM/AAAA)."),
    ] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Montre ce qui a été demandé et répondu, les avis, et chaque partie de l'étude avec ses renvois."""
    instant = a_l_instant(le)
    with regarder(par, role, "suivre l'instruction") as (session, regard):
        suivie = suivre_instruction(session, regard, trouver_dossier(session, regard, numero), instant)
    console.print(_demandes(suivie.demandes) if suivie.demandes else "Rien n'a été demandé.")
    console.print(_avis(suivie.avis) if suivie.avis else "Aucun avis n'a été demandé.")
    if suivie.volets:
        console.print(_volets(suivie.volets))


def _demandes(demandes: tuple[DemandeSuivie, ...]) -> Table:
    tableau = Table("Demandé", "Avant le", "Où cela en est", "Réponse", title="Pièces et précisions")
    for demande in demandes:
        etat = f"répondu le {jour(demande.repondue_le)}" if demande.repondue_le else "attendu"
        tableau.add_row(
            escape(demande.texte),
            f"{demande.avant_le:%d/%m/%Y}",
            f"{etat} [red](en retard)[/red]" if demande.en_retard else etat,
            escape(demande.fichier or demande.reponse),
        )
    return tableau


def _avis(avis: tuple[AvisSuivi, ...]) -> Table:
    tableau = Table("De qui", "Attendu le", "Sens", "Texte et réserves", title="Avis")
    for un in avis:
        sens = SENS.get(un.sens, "attendu") + (" (confidentiel)" if un.confidentiel else "")
        tableau.add_row(
            escape(f"{un.personne}\n{un.structure}".strip()),
            jour(un.attendu_le) if un.attendu_le else "–",
            f"{sens} [red](en retard)[/red]" if un.en_retard else sens,
            escape("\n".join([un.texte, *(f"- {reserve}" for reserve in un.reserves)])),
        )
    return tableau


def _volets(volets: tuple[VoletSuivi, ...]) -> Table:
    tableau = Table("Partie", "Où elle en est", "Renvois et commentaires", title="Étude")
    for volet in volets:
        dits = [f"{jour(p.le)}, {ACTES[p.acte]} : {p.commentaire}" for p in volet.passages if p.commentaire]
        renvois = sum(p.acte == RENVOYER for p in volet.passages)
        combien = f" ({renvois} renvoi{'s' if renvois > 1 else ''})" if renvois else ""
        tableau.add_row(escape(volet.libelle), STATUTS[volet.statut] + combien, escape("\n".join(dits)))
    return tableau
