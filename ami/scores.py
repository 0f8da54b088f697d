"""The score of a dossier: exact arithmetic from notes to thousandths of a point, rounded once, at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session, col, select

from ami.models import Affectation, Dossier, Note
from rules.modele import Critere, Grille

Notation = Mapping[str, Decimal | None]
"""The notes of one evaluator, by code of critère; None (or absent) means not applicable."""

VIVANTES = ("demandee", "rendue")
RENDUE = "rendue"
# Unit the expressions use: thousandths of a point, on a score out of 100.
MILLIEMES = 100 * 1000


@dataclass(frozen=True)
class Score:
    """Where the evaluations of a dossier stand.

    `total_millieme` is the score out of 100 in thousandths of a point (0 when nothing is rendered);
    `eliminatoires` counts the critères whose mean is below their bar; `rendues` counts final evaluations;
    `attendues` is how many are awaited, never below the grille's minimum once they were asked.
    """

    total_millieme: int
    eliminatoires: int
    rendues: int
    attendues: int


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
    )


def moyennes_par_critere(notations: Sequence[Notation], grille: Grille) -> dict[str, Fraction | None]:
    """Mean of each critère over the evaluators; None when nobody could note it (see `Grille.non_applicable`)."""
    return {critere.code: _moyenne([n.get(critere.code) for n in notations], grille) for critere in grille.criteres}


def total_millieme(moyennes: Mapping[str, Fraction | None], grille: Grille) -> int:
    """Weighted mean out of 100, in thousandths of a point, half rounded up.

    A critère without a mean gives its weight to the others, in proportion to theirs.
    """
    notees = [(c.poids, m) for c in grille.criteres if (m := moyennes[c.code]) is not None]
    poids = sum((Fraction(p) for p, _ in notees), Fraction(0))
    if not poids:
        return 0
    etendue = Fraction(grille.note_max) - Fraction(grille.note_min)
    somme = sum((Fraction(p) * (m - Fraction(grille.note_min)) / etendue for p, m in notees), Fraction(0))
    return _arrondir(somme / poids * MILLIEMES)


def criteres_eliminatoires(moyennes: Mapping[str, Fraction | None], grille: Grille) -> list[Critere]:
    """The critères whose mean is strictly below their eliminatory bar."""
    return [critere for critere in grille.criteres if _sous_la_barre(moyennes[critere.code], critere)]


def _sous_la_barre(moyenne: Fraction | None, critere: Critere) -> bool:
    barre = critere.eliminatoire_sous
    return moyenne is not None and barre is not None and moyenne < Fraction(barre)


def _moyenne(notes: Sequence[Decimal | None], grille: Grille) -> Fraction | None:
    """Mean of one critère: a note not applicable is left out, or counts as the lowest where the grille says so."""
    if grille.non_applicable == "zero":
        notes = [grille.note_min if note is None else note for note in notes]
    donnees = [Fraction(note) for note in notes if note is not None]
    return sum(donnees, Fraction(0)) / len(donnees) if donnees else None


def _arrondir(valeur: Fraction) -> int:
    """Nearest integer, half up (never Python's half-to-even, which people cannot follow by hand)."""
    return (2 * valeur.numerator + valeur.denominator) // (2 * valeur.denominator)


def _notations(session: Session, rendues: Sequence[Affectation]) -> list[Notation]:
    """The notes of each final evaluation, in one query."""
    par_affectation: dict[int, dict[str, Decimal | None]] = {a.id: {} for a in rendues if a.id is not None}
    for note in session.exec(select(Note).where(col(Note.affectation_id).in_(list(par_affectation)))).all():
        par_affectation[note.affectation_id][note.critere] = note.valeur
    return list(par_affectation.values())


def _attendues(affectations: Sequence[Affectation], grille: Grille) -> int:
    """Evaluations awaited: the live ones, but never fewer than the grille's minimum once some were asked."""
    vivantes = sum(1 for affectation in affectations if affectation.statut in VIVANTES)
    return max(vivantes, grille.evaluations_minimales) if affectations else 0
