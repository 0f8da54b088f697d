"""`ami comite`: the sessions of the committee, and who sat."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from sqlmodel import col, select

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, ouvrir
from ami.database import session_ecriture, session_lecture
from ami.models import Comite
from ami.reglements import reglement_de
from ami.seances import convoquer, emarger
from ami.sujets import identifiant

commandes = typer.Typer(name="comite", help="Le comité : ses séances, ses présents.", no_args_is_help=True)
PARIS = ZoneInfo("Europe/Paris")
CodeCampagne = Annotated[str, typer.Argument(help="Code de la campagne.")]
CodeComite = Annotated[str, typer.Argument(help="Code de la séance, par exemple selection-2.")]


@commandes.command("convoquer")
def convoquer_comite(
    campagne: CodeCampagne,
    code: CodeComite,
    le: Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="Jour et heure, 2026-12-08T14:00 (Paris).")],
    lieu: Annotated[str, typer.Option(help="Où il se réunit.")],
) -> None:
    """Inscrit une séance du comité ; ses membres sont ceux que nomme le règlement."""
    with session_ecriture(ouvrir()) as session:
        trouvee = trouver_campagne(session, campagne)
        reglement = reglement_de(session, identifiant(trouvee)).reglement
        comite = convoquer(session, trouvee, reglement, code=code, tenue_le=le.replace(tzinfo=PARIS), lieu=lieu)
        session.commit()
        membres = ", ".join(comite.membres)
    console.print(
        f"Comité « {code} » (identifiant {comite.id}) le {le:%d/%m/%Y à %H:%M}. Membres : {membres}.", markup=False
    )


@commandes.command("emarger")
def emarger_comite(
    campagne: CodeCampagne,
    code: CodeComite,
    present: Annotated[list[str], typer.Option(help="Un membre présent ; à répéter pour chacun.")],
) -> None:
    """Note les présents d'une séance ; le règlement dit si le quorum est réuni au moment de délibérer."""
    with session_ecriture(ouvrir()) as session:
        comite = emarger(session, trouver_campagne(session, campagne), code, present)
        session.commit()
        presents, membres = len(comite.presents), len(comite.membres)
    console.print(f"Comité « {code} » : {presents} présent(s) sur {membres} membres.", markup=False)


@commandes.command("lister")
def lister_comites(campagne: CodeCampagne) -> None:
    """Montre les séances d'une campagne, avec l'identifiant que demandent les actes selectionner et deliberer."""
    with session_lecture(ouvrir()) as session:
        trouvee = trouver_campagne(session, campagne)
        seances = session.exec(
            select(Comite).where(Comite.campagne_id == trouvee.id).order_by(col(Comite.tenue_le))
        ).all()
    tableau = Table("Identifiant", "Code", "Séance", "Lieu", "Présents")
    for seance in seances:
        quand = f"{seance.tenue_le.astimezone(PARIS):%d/%m/%Y %H:%M}"
        tableau.add_row(
            str(seance.id), seance.code, quand, seance.lieu, f"{len(seance.presents)}/{len(seance.membres)}"
        )
    console.print(tableau)
