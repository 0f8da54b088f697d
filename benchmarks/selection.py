"""The optimal selection at its full size, beside the bare solver: `python -m benchmarks.selection`.

1,000 candidates of 18 regions, each region wanting from 4 to 9 of them, half of those kept in QPV, 25 at least on each
of 3 axes; three enveloppes, one of them for NPNRU alone; aids capped and at a rate, between 4,000 and 12,000 €.

- **ami** is `ami.choix.optimum.optimiser`, from the plain values to the proposal.
- **solveur nu** is the same question written here directly in matrices, with none of the engine's code, and handed to
  the same solver with the same options: total score; then, that score held, the fewest dossiers left out above a kept
  one; then the lowest numbers, which is to ask whether another choice does as well (on these instances none does, so
  that the question is the proof); then the highest aids. Only the resolutions are timed, not the writing of matrices.
- **par rang** is what is proposed by default, down the ranking: what the optimum gains on it, and the quotas it misses.

Seconds are of processor, for the machine may be busy with something else; those of the clock are between brackets.
"""

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from ami.choix.donnees import Candidat, Classe, EnveloppeChoix, QuotaChoix, ReglesSelection, Reserve
from ami.choix.optimum import optimiser
from ami.choix.selection import selectionner_par_rang
from ami.choix.solveur import SECONDES

CANDIDATS, REGIONS, AXES = 1_000, 18, 3
MINIMUM, MAXIMUM, PAR_AXE = 4, 9, 25
QPV, NPNRU = 0.4, 0.3  # shares of the candidates
GRAINES = (1, 2, 3, 4, 5)
DEPOT = datetime(2026, 3, 1, tzinfo=UTC)
IMPOSSIBLE = 2

Vecteur = Any  # numpy and scipy do not type sparse algebra
Matrice = Any

REGLES = ReglesSelection(
    seuil=Decimal(50),
    enveloppes=(
        EnveloppeChoix(code="etat", financeur="État", montant=Decimal("600000.00")),
        EnveloppeChoix(code="fondation", financeur="Fondation", montant=Decimal("300000.00")),
        EnveloppeChoix(
            code="npnru",
            financeur="Agence",
            montant=Decimal("200000.00"),
            reserve=Reserve(champ="territoire", valeur="NPNRU"),
        ),
    ),
    plafond=Decimal(12_000),
    taux_max=Decimal("0.5"),
    quotas=(
        QuotaChoix(code="region", libelle="Région", champ="region", minimum=MINIMUM, maximum=MAXIMUM),
        QuotaChoix(code="qpv", libelle="QPV", champ="territoire", valeur="QPV", part_min=Decimal("0.5")),
        QuotaChoix(code="axe", libelle="Axe", champ="axe", minimum=PAR_AXE),
    ),
)


def tirer(graine: int) -> tuple[list[Classe], list[Candidat]]:
    """Candidates and their ranking, the same for the same seed."""
    hasard = random.Random(graine)
    candidats = []
    for rang in range(CANDIDATS):
        montant = Decimal(hasard.randrange(400_000, 1_500_001)) / 100
        candidats.append(
            Candidat(
                dossier=f"D{rang:04}",
                depose_le=DEPOT,
                cout=montant * 2,
                montant=montant,
                region=f"R{hasard.randrange(REGIONS):02}",
                territoires=tuple(nom for nom, part in (("QPV", QPV), ("NPNRU", NPNRU)) if hasard.random() < part),
                axe=f"A{hasard.randrange(AXES)}",
            )
        )
    totaux = {c.dossier: Decimal(hasard.randrange(40_000, 95_000)) / 1000 for c in candidats}
    ordre = sorted(totaux, key=lambda dossier: (-totaux[dossier], dossier))
    return [Classe(dossier=d, rang=rang, total=totaux[d]) for rang, d in enumerate(ordre, 1)], candidats


@dataclass
class Nu:
    """The bare programme: x (kept or not, in rank order), then what each draws on each enveloppe, then the chain."""

    notes: Vecteur
    dues: Vecteur
    contraintes: list[LinearConstraint]
    npnru: Vecteur
    entieres: Vecteur = field(default_factory=lambda: np.zeros(0))
    duree: float = 0
    horloge: float = 0

    def resoudre(self, gains: Vecteur, haut: Vecteur, en_plus: Sequence[LinearConstraint]) -> Any:
        """Time one resolution and nothing else."""
        processeur, horloge = time.process_time(), time.perf_counter()
        reponse = milp(
            c=-gains,
            integrality=self.entieres,
            bounds=Bounds(0, haut),
            constraints=[*self.contraintes, *en_plus],
            options={"time_limit": SECONDES, "mip_rel_gap": 0},
        )
        self.duree += time.process_time() - processeur
        self.horloge += time.perf_counter() - horloge
        return reponse


