"""`ami balayer`: the sweep by hand, when Prefect is away or a result cannot wait."""

from typing import Annotated

import typer
from rich.markdown import Markdown

from ami.balayage import balayer
from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.erreurs import CODE_REFUS
from ami.database import session_lecture
from ami.reglements import reglement_de
from ami.sujets import identifiant

commandes = typer.Typer()


@commandes.command("balayer")
def balayer_campagne(
    campagne: Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")],
    phase: Annotated[str | None, typer.Option(help="Une seule phase du règlement ; toutes sinon.")] = None,
) -> None:
    """Fait avancer maintenant tout ce qui peut l'être, sans Prefect. Sans danger : peut tourner à tout moment.

    Code 1 si un dossier a dû être mis de côté.
    """
    engine, instant = ouvrir(), maintenant()
    with session_lecture(engine) as session:
        visee = trouver_campagne(session, campagne)
        toutes = [une.code for une in reglement_de(session, identifiant(visee)).reglement.phases]
    bilans = [balayer(engine, visee, une, instant) for une in ([phase] if phase else toutes)]
    for bilan in bilans:
        console.print(Markdown(bilan.markdown()))
    if any(bilan.lot.ecartes for bilan in bilans):
        raise typer.Exit(CODE_REFUS)
