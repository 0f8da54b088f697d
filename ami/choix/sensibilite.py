"""How firm the ranking is: other weights, one evaluator less, other evaluators drawn among the same.

Draws come from a recorded seed, so that a third party draws the same. Probabilities are read with the tolerance that
their number of draws gives (`tolerance`), ranks seen are exact for the draws made.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Final

from ami.choix.classement import classer, classer_lues, moyennes_par_dossier, regrouper
from ami.choix.donnees import Bareme, Candidat, Classe, CritereChoix, Notation, Valeur

Choisir = Callable[[Sequence[Classe]], set[str]]
"""The dossiers a ranking selects."""

MILLE: Final = 1000
BASCULE: Final = Decimal("0.05")  # a pair that swaps less often is not worth a line


class FermeteRang(Valeur):
    """A dossier's ranks: as ranked, best and worst drawn, interval of 90 % of the draws, chance of selection."""

    dossier: str
    rang: int
    meilleur: int
    pire: int
    de: int
    a: int
    selection: Decimal


class Bascule(Valeur):
    """Two dossiers that follow each other in the ranking, and how often the draws put them the other way."""

    avant: str
    apres: str
    frequence: Decimal


class Sensibilite(Valeur):
    """What the draws of one kind show."""

    origine: str  # poids, evaluateurs, tirage
    tirages: int
    graine: int | None
    rangs: tuple[FermeteRang, ...]
    bascules: tuple[Bascule, ...]

    @property
    def tolerance(self) -> Decimal:
        """How far a probability may be from its own recomputation; none where nothing is drawn."""
        return Decimal(0) if self.graine is None else tolerance(self.tirages)


def tolerance(tirages: int) -> Decimal:
    """Four standard errors of a probability read on that many draws, at worst."""
    return (Decimal(2) / Decimal(max(tirages, 1)).sqrt()).quantize(Decimal("0.001"))


def selon_les_poids(
    bareme: Bareme,
    candidats: Sequence[Candidat],
    notations: Sequence[Notation],
    choisir: Choisir,
    *,
    ecart: Decimal,
    tirages: int,
    graine: int,
) -> Sensibilite:
    """Each weight multiplied by a number drawn between 1 - `ecart` and 1 + `ecart`."""
    hasard = Random(graine)  # noqa: S311 - reproducible on purpose
    lots = regrouper(notations)
    moyennes = moyennes_par_dossier(bareme, lots)
    baremes = (_peser(bareme, ecart, hasard) for _ in range(tirages))
    classements = (classer_lues(autre, candidats, lots, moyennes) for autre in baremes)
    return _dresser("poids", classer_lues(bareme, candidats, lots, moyennes), classements, choisir, graine)


def sans_un_evaluateur(
    bareme: Bareme, candidats: Sequence[Candidat], notations: Sequence[Notation], choisir: Choisir
) -> Sensibilite:
    """Every evaluator left out in turn; a dossier nobody else read keeps its place, since nothing can be said of it."""
    base = classer(bareme, candidats, notations)
    noms = sorted({n.evaluateur for n in notations})
    classements = (classer(bareme, candidats, _sans(notations, nom)) for nom in noms)
    return _dresser("evaluateurs", base, classements, choisir, None)


def par_tirage(
    bareme: Bareme,
    candidats: Sequence[Candidat],
    notations: Sequence[Notation],
    choisir: Choisir,
    *,
    tirages: int,
    graine: int,
) -> Sensibilite:
    """Bootstrap: each dossier's evaluations drawn again among its own, with replacement."""
    hasard = Random(graine)  # noqa: S311 - reproducible on purpose
    lots = regrouper(notations)
    classements = (classer(bareme, candidats, _retirer(lots, hasard)) for _ in range(tirages))
    return _dresser("tirage", classer(bareme, candidats, notations), classements, choisir, graine)


def _peser(bareme: Bareme, ecart: Decimal, hasard: Random) -> Bareme:
    """Drawn in thousandths: integers come out the same everywhere."""
    marge = int(ecart * MILLE)
    criteres = tuple(
        CritereChoix(
            code=c.code,
            poids=c.poids * (MILLE - marge + _tirer(hasard, 2 * marge + 1)) / MILLE,
            eliminatoire_sous=c.eliminatoire_sous,
        )
        for c in bareme.criteres
    )
    return bareme.model_copy(update={"criteres": criteres})


def _tirer(hasard: Random, nombre: int) -> int:
    """A whole number from 0, below `nombre`. Only `random()` is promised to draw the same in every Python to come."""
    return int(hasard.random() * nombre)


def _sans(notations: Sequence[Notation], evaluateur: str) -> list[Notation]:
    seuls = {d for d, lot in regrouper(notations).items() if {n.evaluateur for n in lot} == {evaluateur}}
    return [n for n in notations if n.evaluateur != evaluateur or n.dossier in seuls]


def _retirer(lots: Mapping[str, Sequence[Notation]], hasard: Random) -> list[Notation]:
    """One evaluation may come twice: it is then somebody else's, to the eyes of the ranking."""
    tirees = []
    for lot in lots.values():
        for rang in range(len(lot)):
            une = lot[_tirer(hasard, len(lot))]
            tirees.append(une.model_copy(update={"evaluateur": f"{une.evaluateur}#{rang}"}))
    return tirees


def _dresser(
    origine: str, base: Sequence[Classe], classements: Iterator[list[Classe]], choisir: Choisir, graine: int | None
) -> Sensibilite:
    ordre = [c.dossier for c in base if c.rang is not None]
    vus: dict[str, list[int]] = {dossier: [] for dossier in ordre}
    choisis = dict.fromkeys(ordre, 0)
    croises = dict.fromkeys(pairwise(ordre), 0)
    tirages = 0
    for classement in classements:
        tirages += 1
        rangs = {c.dossier: c.rang or len(ordre) for c in classement}
        retenus = choisir(classement)
        for dossier in ordre:
            vus[dossier].append(rangs[dossier])
            choisis[dossier] += dossier in retenus
        for avant, apres in croises:
            croises[avant, apres] += rangs[apres] < rangs[avant]
    fermetes = tuple(_fermete(d, rang, vus[d], choisis[d], tirages) for rang, d in enumerate(ordre, 1))
    bascules = [Bascule(avant=a, apres=b, frequence=_part(n, tirages)) for (a, b), n in croises.items()]
    retenues = tuple(b for b in bascules if b.frequence >= BASCULE)
    return Sensibilite(origine=origine, tirages=tirages, graine=graine, rangs=fermetes, bascules=retenues)


def _fermete(dossier: str, rang: int, vus: Sequence[int], choisi: int, tirages: int) -> FermeteRang:
    tries = sorted(vus) or [rang]
    marge = len(tries) // 20  # five per cent left aside on each side
    return FermeteRang(
        dossier=dossier,
        rang=rang,
        meilleur=tries[0],
        pire=tries[-1],
        de=tries[marge],
        a=tries[-1 - marge],
        selection=_part(choisi, tirages),
    )


def _part(nombre: int, tirages: int) -> Decimal:
    return (Decimal(nombre) / max(tirages, 1)).quantize(Decimal("0.001"))