def denuder(classes: Sequence[Classe], candidats: Sequence[Candidat]) -> Nu:
    """Write the matrices: 6 blocks of n columns (x, three enveloppes, departs, « one after me is kept »)."""
    fiches = {c.dossier: c for c in candidats}
    en_jeu = [(fiches[c.dossier], c.total or Decimal(0)) for c in classes if (c.total or 0) >= REGLES.seuil]
    n = len(en_jeu)
    dues = np.array([int(REGLES.aide_due(c) * 100) for c, _ in en_jeu])
    un, zero = eye_array(n), csr_array((n, n))
    diagonale = csr_array((dues.astype(float), (range(n), range(n))))
    suivant = csr_array((np.ones(n - 1), (range(n - 1), range(1, n))), shape=(n, n))
    contraintes = [
        LinearConstraint(hstack([-diagonale, un, un, un, zero, zero]).tocsr(), 0, 0),
        LinearConstraint(_par_enveloppe(n), -np.inf, np.array([int(e.montant * 100) for e in REGLES.enveloppes])),
        LinearConstraint(hstack([un, zero, zero, zero, un, -suivant]).tocsr(), 0, np.inf),
        LinearConstraint(hstack([-un, zero, zero, zero, zero, un]).tocsr(), 0, np.inf),
        LinearConstraint(hstack([zero, zero, zero, zero, zero, un - suivant]).tocsr(), 0, np.inf),
        *_quotas([c for c, _ in en_jeu]),
    ]
    npnru = np.array(["NPNRU" in c.territoires for c, _ in en_jeu])
    notes = np.array([int(total * 1000) for _, total in en_jeu])
    return Nu(notes, dues, contraintes, npnru, entieres=np.repeat([1, 0], [n, 5 * n]))


def _par_enveloppe(n: int) -> Matrice:
    lignes = np.repeat([0, 1, 2], n)
    return csr_array((np.ones(3 * n), (lignes, np.arange(n, 4 * n))), shape=(3, 6 * n))


def _quotas(candidats: Sequence[Candidat]) -> list[LinearConstraint]:
    n = len(candidats)

    def compte(*lignes: Sequence[float]) -> Matrice:
        return hstack([csr_array(np.array(lignes, dtype=float)), csr_array((len(lignes), 5 * n))]).tocsr()

    regions = [[float(c.region == f"R{r:02}") for c in candidats] for r in range(REGIONS)]
    axes = [[float(c.axe == f"A{a}") for c in candidats] for a in range(AXES)]
    qpv = [2.0 * ("QPV" in c.territoires) - 1 for c in candidats]
    return [
        LinearConstraint(compte(*regions), MINIMUM, MAXIMUM),
        LinearConstraint(compte(*axes), PAR_AXE, np.inf),
        LinearConstraint(compte(qpv), 0, np.inf),
    ]


def resoudre_nu(nu: Nu) -> tuple[Vecteur, int]:
    """Which are kept, in rank order, and the total of aids (centimes)."""
    n = len(nu.notes)
    haut = np.concatenate([np.ones(n), nu.dues, nu.dues, nu.dues * nu.npnru, np.ones(2 * n)]).astype(float)
    notes = np.concatenate([nu.notes, np.zeros(5 * n)])
    departs = np.concatenate([np.zeros(4 * n), -np.ones(n), np.zeros(n)])
    un = nu.resoudre(notes, haut, [])
    tenu = [LinearConstraint(notes.reshape(1, -1), np.rint(notes @ un.x), np.inf)]
    deux = nu.resoudre(departs, haut, tenu)
    tenu.append(LinearConstraint(departs.reshape(1, -1), np.rint(departs @ deux.x), np.inf))
    x = np.rint(deux.x[:n])
    autre = np.concatenate([np.where(x > 0, -1.0, 1.0), np.zeros(5 * n)]).reshape(1, -1)
    trois = nu.resoudre(np.zeros(6 * n), haut, [*tenu, LinearConstraint(autre, 1 - x.sum(), np.inf)])
    if trois.status != IMPOSSIBLE:
        raise RuntimeError("un autre choix fait aussi bien : tirez une autre instance")
    fixe = LinearConstraint(eye_array(n, 6 * n).tocsr(), x, x)
    aides = np.concatenate([np.zeros(n), np.ones(3 * n), np.zeros(2 * n)])
    quatre = nu.resoudre(aides, haut, [fixe])
    return x, int(np.rint(aides @ quatre.x))


def confronter(graine: int) -> None:
    """One seed: the same choice on both sides, proven, and what each took."""
    classes, candidats = tirer(graine)
    nu = denuder(classes, candidats)
    choix, aides = resoudre_nu(nu)
    processeur, horloge = time.process_time(), time.perf_counter()
    proposition = optimiser(classes, candidats, REGLES)
    duree, a_l_horloge = time.process_time() - processeur, time.perf_counter() - horloge
    en_jeu = [c.dossier for c in classes if (c.total or 0) >= REGLES.seuil]
    attendus = {dossier for dossier, x in zip(en_jeu, choix, strict=True) if x}
    retenus = {r.dossier for r in proposition.retenus}
    if (retenus, int(proposition.total_montants * 100), proposition.prouve) != (attendus, aides, True):
        raise RuntimeError(f"graine {graine} : ami et le solveur nu ne choisissent pas les mêmes dossiers")
    par_rang = selectionner_par_rang(classes, candidats, REGLES)
    gain = proposition.total_notes / par_rang.total_notes - 1
    print(
        f"{graine:>6}{len(retenus):>9}{proposition.total_notes:>12}{gain:>9.1%} ({len(par_rang.alertes)})"
        f"{nu.duree:>12.2f} ({nu.horloge:.2f}){duree:>8.2f} ({a_l_horloge:.2f}){duree / nu.duree:>9.2f}"
    )


def main(graines: list[int]) -> None:
    """A line per seed."""
    print(
        f"{'graine':>6}{'retenus':>9}{'points':>12}{'/ rang (quotas)':>13}{'nu, s':>15}{'ami, s':>15}{'ami ÷ nu':>11}"
    )
    for graine in graines:
        confronter(graine)


if __name__ == "__main__":
    main([int(graine) for graine in sys.argv[1:]] or list(GRAINES))
