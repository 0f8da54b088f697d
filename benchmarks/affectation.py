"""The assignment of evaluators at full size: exact, beside the way people do it: `python -m benchmarks.affectation`.

1,000 dossiers of 18 regions ask for 3 evaluators each, of a pool of 120, and 8 pairs in 100 are in conflict. The fit of
a pair is 3 points per skill shared, 2 for the same region, and up to 3 of a preference drawn.

- **ami** is `ami.choix.affectation.repartir`, from the plain values to the assignment.
- **solveur nu** is the same integer programme (one variable per pair without conflict, loads between the two whole
  numbers nearest their mean), its matrices already built, handed straight to HiGHS: only the resolution is timed.
- **borne** is a certificate that trusts no solver: a price per dossier and per evaluator, whole numbers, from which
  anybody adds up a fit that no assignment exceeds (weak duality). Where it equals the fit found, the fit is optimal.
- **à la main** goes through the dossiers in their order and takes, each time, the free evaluators with the lightest
  load, the best fit first among them. It fails on a dossier when too few are free.

Seconds are of processor, for the machine may be busy with something else; those of the clock are between brackets.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from ami.choix.affectation import Demande, Lecteur, Paire, repartir
from ami.choix.solveur import SECONDES

DOSSIERS, PAR_DOSSIER, VIVIER = 1_000, 3, 120
CONFLITS = 0.08
REGIONS, COMPETENCES = 18, 8
GRAINES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Instance:
    """Who asks, who reads, what each pair is worth, which are forbidden."""

    demandes: list[Demande]
    lecteurs: list[Lecteur]
    aptitudes: dict[Paire, int]
    exclus: set[Paire]


@dataclass(frozen=True)
class Mesure:
    """What an assignment is worth, and what it took."""

    aptitude: int
    ecart: int
    conflits: int
    servis: int
    duree: float
    horloge: float


def tirer(graine: int) -> Instance:
    """An instance, the same for the same seed."""
    hasard = random.Random(graine)
    dossiers = [f"D{rang:04}" for rang in range(DOSSIERS)]
    noms = [f"E{rang:03}" for rang in range(VIVIER)]
    region = {nom: hasard.randrange(REGIONS) for nom in (*dossiers, *noms)}
    sait = {nom: set(hasard.sample(range(COMPETENCES), 3)) for nom in noms}
    veut = {nom: set(hasard.sample(range(COMPETENCES), 2)) for nom in dossiers}
    paires = [(d, e) for d in dossiers for e in noms]
    return Instance(
        demandes=[Demande(dossier=d, nombre=PAR_DOSSIER) for d in dossiers],
        lecteurs=[Lecteur(evaluateur=e) for e in noms],
        aptitudes={
            (d, e): 3 * len(veut[d] & sait[e]) + 2 * (region[d] == region[e]) + hasard.randrange(4) for d, e in paires
        },
        exclus={paire for paire in paires if hasard.random() < CONFLITS},
    )


def chronometrer(action: Callable[[], Any]) -> tuple[Any, float, float]:
    """What an action gives, its seconds of processor and of clock."""
    processeur, horloge = time.process_time(), time.perf_counter()
    fait = action()
    return fait, time.process_time() - processeur, time.perf_counter() - horloge


def mesurer(instance: Instance, paires: list[Paire], duree: float = 0, horloge: float = 0) -> Mesure:
    """Everything counted again from the pairs."""
    charges = Counter({e.evaluateur: 0 for e in instance.lecteurs})
    charges.update(e for _, e in paires)
    lus = Counter(d for d, _ in set(paires))
    return Mesure(
        aptitude=sum(instance.aptitudes[paire] for paire in paires),
        ecart=max(charges.values()) - min(charges.values()),
        conflits=len(instance.exclus & set(paires)),
        servis=sum(lus[d.dossier] == d.nombre for d in instance.demandes),
        duree=duree,
        horloge=horloge,
    )


def par_ami(instance: Instance) -> Mesure:
    """What the engine gives."""
    trouvee, duree, horloge = chronometrer(
        lambda: repartir(instance.demandes, instance.lecteurs, instance.aptitudes, instance.exclus)
    )
    if not trouvee.prouvee:
        raise RuntimeError("la répartition n'est pas prouvée optimale")
    return mesurer(instance, list(trouvee.paires), duree, horloge)


def a_la_main(instance: Instance) -> Mesure:
    """The lightest load first, then the best fit, dossier after dossier."""

    def repartir_a_la_main() -> list[Paire]:
        charges = Counter({e.evaluateur: 0 for e in instance.lecteurs})
        paires: list[Paire] = []
        for demande in instance.demandes:
            libres = [(demande.dossier, e) for e in charges if (demande.dossier, e) not in instance.exclus]
            libres.sort(key=lambda paire: (charges[paire[1]], -instance.aptitudes[paire], paire[1]))
            pris = libres[: demande.nombre]
            paires += pris
            charges.update(e for _, e in pris)
        return paires

    paires, duree, horloge = chronometrer(repartir_a_la_main)
    return mesurer(instance, paires, duree, horloge)


@dataclass(frozen=True)
class Nu:
    """The bare programme: gains of the pairs, and the sums of its lines between their bounds."""

    paires: list[Paire]
    gains: "np.ndarray[Any, Any]"
    matrice: "csr_array[Any, Any]"
    bas: "np.ndarray[Any, Any]"
    haut: "np.ndarray[Any, Any]"


def denuder(instance: Instance) -> Nu:
    """Build the matrices by arrays, dossiers' lines first, evaluators' then."""
    rangs = {d.dossier: rang for rang, d in enumerate(instance.demandes)}
    rangs |= {e.evaluateur: DOSSIERS + rang for rang, e in enumerate(instance.lecteurs)}
    paires = [paire for paire in instance.aptitudes if paire not in instance.exclus]
    colonnes = np.arange(len(paires))
    lignes = np.array([[rangs[d], rangs[e]] for d, e in paires]).T.reshape(-1)
    matrice = csr_array((np.ones(2 * len(paires)), (lignes, np.concatenate([colonnes, colonnes]))))
    bas, reste = divmod(DOSSIERS * PAR_DOSSIER, VIVIER)
    demandes = [PAR_DOSSIER] * DOSSIERS
    return Nu(
        paires=paires,
        gains=np.array([instance.aptitudes[paire] for paire in paires]),
        matrice=matrice,
        bas=np.array(demandes + [bas] * VIVIER),
        haut=np.array(demandes + [bas + bool(reste)] * VIVIER),
    )


def par_le_solveur(instance: Instance) -> Mesure:
    """The resolution alone."""
    nu = denuder(instance)
    reponse, duree, horloge = chronometrer(
        lambda: milp(
            c=-nu.gains,
            integrality=np.ones(len(nu.gains)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(nu.matrice, nu.bas, nu.haut),
            options={"mip_rel_gap": 0, "time_limit": SECONDES},
        )
    )
    pris = [paire for paire, x in zip(nu.paires, reponse.x, strict=True) if x > 0.5]
    return mesurer(instance, pris, duree, horloge)


def borne(instance: Instance) -> int:
    """No assignment fits better than this: prices are proposed by the simplex, the sum is of whole numbers."""
    nu = denuder(instance)
    if (nu.bas != nu.haut).any():
        raise RuntimeError("le certificat est écrit pour un vivier qui divise le nombre de lectures")
    relache = linprog(
        -nu.gains, A_eq=nu.matrice, b_eq=nu.bas, bounds=(0, 1), method="highs-ds", options={"time_limit": SECONDES}
    )
    prix = np.rint(-relache.eqlin.marginals).astype(np.int64)
    restes = nu.gains.astype(np.int64) - nu.matrice.astype(np.int64).T @ prix
    return int(prix @ nu.bas + np.maximum(restes, 0).sum())


def montrer(nom: str, mesure: Mesure, peer: Mesure, optimum: int) -> None:
    """One line of the table."""
    rapport = f"{mesure.duree / peer.duree:>7.2f}"
    print(
        f"  {nom:14}{mesure.aptitude:>9}{mesure.aptitude / optimum:>9.1%}{mesure.ecart:>7}{mesure.conflits:>10}"
        f"{DOSSIERS - mesure.servis:>11}{mesure.duree:>8.2f} ({mesure.horloge:.2f}){rapport}"
    )


def main(graines: list[int]) -> None:
    """Every seed, and a proof that fails loudly."""
    print(f"  {'':14}{'aptitude':>9}{'optimum':>9}{'écart':>7}{'conflits':>10}{'non servis':>11}{'s':>8}{'÷ nu':>14}")
    for graine in graines:
        instance = tirer(graine)
        optimum = borne(instance)
        print(f"graine {graine} : {len(instance.exclus)} conflits sur {DOSSIERS * VIVIER} paires, borne {optimum}")
        nu, ami = par_le_solveur(instance), par_ami(instance)
        montrer("solveur nu", nu, nu, optimum)
        montrer("ami", ami, nu, optimum)
        montrer("à la main", a_la_main(instance), nu, optimum)
        if (ami.aptitude, ami.conflits, ami.servis, ami.ecart <= 1) != (optimum, 0, DOSSIERS, True):
            raise RuntimeError(f"graine {graine} : la répartition n'est pas la meilleure sans conflit à charge égale")


if __name__ == "__main__":
    main([int(graine) for graine in sys.argv[1:]] or list(GRAINES))
