"""Who evaluates a dossier: an even, reproducible sharing among the evaluators who have no interest in it."""

from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from ami.conflits import sans_conflit
from ami.erreurs import Refus
from ami.models import (
    Affectation,
    Dossier,
    Habilitation,
    Personne,
    ScoreFige,
    Structure,
)
from ami.sujets import identifiant
from rules.modele import Grille

EVALUATEUR = "evaluateur"
DEMANDEE = "demandee"
RENDUE = "rendue"
DEPORTEE = "deportee"
CLOSE = "close"


def affecter_evaluateurs(session: Session, dossier: Dossier, grille: Grille, maintenant: datetime) -> list[Personne]:
    """Ask the evaluators the grille wants, minus those the dossier already has; return those newly asked.

    Never someone in conflict (`ami.conflits`), nor someone already asked or withdrawn. A dossier whose former
    evaluations were closed starts a new round: its evaluators are asked again. A déport is never blocked for want
    of a replacement, since nobody may be kept in conflict: the dossier then waits for the minimum of evaluations.

    Raises:
        Refus: first demand, and the pool is too small to give the dossier its evaluators.
    """
    rappeles = _ouvrir_nouveau_tour(session, dossier, maintenant)
    manquent = max(0, grille.evaluateurs_par_dossier - len(_vivantes(session, dossier)))
    choisis = vivier(session, dossier, maintenant)[:manquent]
    if len(choisis) < manquent and not _a_des_deports(session, dossier):
        raise _vivier_trop_petit(dossier, manquent, len(choisis))
    session.add_all(
        Affectation(dossier_id=identifiant(dossier), personne_id=identifiant(personne), demandee_le=maintenant)
        for personne in choisis
    )
    session.flush()
    return rappeles + choisis


def vivier(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """Evaluators who may be asked for a dossier, best first: lightest load, then nearest, then by identifier."""
    deja = _deja_demandes(session, dossier)
    candidats = [p for p in _evaluateurs(session, dossier, maintenant) if p.id not in deja]
    libres = sans_conflit(session, dossier, candidats)
    charges = _charges(session, dossier.campagne_id)
    proches = _de_la_region(session, dossier)
    return sorted(
        libres,
        key=lambda p: (charges.get(p.id or 0, 0), p.structure_id not in proches, p.id or 0),
    )


def _evaluateurs(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """Persons who hold the role today, on the campagne or on this dossier."""
    portee = or_(
        col(Habilitation.campagne_id) == dossier.campagne_id,
        col(Habilitation.dossier_id) == dossier.id,
    )
    habilites = select(Habilitation.personne_id).where(
        Habilitation.role == EVALUATEUR,
        portee,
        Habilitation.depuis <= maintenant,
        or_(col(Habilitation.jusqu_a).is_(None), col(Habilitation.jusqu_a) > maintenant),
    )
    return list(session.exec(select(Personne).where(col(Personne.id).in_(habilites)).order_by(col(Personne.id))))


def _deja_demandes(session: Session, dossier: Dossier) -> set[int]:
    return set(session.exec(select(Affectation.personne_id).where(Affectation.dossier_id == dossier.id)))


def _vivantes(session: Session, dossier: Dossier) -> list[Affectation]:
    requete = select(Affectation).where(
        Affectation.dossier_id == dossier.id, col(Affectation.statut).in_((DEMANDEE, RENDUE))
    )
    return list(session.exec(requete))


def _charges(session: Session, campagne_id: int) -> dict[int, int]:
    """How many dossiers of the campagne each evaluator was given (those they withdrew from do not count)."""
    requete = (
        select(Affectation.personne_id, func.count())
        .join(Dossier, col(Dossier.id) == col(Affectation.dossier_id))
        .where(Dossier.campagne_id == campagne_id, Affectation.statut != DEPORTEE)
        .group_by(col(Affectation.personne_id))
    )
    return dict(session.exec(requete).all())


def _de_la_region(session: Session, dossier: Dossier) -> set[int | None]:
    """Structures of the porteur's region: at equal load, whoever knows the ground reads first."""
    porteur = session.get(Structure, dossier.porteur_id) if dossier.porteur_id is not None else None
    if porteur is None or porteur.region is None:
        return set()
    return set(session.exec(select(Structure.id).where(Structure.region == porteur.region)))


def _a_des_deports(session: Session, dossier: Dossier) -> bool:
    requete = select(Affectation.id).where(Affectation.dossier_id == dossier.id, Affectation.statut == DEPORTEE)
    return session.exec(requete).first() is not None


def _ouvrir_nouveau_tour(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """A dossier scored once and sent to evaluation again: its evaluators still free to judge are asked afresh.

    Their former notes stay as drafts to start from; the frozen score, which was of the former study, goes.
    """
    fige = session.exec(select(ScoreFige).where(ScoreFige.dossier_id == dossier.id)).first()
    if fige is None:
        return []
    session.delete(fige)
    anciennes = {a.personne_id: a for a in _anciennes(session, dossier)}
    actuels = [p for p in _evaluateurs(session, dossier, maintenant) if p.id in anciennes]
    libres = sans_conflit(session, dossier, actuels)
    gardes = {p.id for p in libres}
    for personne_id, affectation in anciennes.items():
        _rouvrir(affectation, maintenant, garder=personne_id in gardes)
    session.flush()
    return libres


def _anciennes(session: Session, dossier: Dossier) -> list[Affectation]:
    requete = select(Affectation).where(Affectation.dossier_id == dossier.id, Affectation.statut != DEPORTEE)
    return list(session.exec(requete.order_by(col(Affectation.id))))


def _rouvrir(affectation: Affectation, maintenant: datetime, *, garder: bool) -> None:
    affectation.statut = DEMANDEE if garder else CLOSE
    affectation.rendue_le = None
    affectation.demandee_le = maintenant


def _vivier_trop_petit(dossier: Dossier, manquent: int, trouves: int) -> Refus:
    return Refus(
        f"Le dossier {dossier.numero} a besoin de {manquent} évaluateur(s) de plus et {trouves} seulement peuvent le "
        "lire sans conflit d'intérêts. Habilitez d'autres évaluateurs sur la campagne, puis recommencez."
    )
