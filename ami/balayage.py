"""The sweep: every sujet of a phase that can or must move now moves, chunk by chunk, and the bad one is set aside.

Level-triggered: what is true now decides. A sweep lost, doubled or killed anywhere changes nothing, since each chunk is
one transaction and the next sweep finds the same work. Knows nothing of who runs it (a flow, a command, a test).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from time import sleep
from typing import Final

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from ami.agir import avancer
from ami.bilan import Attente, Avance, Bilan, BilanLot, Ecarte
from ami.database import session_ecriture, session_lecture
from ami.erreurs import ConflitDeVersion, ErreurMetier, Introuvable
from ami.incidents import ecarter, refermer
from ami.models import Campagne, Dossier
from ami.pannes import TROUBLES, passager, raison_de
from ami.reglements import reglement_de
from ami.sujets import TABLES, Mouvement, Sujet, charger_sujet, dossier_de, identifiant
from rules.modele import Etat, Phase, Reglement

logger = logging.getLogger(__name__)

ORIGINE: Final = "balayage"
TAILLE_LOT: Final = 25
PAUSES: Final = (0, 1, 1, 2, 3)  # seconds given to a database in trouble, for one whole chunk
Passeur = Callable[[Engine, Sequence[Sujet], datetime], BilanLot]


class PhaseInconnue(ErreurMetier):
    """The règlement of this campagne has no such phase."""


def balayer(
    engine: Engine,
    campagne: Campagne,
    phase: str,
    maintenant: datetime,
    taille_lot: int = TAILLE_LOT,
    passer: Passeur | None = None,
) -> Bilan:
    """Sweep one phase of a campagne and report. `passer` treats one chunk (a flow gives its task).

    Raises:
        PhaseInconnue: the campagne's règlement has no such phase.
    """
    campagne_id, passer = identifiant(campagne), passer or balayer_lot
    with session_lecture(engine) as session:
        sujets = a_balayer(session, campagne_id, phase)
    total = BilanLot()
    for debut in range(0, len(sujets), taille_lot):
        total += passer(engine, sujets[debut : debut + taille_lot], maintenant)
    with session_lecture(engine) as session:
        regle = _phase(reglement_de(session, campagne_id).reglement, campagne, phase)
        return Bilan(campagne.code, regle.libelle, maintenant, total, attentes(session, campagne_id, phase))


def a_balayer(session: Session, campagne_id: int, phase: str) -> list[Sujet]:
    """Sujets whose état, in that phase, has automatic transitions; by kind then identifier, always the same order.

    An état that belongs to no phase (a réclamation's) goes with every sweep: nothing is left without a hand.

    Raises:
        PhaseInconnue: the campagne's règlement has no such phase.
    """
    reglement = reglement_de(session, campagne_id).reglement
    _phase(reglement, session.get_one(Campagne, campagne_id), phase)
    sujets: list[Sujet] = []
    for kind in sorted(reglement.sujets):
        table = TABLES[kind]
        requete = (
            select(table.id)
            .where(table.campagne_id == campagne_id, col(table.etat).in_(_etats_actifs(reglement, kind, phase)))
            .order_by(col(table.id))
        )
        sujets += [Sujet(kind, ligne_id) for ligne_id in session.exec(requete) if ligne_id is not None]
    return sujets


def balayer_lot(
    engine: Engine, sujets: Sequence[Sujet], maintenant: datetime, *, attendre: Callable[[int], None] = sleep
) -> BilanLot:
    """Move a chunk of sujets in one transaction, each behind a savepoint; the bad one is set aside, the rest goes on.

    When the database itself is in trouble (deadlock, lock wait, lost connection) the chunk is rolled back and tried
    again sujet by sujet, a bounded number of times; what still fails is reported and left to the next sweep.
    """
    try:
        return _transaction(engine, sujets, maintenant)
    except TROUBLES as erreur:
        logger.warning("chunk of %d sujets tried again one by one: %s", len(sujets), type(erreur).__name__)
    pauses = iter(PAUSES)
    total = BilanLot()
    for sujet in sujets:
        total += _insister(engine, sujet, maintenant, pauses, attendre)
    return total


def attentes(session: Session, campagne_id: int, phase: str) -> tuple[Attente, ...]:
    """How many dossiers of the phase wait in each état that is not final, and on whom, in the règlement's order."""
    reglement = reglement_de(session, campagne_id).reglement
    requete = select(Dossier.etat, func.count()).where(Dossier.campagne_id == campagne_id).group_by(col(Dossier.etat))
    nombres = dict(session.exec(requete).all())
    return tuple(
        Attente(etat.libelle, etat.attend, nombres[etat.code])
        for etat in reglement.workflow("dossier").etats
        if etat.phase == phase and not etat.final and etat.code in nombres
    )


def _phase(reglement: Reglement, campagne: Campagne, code: str) -> Phase:
    trouvee = next((phase for phase in reglement.phases if phase.code == code), None)
    if trouvee is None:
        connues = ", ".join(phase.code for phase in reglement.phases)
        raise PhaseInconnue(
            f"Le règlement de la campagne {campagne.code} n'a pas de phase « {code} ». Ses phases : {connues}."
        )
    return trouvee


def _etats_actifs(reglement: Reglement, kind: str, phase: str) -> list[str]:
    """Codes of the états of a phase (or of none) that an automatic transition may leave."""
    workflow = reglement.workflow(kind)
    automatiques = {code for transition in workflow.transitions if transition.automatique for code in transition.de}

    def concerne(etat: Etat) -> bool:
        return etat.code in automatiques and etat.phase in {phase, None}

    return [etat.code for etat in workflow.etats if concerne(etat)]


def _transaction(engine: Engine, sujets: Sequence[Sujet], maintenant: datetime) -> BilanLot:
    with session_ecriture(engine) as session:
        total, passes = BilanLot(), []
        for sujet in sujets:
            issue = _passer(session, sujet, maintenant)
            total += issue
            # One that somebody else was moving was not tried: its incident says nothing new.
            if not issue.ecartes and not issue.devances:
                passes.append(sujet)
        refermer(session, passes, origine=ORIGINE, maintenant=maintenant)
        session.commit()
        return total


def _passer(session: Session, sujet: Sujet, maintenant: datetime) -> BilanLot:
    """One sujet behind its savepoint. Trouble of the database goes up: the whole transaction is lost."""
    try:
        with session.begin_nested():
            mouvements = avancer(session, sujet, maintenant)
        return BilanLot(avances=_avances(session, mouvements), inchanges=0 if mouvements else 1)
    except ConflitDeVersion:
        # Somebody else moved it meanwhile: their move stands, the next sweep looks again.
        return BilanLot(devances=1)
    except TROUBLES:
        raise
    except Exception as erreur:
        if session.get(TABLES[sujet.kind], sujet.id, populate_existing=True) is None:
            return BilanLot(inchanges=1)  # gone since the list was read: nothing is left to move
        return BilanLot(ecartes=(_mettre_de_cote(session, sujet, erreur, maintenant),))


def _mettre_de_cote(session: Session, sujet: Sujet, erreur: Exception, maintenant: datetime) -> Ecarte:
    raison = raison_de(erreur)
    if not isinstance(erreur, ErreurMetier):
        logger.error("%s set aside by the sweep", sujet, exc_info=erreur)
    ecarter(session, sujet, raison, origine=ORIGINE, maintenant=maintenant)
    return Ecarte(sujet, _nom(session, sujet), raison)


def _insister(
    engine: Engine, sujet: Sujet, maintenant: datetime, pauses: Iterator[int], attendre: Callable[[int], None]
) -> BilanLot:
    """One sujet alone in its transaction, until it passes or the patience of the chunk is spent."""
    while True:
        try:
            return _transaction(engine, [sujet], maintenant)
        except TROUBLES as erreur:
            if not passager(erreur):
                return _ecarter_seul(engine, sujet, erreur, maintenant)
            pause = next(pauses, None)
            if pause is None:
                return BilanLot(ecartes=(Ecarte(sujet, _nom_brut(sujet), raison_de(erreur)),))
            attendre(pause)


def _ecarter_seul(engine: Engine, sujet: Sujet, erreur: Exception, maintenant: datetime) -> BilanLot:
    with session_ecriture(engine) as session:
        ecarte = _mettre_de_cote(session, sujet, erreur, maintenant)
        session.commit()
    return BilanLot(ecartes=(ecarte,))


def _avances(session: Session, mouvements: Sequence[Mouvement]) -> tuple[Avance, ...]:
    return tuple(_avance(session, mouvement) for mouvement in mouvements)


def _avance(session: Session, mouvement: Mouvement) -> Avance:
    ligne = charger_sujet(session, mouvement.sujet)
    workflow = reglement_de(session, ligne.campagne_id).reglement.workflow(mouvement.sujet.kind)
    libelles = {code: etat.libelle for code, etat in workflow.etat_par_code.items()}
    nom = _nom(session, mouvement.sujet)
    return Avance(nom, libelles.get(mouvement.de or "", ""), libelles[mouvement.vers])


def _nom(session: Session, sujet: Sujet) -> str:
    """How a person calls a sujet: the dossier's number, and what else when it is no dossier or is gone."""
    try:
        ligne = charger_sujet(session, sujet)
        numero = dossier_de(session, ligne).numero
    except Introuvable:
        return _nom_brut(sujet)
    return numero if isinstance(ligne, Dossier) else f"{numero} ({_nom_brut(sujet)})"


def _nom_brut(sujet: Sujet) -> str:
    return f"{sujet.kind} n° {sujet.id}"
