"""The exact solver behind assignment and selection: HiGHS, by scipy, on whole numbers.

Everything given and everything returned is an integer; what the solver computes in between is its own affair, and a
solution is checked again in integers before it is believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

INFINI: Final = 2**52  # no bound; still an exact number to the solver
SECONDES: Final = 120  # given to one resolution

_OPTIMAL, _LIMITE, _IMPOSSIBLE = 0, 1, 2


class SolveurMuet(Exception):
    """The solver neither found a solution nor proved there is none; its own word is kept."""


@dataclass
class Programme:
    """A linear program over integer variables: maximise `gains`, each line between its bounds."""

    gains: list[int] = field(default_factory=list)
    continues: set[int] = field(default_factory=set)  # integer by themselves, once the others are
    bas: list[int] = field(default_factory=list)
    haut: list[int] = field(default_factory=list)
    lignes: list[dict[int, int]] = field(default_factory=list)
    lignes_bas: list[int] = field(default_factory=list)
    lignes_haut: list[int] = field(default_factory=list)

    def variable(self, gain: int = 0, bas: int = 0, haut: int = 1, *, continue_: bool = False) -> int:
        """Add a variable; returns its number. `continue_` spares the solver branching on it."""
        if continue_:
            self.continues.add(len(self.gains))
        self.gains.append(gain)
        self.bas.append(bas)
        self.haut.append(haut)
        return len(self.gains) - 1

    def contrainte(self, coefficients: dict[int, int], bas: int = -INFINI, haut: int = INFINI) -> None:
        """Bound a weighted sum of variables."""
        self.lignes.append(coefficients)
        self.lignes_bas.append(bas)
        self.lignes_haut.append(haut)

    def viser(self, gains: Mapping[int, int]) -> None:
        """Change what is maximised."""
        self.gains = [gains.get(variable, 0) for variable in range(len(self.gains))]

    def valeur(self, solution: Sequence[int]) -> int:
        """What a solution gains."""
        return sum(gain * x for gain, x in zip(self.gains, solution, strict=True))

    def respecte(self, solution: Sequence[int]) -> bool:
        """True when a solution holds within every bound, in exact integers."""
        bornes = zip(self.bas, solution, self.haut, strict=True)
        sommes = (sum(c * solution[v] for v, c in ligne.items()) for ligne in self.lignes)
        dedans = zip(self.lignes_bas, sommes, self.lignes_haut, strict=True)
        return all(b <= x <= h for b, x, h in bornes) and all(b <= s <= h for b, s, h in dedans)


@dataclass(frozen=True)
class Solution:
    """Values of the variables, and whether the solver proved that nothing gains more."""

    valeurs: list[int]
    prouvee: bool


def maximiser(programme: Programme, *, exact: bool = True, secondes: int = SECONDES) -> Solution | None:
    """Solve; None when no solution exists.

    Not `exact`, the continuous variables may come out between two integers: only the others are then to be read.

    Raises:
        SolveurMuet: no answer in the time given, or one that does not hold in integers.
    """
    if not programme.gains:
        return Solution([], prouvee=True) if programme.respecte([]) else None
    # Loaded when there is something to solve: every act imports this module, and scipy alone takes a second.
    np, optimisation = import_module("numpy"), import_module("scipy.optimize")
    reponse = optimisation.milp(
        c=-np.array(programme.gains),
        integrality=np.array(_integralite(programme, exact=exact)),
        bounds=optimisation.Bounds(np.array(programme.bas), np.array(programme.haut)),
        constraints=_contraintes(programme),
        options={"time_limit": secondes, "mip_rel_gap": 0},
    )
    if reponse.status == _IMPOSSIBLE:
        return None
    if reponse.x is None:
        raise SolveurMuet(str(reponse.message))
    valeurs = [int(x) for x in np.rint(reponse.x)]
    if exact and not programme.respecte(valeurs):
        raise SolveurMuet("la solution trouvée ne tient pas en nombres entiers")
    return Solution(valeurs, prouvee=reponse.status == _OPTIMAL)


def _integralite(programme: Programme, *, exact: bool) -> list[int]:
    libres = frozenset[int]() if exact else programme.continues
    return [0 if variable in libres else 1 for variable in range(len(programme.gains))]


def _contraintes(programme: Programme) -> list[Any]:
    if not programme.lignes:
        return []
    np = import_module("numpy")
    tailles = [len(ligne) for ligne in programme.lignes]
    matrice = import_module("scipy.sparse").csr_array(
        (
            np.array([c for ligne in programme.lignes for c in ligne.values()]),
            np.array([v for ligne in programme.lignes for v in ligne], dtype=np.int64),
            np.concatenate([[0], np.cumsum(tailles)]),
        ),
        shape=(len(programme.lignes), len(programme.gains)),
    )
    bas = [-np.inf if b == -INFINI else b for b in programme.lignes_bas]
    haut = [np.inf if h == INFINI else h for h in programme.lignes_haut]
    return [import_module("scipy.optimize").LinearConstraint(matrice, np.array(bas), np.array(haut))]
