"""From notes to a score: exact arithmetic, rounded once, at the end, to thousandths of a point out of 100."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final, Protocol

Notes = Mapping[str, Decimal | None]
"""The notes of one evaluator, by code of critère; None (or absent) means not applicable."""

# Unit of a score: thousandths of a point, on a score out of 100.
MILLIEMES: Final = 100 * 1000


class CritereLu(Protocol):
    """What is read of a critère, whoever declares it (a règlement, or a file of a pack)."""

    @property
    def code(self) -> str: ...
    @property
    def poids(self) -> Decimal: ...
    @property
    def eliminatoire_sous(self) -> Decimal | None: ...


class BaremeLu(Protocol):
    """What is read of a grille."""

    @property
    def note_min(self) -> Decimal: ...
    @property
    def note_max(self) -> Decimal: ...
    @property
    def non_applicable(self) -> str: ...
    @property
    def criteres(self) -> Sequence[CritereLu]: ...


Moyennes = Mapping[str, Fraction | None]


def moyennes_par_critere(notations: Sequence[Notes], bareme: BaremeLu) -> dict[str, Fraction | None]:
    """Mean of each critère over the evaluators; None when nobody could note it (see `Grille.non_applicable`)."""
    return {critere.code: _moyenne([n.get(critere.code) for n in notations], bareme) for critere in bareme.criteres}


def total_millieme(moyennes: Moyennes, bareme: BaremeLu) -> int:
    """Weighted mean out of 100, in thousandths of a point, half rounded up.

    A critère without a mean gives its weight to the others, in proportion to theirs.
    """
    notees = [(c.poids.as_integer_ratio(), m) for c in bareme.criteres if (m := moyennes[c.code]) is not None]
    # Whole numbers over common denominators: a ranking drawn a thousand times over costs seconds instead of minutes.
    des_poids = lcm(*(denominateur for (_, denominateur), _ in notees))
    des_notes = lcm(*(moyenne.denominator for _, moyenne in notees))
    poids = [numerateur * (des_poids // denominateur) for (numerateur, denominateur), _ in notees]
    if not sum(poids):
        return 0
    notes = [moyenne.numerator * (des_notes // moyenne.denominator) for _, moyenne in notees]
    moyenne = Fraction(sum(p * n for p, n in zip(poids, notes, strict=True)), sum(poids) * des_notes)
    etendue = Fraction(bareme.note_max) - Fraction(bareme.note_min)
    return arrondir((moyenne - Fraction(bareme.note_min)) / etendue * MILLIEMES)


def criteres_eliminatoires(moyennes: Moyennes, bareme: BaremeLu) -> list[str]:
    """Codes of the critères whose mean is strictly below their eliminatory bar, in the grille's order."""
    return [critere.code for critere in bareme.criteres if _sous_la_barre(moyennes[critere.code], critere)]


def ecart_millieme(notations: Sequence[Notes], bareme: BaremeLu) -> int:
    """Between the highest and the lowest of the evaluators' own scores, in thousandths of a point; 0 below two.

    An evaluator who found every critère without object has no score, and disagrees with nobody.
    """
    lues = [moyennes_par_critere([notation], bareme) for notation in notations]
    totaux = [total_millieme(m, bareme) for m in lues if any(note is not None for note in m.values())]
    return max(totaux) - min(totaux) if totaux else 0


def arrondir(valeur: Fraction) -> int:
    """Nearest integer, half up (never Python's half-to-even, which people cannot follow by hand)."""
    return (2 * valeur.numerator + valeur.denominator) // (2 * valeur.denominator)


def _sous_la_barre(moyenne: Fraction | None, critere: CritereLu) -> bool:
    barre = critere.eliminatoire_sous
    return moyenne is not None and barre is not None and moyenne < Fraction(barre)


def _moyenne(notes: Sequence[Decimal | None], bareme: BaremeLu) -> Fraction | None:
    """Mean of one critère: a note not applicable is left out, or counts as the lowest where the grille says so."""
    if bareme.non_applicable == "zero":
        notes = [bareme.note_min if note is None else note for note in notes]
    donnees = [note for note in notes if note is not None]
    if not donnees:
        return None
    # Notes have a few digits: their sum is exact in Decimal, and much faster than in Fraction.
    numerateur, denominateur = sum(donnees, Decimal(0)).as_integer_ratio()
    return Fraction(numerateur, denominateur * len(donnees))
