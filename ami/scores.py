"""The score of a dossier as its evaluations stand; the arithmetic is in `ami.choix.notes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from ami.choix.notes import Notes, criteres_eliminatoires, ecart_millieme, moyennes_par_critere, total_millieme
from ami.conflits import conflits
from ami.models import Affectation, Dossier, Note, Personne, ScoreFige
from rules.modele import Grille

VIVANTES = ("demandee", "rendue")
RENDUE = "rendue"


@dataclass(frozen=True)
class Score:
    """Where the evaluations of a dossier stand.

    `total_millieme` is the score out of 100 in thousandths of a point (0 when nothing is rendered);
    `eliminatoires` counts the critères whose mean is below their bar; `rendues` counts final evaluations;
    `attendues` is how many are awaited, never below the grille's minimum once they were asked; `ecart_millieme` is
    between the evaluators' highest and lowest own scores; `supplementaires` counts those asked beyond the grille's;
    `en_conflit` counts the evaluations of people who have an interest in the dossier, and which count nowhere else.
    """

    total_millieme: int
    eliminatoires: int
    rendues: int
    attendues: int
    ecart_millieme: int
    supplementaires: int
    en_conflit: int


def calculer_score(session: Session, dossier: Dossier, grille: Grille) -> Score:
    """Score a dossier on its final evaluations; drafts and those of evaluators who withdrew do not count.

    Nor do those of people in conflict, until the score is frozen: that is when it is judged, once and for all.
    """
    toutes = session.exec(select(Affectation).where(Affectation.dossier_id == dossier.id)).all()
    ecartees = en_conflit_ici(session, dossier, toutes)
    affectations = [a for a in toutes if a not in ecartees]
    notations = _notations(session, [a for a in affectations if a.statut == RENDUE])
    moyennes = moyennes_par_critere(notations, grille)
    return Score(
        total_millieme=total_millieme(moyennes, grille),
        eliminatoires=len(criteres_eliminatoires(moyennes, grille)),
        rendues=len(notations),
        attendues=_attendues(affectations, grille) if toutes else 0,
        ecart_millieme=ecart_millieme(notations, grille),
        supplementaires=sum(1 for a in affectations if a.supplementaire and a.statut in VIVANTES),
        en_conflit=len(ecartees),
    )


def en_conflit_ici(session: Session, dossier: Dossier, affectations: Sequence[Affectation]) -> list[Affectation]:
    """The evaluations under way of people who have an interest in the dossier; none once its score is frozen."""
    vivantes = [a for a in affectations if a.statut in VIVANTES]
    if not vivantes or est_figee(session, dossier):
        return []
    gens = session.exec(select(Personne).where(col(Personne.id).in_([a.personne_id for a in vivantes]))).all()
    ecartes = conflits(session, dossier, gens)
    return [a for a in vivantes if a.personne_id in ecartes]


def est_figee(session: Session, dossier: Dossier) -> bool:
    """True once the score is frozen."""
    return session.exec(select(ScoreFige.id).where(ScoreFige.dossier_id == dossier.id)).first() is not None


def _notations(session: Session, rendues: Sequence[Affectation]) -> list[Notes]:
    """The notes of each final evaluation, in one query."""
    par_affectation: dict[int, dict[str, Decimal | None]] = {a.id: {} for a in rendues if a.id is not None}
    for note in session.exec(select(Note).where(col(Note.affectation_id).in_(list(par_affectation)))).all():
        par_affectation[note.affectation_id][note.critere] = note.valeur
    return list(par_affectation.values())


def _attendues(affectations: Sequence[Affectation], grille: Grille) -> int:
    """Evaluations awaited: the live ones, but never fewer than the grille's minimum once some were asked."""
    vivantes = sum(1 for affectation in affectations if affectation.statut in VIVANTES)
    return max(vivantes, grille.evaluations_minimales)
