"""The review of a campagne: send to evaluation every dossier its règlement lets an agent send, one transaction each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.database import session_lecture
from ami.destinataires import habilitees_sur
from ami.erreurs import ErreurMetier, Introuvable
from ami.guichet import faire
from ami.habilitations import AGENT
from ami.models import Campagne, Dossier
from ami.reglements import reglement_de
from ami.sujets import Acteur, Sujet, identifiant
from rules.modele import Transition

ACTE: Final = "lancer_evaluation"


@dataclass(frozen=True)
class BilanRevue:
    """Numbers of the dossiers sent to evaluation, and of those refused with the reason (French)."""

    lances: tuple[str, ...]
    refuses: tuple[tuple[str, str], ...]


def lancer_revue(engine: Engine, campagne: Campagne, acteur: Acteur, maintenant: datetime) -> BilanRevue:
    """Do the act on each dossier that waits for it; what is refused is reported and does not stop the others.

    Asked twice, or by two people at once, each dossier is sent once: the clef is made of the dossier and its version.
    """
    lances, refuses = [], []
    for dossier in _en_attente(engine, campagne):
        try:
            faire(
                engine,
                ACTE,
                Sujet("dossier", identifiant(dossier)),
                {},
                acteur=acteur,
                maintenant=maintenant,
                version_vue=dossier.version,
                clef=f"revue:{dossier.id}:{dossier.version}",
            )
            lances.append(dossier.numero)
        except ErreurMetier as refus:
            refuses.append((dossier.numero, refus.message))
    return BilanRevue(tuple(lances), tuple(refuses))


def phases_de_la_revue(session: Session, campagne: Campagne) -> list[str]:
    """Phases the act leads to, in the règlement's order: those whose sweep follows the evaluations."""
    reglement = reglement_de(session, identifiant(campagne)).reglement
    etats = reglement.workflow("dossier").etat_par_code
    atteintes = {etats[t.vers].phase for t in _transitions(session, campagne) if t.vers}
    return [phase.code for phase in reglement.phases if phase.code in atteintes]


def agent_de(session: Session, campagne: Campagne, courriel: str | None, maintenant: datetime) -> Acteur:
    """The agent who triggers the review: the one named, or the campagne's only one.

    Raises:
        Introuvable: nobody of that address is an agent of the campagne today, or there are several and none is named.
    """
    agents = [a for a in habilitees_sur(session, campagne, AGENT, maintenant) if courriel in {None, a.courriel}]
    if len(agents) == 1:
        return Acteur(AGENT, agents[0].id)
    if courriel:
        raise Introuvable(f"{courriel} n'est pas l'adresse d'un agent de la campagne {campagne.code}.")
    combien = "Plusieurs agents suivent" if agents else "Aucun agent ne suit"
    remede = "dites lequel agit avec --par ADRESSE" if agents else "habilitez-en un d'abord (ami importer personnes)"
    raise Introuvable(f"{combien} la campagne {campagne.code} : {remede}.")


def _en_attente(engine: Engine, campagne: Campagne) -> list[Dossier]:
    with session_lecture(engine) as session:
        etats = {etat for transition in _transitions(session, campagne) for etat in transition.de}
        requete = (
            select(Dossier)
            .where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(sorted(etats)))
            .order_by(col(Dossier.id))
        )
        return list(session.exec(requete))


def _transitions(session: Session, campagne: Campagne) -> list[Transition]:
    workflow = reglement_de(session, identifiant(campagne)).reglement.workflow("dossier")
    return [t for t in workflow.transitions if t.acte == ACTE and AGENT in t.roles]
