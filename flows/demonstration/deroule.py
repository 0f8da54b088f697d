"""The play itself: acts, gestes and passages of the flows by date, then a round of all flows that must move nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.database import session_ecriture
from ami.models import Courriel
from flows.demonstration.atelier import Atelier
from flows.demonstration.boite import recus
from flows.demonstration.histoire import ActePrevu, Demonstration, Etape, GestePrevu
from flows.demonstration.jeu import Jeu
from flows.demonstration.secretariat import accomplir
from notifications.models import EtatCourriel
from notifications.outbox import resoudre_incertain

Passer = Callable[[str, datetime], None]
"""Run one flow, by its name in the deployments file, at an instant."""

REPRISE = timedelta(hours=1)
"""Longer than a lease: what a killed run had taken is free again."""
EXPLOITANT = "l'exploitant de la démonstration"


@dataclass(frozen=True)
class Avancee:
    """What just happened, for the display: the étape, acts done since the last one, whether its flows ran now.

    `gestes`: what the team did since the last one, each with the prefix of its campagne.
    """

    etape: Etape
    actes: int
    joue: bool
    gestes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fin:
    """How the play ended: the last instant, flow runs, acts and gestes done now, uncertain courriels settled."""

    instant: datetime
    passages: int
    actes: int
    gestes: int
    resolus: int


def derouler(
    engine: Engine,
    demonstration: Demonstration,
    jeux: Mapping[str, Jeu],
    atelier: Atelier,
    passer: Passer,
    montrer: Callable[[Avancee], None],
) -> Fin:
    """Play to the end; `jeux` plays the acts of each campagne. What an interrupted run has done is not done again.

    Raises:
        flows.demonstration.jeu.Imprevu: the engine does not follow the story.
    """
    faites, passages, actes = atelier.etapes_faites(), 0, [0]  # by étape, like what the team did
    gestes: list[tuple[tuple[str, str], ...]] = [()]
    for evenement in demonstration.calendrier:
        if isinstance(evenement, ActePrevu):
            actes[-1] += jeux[evenement.recit.code].jouer(evenement.dossier, evenement.ligne)
        elif isinstance(evenement, GestePrevu):
            dit = accomplir(engine, evenement, jeux[evenement.recit.code], atelier)
            gestes[-1] += ((evenement.recit.prefixe, dit),) if dit else ()
        else:
            a_jouer = evenement.le not in faites
            if a_jouer:
                passages += _passer_tous(passer, evenement.flux, evenement.le)
                atelier.marquer(evenement.le)
            montrer(Avancee(evenement, actes[-1], a_jouer, gestes[-1]))
            actes, gestes = [*actes, 0], [*gestes, ()]
    ronde, fin = demonstration.ronde, demonstration.etapes[-1].le + REPRISE
    passages, resolus = passages + _passer_tous(passer, ronde, fin), resoudre(engine, atelier, fin)
    if resolus:
        passages += _passer_tous(passer, ronde[-1:], fin + REPRISE)
    return Fin(fin, passages, sum(actes), sum(map(len, gestes)), resolus)


def _passer_tous(passer: Passer, flux: Iterable[str], instant: datetime) -> int:
    nombre = 0
    for nom in flux:
        passer(nom, instant)
        nombre += 1
    return nombre


def resoudre(engine: Engine, atelier: Atelier, maintenant: datetime) -> int:
    """Settle the courriels a kill left uncertain, as an operator would: by looking in the mailbox; how many were."""
    arrives = recus(atelier.boite)
    with session_ecriture(engine) as session:
        incertains = _incertains(session)
        for courriel in incertains:
            recu = courriel.message_id in arrives
            resoudre_incertain(session, courriel.id or 0, recu=recu, par=EXPLOITANT, maintenant=maintenant)
        session.commit()
    return len(incertains)


def _incertains(session: Session) -> list[Courriel]:
    requete = select(Courriel).where(Courriel.etat == EtatCourriel.INCERTAIN.value).order_by(col(Courriel.id))
    return list(session.exec(requete))
