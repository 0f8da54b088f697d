"""`ami revue`: send a campagne's studies to evaluation, and have the sweep run at once."""

from typing import Annotated

import typer
from rich.markdown import Markdown

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir, reglages
from ami.commandes.erreurs import CODE_REFUS, CODE_TECHNIQUE
from ami.database import session_lecture
from ami.declencheur import IssueDeclenchement, PrefectAbsent, declencher
from ami.deploiements import deploiement_de_phase, lire_deploiements
from ami.revue import BilanRevue, agent_de, lancer_revue, phases_de_la_revue

commandes = typer.Typer(name="revue", help="La revue d'une campagne : lancer les évaluations.", no_args_is_help=True)


@commandes.command("declencher")
def declencher_revue(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    par: Annotated[str | None, typer.Option(help="Adresse de l'agent qui lance ; inutile s'il est seul.")] = None,
    sans_attendre: Annotated[bool, typer.Option("--sans-attendre", help="Demande le passage sans le suivre.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Code 3 si Prefect ne répond pas.")] = False,
) -> None:
    """Envoie en évaluation chaque dossier qui l'attend, puis demande un passage du flux et le suit.

    Si Prefect ne répond pas, rien n'est perdu : les évaluations sont demandées, et le passage programmé fera la suite.
    Code 1 si un dossier a été refusé.
    """
    engine, instant = ouvrir(), maintenant()
    with session_lecture(engine) as session:
        visee = trouver_campagne(session, campagne)
        acteur = agent_de(session, visee, par, instant)
        phases = phases_de_la_revue(session, visee)
    bilan = lancer_revue(engine, visee, acteur, instant)
    _annoncer(bilan)
    absent = not all(_demander(phase, campagne, attendre=not sans_attendre) for phase in phases)
    if bilan.refuses:
        raise typer.Exit(CODE_REFUS)
    if absent and strict:
        raise typer.Exit(CODE_TECHNIQUE)


def _annoncer(bilan: BilanRevue) -> None:
    lances = ", ".join(bilan.lances) or "aucun dossier n'attendait"
    console.print(f"En évaluation : {lances}.", markup=False)
    for numero, raison in bilan.refuses:
        console.print(f"Refusé : {numero}. {raison}", markup=False)


def _demander(phase: str, campagne: str, *, attendre: bool) -> bool:
    """Ask for the sweep; False when nobody could be asked."""
    deploiement = deploiement_de_phase(lire_deploiements(reglages().deploiements), phase)
    try:
        issue = declencher(
            deploiement.nom_complet,
            {"phase": phase, "campagne": campagne},
            api_url=str(reglages().prefect_api_url),
            attendre=attendre,
            suivre=lambda etat: console.print(f"{deploiement.name} : {etat}", markup=False),
        )
    except PrefectAbsent as absence:
        console.print(
            f"{absence.message} Rien n'est perdu : ce qui précède est enregistré, et le prochain passage programmé "
            f"fera la suite. Pour ne pas l'attendre : ami balayer {campagne} --phase {phase}.",
            markup=False,
        )
        return False
    _conclure(issue)
    return True


def _conclure(issue: IssueDeclenchement) -> None:
    console.print(f"« {issue.nom} » : {issue.etat}.", markup=False)
    if issue.rapport:
        console.print(Markdown(issue.rapport))
    elif not issue.termine:
        console.print("Le passage se fera sans vous ; « ami pourquoi NUMERO » dit où en est un dossier.")
