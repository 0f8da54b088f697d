"""Carrying out a plan: échéances, money and evaluations, after the sujet has moved and its journal line is written."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import or_
from sqlmodel import Session, col, select

from ami import argent
from ami.affectations import ecarter_en_conflit
from ami.models import Affectation, Dossier, Echeance, ScoreFige
from ami.plafonds import payable
from ami.plan import EcheancePrevue, Plan
from ami.scores import calculer_score
from ami.sujets import Acteur, Mouvement, identifiant
from ami.vivier import CLOSE, DEMANDEE, DEPORTEE
from rules.modele import (
    EffetCloreEvaluations,
    EffetConstaterReversement,
    EffetDemanderEvaluations,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetFermerEcheances,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    EffetOuvrirEcheance,
    Reglement,
    Transition,
)
from rules.vocabulaire import Acte

CONSTATER: Final[Acte] = "constater_reversement"
NOTER: Final[Acte] = "noter"


def appliquer(
    session: Session,
    reglement: Reglement,
    transition: Transition,
    plan: Plan,
    mouvement: Mouvement,
    *,
    dossier: Dossier,
    acteur: Acteur,
) -> None:
    """Carry out the effects in the règlement's order.

    Raises:
        Refus: an enveloppe does not hold enough.
    """
    for rang, effet in enumerate(transition.effets):
        match effet:
            case EffetFermerEcheances():
                du = _reversement_du(session, reglement, dossier)
                fermer_echeances(session, reglement, mouvement, effet.echeances, acteur, reversement_du=du)
            case EffetOuvrirEcheance() if rang in plan.echeances:
                ouvrir_echeance(session, mouvement, dossier.campagne_id, plan.echeances[rang])
            case EffetDemanderEvaluations(lesquelles="remplacement"):
                _liberer_ecartes(session, dossier, mouvement)
            case EffetCloreEvaluations():
                clore_evaluations(session, reglement, dossier, mouvement.instant)
            case _:
                _argent(session, reglement, dossier, effet, plan.montants.get(rang), mouvement.instant)


def _argent(
    session: Session,
    reglement: Reglement,
    dossier: Dossier,
    effet: object,
    montant: Decimal | None,
    maintenant: datetime,
) -> None:
    """The money effects, with the amount planned (None: all there is); any other has nothing to do here."""
    match effet:
        case EffetEngagerMontant(nature=nature) if montant is not None:
            argent.engager(session, dossier, nature, montant, maintenant)
        case EffetLibererMontant(nature=nature):
            argent.liberer(session, dossier, nature, montant, maintenant)
        case EffetOrdonnerVersement(nature=nature, motif=motif) if montant is not None:
            borne = partial(payable, session, reglement, motif=motif)
            argent.ordonner_versement(
                session, dossier, nature, montant, motif=motif, maintenant=maintenant, payable=borne
            )
        case EffetDemanderReversement(nature=nature) if montant is not None:
            argent.demander_reversement(session, dossier, nature, montant)
        case EffetConstaterReversement(nature=nature):
            argent.constater_reversement(session, dossier, nature, maintenant)
        case _:
            return


def _reversement_du(session: Session, reglement: Reglement, dossier: Dossier) -> bool:
    """True while money asked back is still to come."""
    natures = [aide.nature for aide in reglement.aides]
    return any(e.a_reverser > argent.ZERO for nature in natures for e in argent.engagements(session, dossier, nature))


def ouvrir_echeance(session: Session, mouvement: Mouvement, campagne_id: int, prevue: EcheancePrevue) -> None:
    """Open an échéance, for its role or for each person asked."""
    for personne_id in prevue.personnes or (None,):
        session.add(
            Echeance(
                sujet_kind=mouvement.sujet.kind,
                sujet_id=mouvement.sujet.id,
                campagne_id=campagne_id,
                code=prevue.regle.code,
                acte=prevue.regle.acte,
                role=prevue.regle.role,
                personne_id=personne_id,
                ouverte_le=mouvement.instant,
                ouverte_seq=mouvement.seq,
                due_a=prevue.due_a,
            )
        )
    session.flush()


def fermer_echeances(
    session: Session,
    reglement: Reglement,
    mouvement: Mouvement,
    codes: list[str],
    acteur: Acteur,
    *,
    reversement_du: bool = False,
) -> None:
    """Close open échéances of the sujet: those named, or all but the return of money still due.

    What is owed person by person is closed for the one who acted, when the actor owes it; the others still do.
    """
    requete = select(Echeance).where(
        Echeance.sujet_kind == mouvement.sujet.kind,
        Echeance.sujet_id == mouvement.sujet.id,
        col(Echeance.fermee_le).is_(None),
        # What this very move opens stays open, wherever the règlement puts the closing.
        Echeance.ouverte_seq < mouvement.seq,
    )
    if codes:
        requete = requete.where(col(Echeance.code).in_(codes))
    elif reversement_du:
        requete = requete.where(Echeance.acte != CONSTATER)
    personnelles = [e.code for e in reglement.echeances if e.par_personne and e.role == acteur.role]
    requete = requete.where(
        or_(col(Echeance.code).not_in(personnelles), col(Echeance.personne_id) == acteur.personne_id)
    )
    for echeance in session.exec(requete):
        echeance.fermee_le = mouvement.instant
        echeance.fermee_par = mouvement.transition
        session.add(echeance)
    session.flush()


def _liberer_ecartes(session: Session, dossier: Dossier, mouvement: Mouvement) -> None:
    """Evaluators set aside owe nothing any more: they are not reminded of a dossier they may no longer read."""
    ecartes = select(Affectation.personne_id).where(
        Affectation.dossier_id == dossier.id, Affectation.statut == DEPORTEE
    )
    requete = select(Echeance).where(
        Echeance.sujet_kind == mouvement.sujet.kind,
        Echeance.sujet_id == mouvement.sujet.id,
        Echeance.acte == NOTER,
        col(Echeance.fermee_le).is_(None),
        col(Echeance.personne_id).in_(ecartes),
    )
    for echeance in session.exec(requete):
        echeance.fermee_le, echeance.fermee_par = mouvement.instant, mouvement.transition
    session.flush()


def clore_evaluations(session: Session, reglement: Reglement, dossier: Dossier, maintenant: datetime) -> None:
    """Freeze the score, without the evaluators in conflict; evaluations not rendered are closed, no longer awaited."""
    if reglement.grille is None:
        return
    ecarter_en_conflit(session, dossier, maintenant)
    score = calculer_score(session, dossier, reglement.grille)
    for affectation in session.exec(
        select(Affectation).where(Affectation.dossier_id == dossier.id, Affectation.statut == DEMANDEE)
    ):
        affectation.statut = CLOSE
        session.add(affectation)
    session.add(
        ScoreFige(
            dossier_id=identifiant(dossier),
            total_millieme=score.total_millieme,
            eliminatoires=score.eliminatoires,
            evaluations=score.rendues,
            fige_le=maintenant,
        )
    )
    session.flush()
