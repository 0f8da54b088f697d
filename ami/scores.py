"""The score of a dossier as its evaluations stand; the arithmetic is in `ami.choix.notes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from ami.choix.notes import Notes, criteres_eliminatoires, ecart_millieme, moyennes_par_critere, total_millieme
from ami.models import Affectation, Dossier, Note
from rules.modele import Grille

VIVANTES = ("demandee", "rendue")
RENDUE = "rendue"


@dataclass(frozen=True)
class Score:
    """Where the evaluations of a dossier stand.

    `total_millieme` is the score out of 100 in thousandths of a point (0 when nothing is rendered);
    `eliminatoires` counts the critères whose mean is below their bar; `rendues` counts final evaluations;
    `attendues` is how many are awaited, never below the grille's minimum once they were asked; `ecart_millieme` is
    between the evaluators' highest and lowest own scores; `supplementaires` counts those asked beyond the grille's.
    """

    total_millieme: int
    eliminatoires: int
    rendues: int
    attendues: int
    ecart_millieme: int
    supplementaires: int


def calculer_score(session: Session, dossier: Dossier, grille: Grille) -> Score:
    """Score a dossier on its final evaluations; drafts and those of evaluators who withdrew do not count."""
    affectations = session.exec(select(Affectation).where(Affectation.dossier_id == dossier.id)).all()
    notations = _notations(session, [a for a in affectations if a.statut == RENDUE])
    moyennes = moyennes_par_critere(notations, grille)
    return Score(
        total_millieme=total_millieme(moyennes, grille),
        eliminatoires=len(criteres_eliminatoires(moyennes, grille)),
        rendues=len(notations),
        attendues=_attendues(affectations, grille),
        ecart_millieme=ecart_millieme(notations, grille),
        supplementaires=sum(1 for a in affectations if a.supplementaire and a.statut in VIVANTES),
    )


def _notations(session: Session, rendues: Sequence[Affectation]) -> list[Notes]:
    """The notes of each final evaluation, in one query."""
    par_affectation: dict[int, dict[str, Decimal | None]] = {a.id: {} for a in rendues if a.id is not None}
    for note in session.exec(select(Note).where(col(Note.affectation_id).in_(list(par_affectation)))).all():
        par_affectation[note.affectation_id][note.critere] = note.valeur
    return list(par_affectation.values())


def _attendues(affectations: Sequence[Affectation], grille: Grille) -> int:
    """Evaluations awaited: the live ones, but never fewer than the grille's minimum once some were asked."""
    vivantes = sum(1 for affectation in affectations if affectation.statut in VIVANTES)
    return max(vivantes, grille.evaluations_minimales) if affectations else 0
