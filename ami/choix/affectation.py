"""Who reads what: every dossier its evaluators, none in conflict, the load even, the fit as good as can be proven.

With assignments already made, as many as possible are kept first: after a déport, only what must move moves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ami.choix.donnees import Valeur
from ami.choix.solveur import Programme, Solution, maximiser

Paire = tuple[str, str]  # dossier, evaluator
MONTRES: Final = 5  # dossiers named in a refusal


class Demande(Valeur):
    """A dossier and how many evaluators it wants in all."""

    dossier: str
    nombre: int


class Lecteur(Valeur):
    """An evaluator: what they read already besides, and how much they accept in all (None: no limit)."""

    evaluateur: str
    charge: int = 0
    charge_max: int | None = None


class Repartition(Valeur):
    """An assignment. `ecart` is between the most and the least loaded; `prouvee`: nothing is better on its terms."""

    paires: tuple[Paire, ...]
    aptitude: int
    charges: dict[str, int]
    ecart: int
    gardees: int
    prouvee: bool


class RepartitionImpossible(ValueError):
    """No assignment exists. The message is French: which dossiers, and why."""


@dataclass
class _Modele:
    """A variable per pair allowed, and two for the bounds of the loads."""

    programme: Programme
    paires: dict[Paire, int] = field(default_factory=dict)
    bas: int = 0
    haut: int = 0


def repartir(
    demandes: Sequence[Demande],
    lecteurs: Sequence[Lecteur],
    aptitudes: Mapping[Paire, int],
    exclus: Collection[Paire] = (),
    actuelles: Collection[Paire] = (),
) -> Repartition:
    """The best assignment: first the most of `actuelles` kept, then the smallest spread of loads, then the best fit.

    `aptitudes` are whole points (absent: 0); `exclus` are the pairs in conflict, which an assignment already made
    does not excuse.

    Raises:
        RepartitionImpossible: some dossier cannot have its evaluators; says which and why.
    """
    demandes = sorted(demandes, key=lambda d: d.dossier)
    lecteurs = sorted(lecteurs, key=lambda e: e.evaluateur)
    modele = _modeliser(demandes, lecteurs, set(exclus))
    gardables = {modele.paires[paire]: 1 for paire in set(actuelles) if paire in modele.paires}
    if gardables and (gardees := _atteindre(modele, gardables)) is not None:
        modele.programme.contrainte(gardables, bas=gardees)
    solution = _au_mieux(modele, demandes, lecteurs, aptitudes)
    if solution is None:
        raise RepartitionImpossible(_pourquoi(demandes, lecteurs, set(exclus)))
    return _lire(solution, modele, lecteurs, aptitudes, actuelles)


def _modeliser(demandes: Sequence[Demande], lecteurs: Sequence[Lecteur], exclus: set[Paire]) -> _Modele:
    modele = _Modele(Programme())
    sommet = sum(d.nombre for d in demandes) + max((e.charge for e in lecteurs), default=0)
    modele.bas = modele.programme.variable(haut=sommet)
    modele.haut = modele.programme.variable(haut=sommet)
    par_lecteur: dict[str, dict[int, int]] = {e.evaluateur: {} for e in lecteurs}
    for demande in demandes:
        siennes: dict[int, int] = {}
        for lecteur in lecteurs:
            paire = (demande.dossier, lecteur.evaluateur)
            if paire not in exclus:
                variable = modele.paires[paire] = modele.programme.variable()
                siennes[variable] = par_lecteur[lecteur.evaluateur][variable] = 1
        modele.programme.contrainte(siennes, demande.nombre, demande.nombre)
    for lecteur in lecteurs:
        _encadrer(modele, lecteur, par_lecteur[lecteur.evaluateur])
    return modele


def _encadrer(modele: _Modele, lecteur: Lecteur, siennes: dict[int, int]) -> None:
    """The load of an evaluator lies between the two bounds, and within what they accept."""
    modele.programme.contrainte({**siennes, modele.bas: -1}, bas=-lecteur.charge)
    modele.programme.contrainte({**siennes, modele.haut: -1}, haut=-lecteur.charge)
    if lecteur.charge_max is not None:
        modele.programme.contrainte(siennes, haut=max(0, lecteur.charge_max - lecteur.charge))


def _atteindre(modele: _Modele, gains: Mapping[int, int]) -> int | None:
    """The best value of an objective; None when nothing satisfies the constraints."""
    modele.programme.viser(gains)
    solution = maximiser(modele.programme)
    return None if solution is None else modele.programme.valeur(solution.valeurs)


def _au_mieux(
    modele: _Modele, demandes: Sequence[Demande], lecteurs: Sequence[Lecteur], aptitudes: Mapping[Paire, int]
) -> Solution | None:
    """The best fit at the smallest spread: loads all but equal are tried first, for they are nearly always possible."""
    fit = {variable: aptitudes.get(paire, 0) for paire, variable in modele.paires.items()}
    bas, haut = _charges_egales(demandes, lecteurs)
    programme = modele.programme
    larges = programme.bas.copy(), programme.haut.copy()
    for variable, valeur in ((modele.bas, bas), (modele.haut, haut)):
        programme.bas[variable] = programme.haut[variable] = valeur
    programme.viser(fit)
    solution = maximiser(programme)
    if solution is not None:
        return solution
    programme.bas, programme.haut = larges
    ecart = _atteindre(modele, {modele.bas: 1, modele.haut: -1})
    if ecart is None:
        return None
    programme.contrainte({modele.bas: 1, modele.haut: -1}, bas=ecart)
    programme.viser(fit)
    return maximiser(programme)


def _charges_egales(demandes: Sequence[Demande], lecteurs: Sequence[Lecteur]) -> tuple[int, int]:
    total = sum(d.nombre for d in demandes) + sum(e.charge for e in lecteurs)
    bas, reste = divmod(total, len(lecteurs)) if lecteurs else (0, 0)
    return bas, bas + (1 if reste else 0)


def _lire(
    solution: Solution,
    modele: _Modele,
    lecteurs: Sequence[Lecteur],
    aptitudes: Mapping[Paire, int],
    actuelles: Collection[Paire],
) -> Repartition:
    paires = tuple(paire for paire, variable in modele.paires.items() if solution.valeurs[variable])
    charges = {e.evaluateur: e.charge for e in lecteurs}
    for _, evaluateur in paires:
        charges[evaluateur] += 1
    return Repartition(
        paires=paires,
        aptitude=sum(aptitudes.get(paire, 0) for paire in paires),
        charges=charges,
        ecart=max(charges.values(), default=0) - min(charges.values(), default=0),
        gardees=len(set(paires) & set(actuelles)),
        prouvee=solution.prouvee,
    )


def _pourquoi(demandes: Sequence[Demande], lecteurs: Sequence[Lecteur], exclus: set[Paire]) -> str:
    """Too few evaluators without a conflict for some dossiers, or too little room in all, or a knot of both."""
    courts = []
    for demande in demandes:
        libres = sum((demande.dossier, e.evaluateur) not in exclus for e in lecteurs)
        if libres < demande.nombre:
            courts.append(f"{demande.dossier} ({libres} sur {demande.nombre})")
    if courts:
        suite = f" et {len(courts) - MONTRES} autres" if len(courts) > MONTRES else ""
        return (
            f"Trop peu d'évaluateurs sans conflit d'intérêts pour : {', '.join(courts[:MONTRES])}{suite}. "
            "Habilitez d'autres évaluateurs, ou levez un conflit déclaré par erreur."
        )
    demande_totale = sum(d.nombre for d in demandes)
    place = sum(max(0, e.charge_max - e.charge) if e.charge_max is not None else demande_totale for e in lecteurs)
    if place < demande_totale:
        return (
            f"{demande_totale} évaluations sont demandées et les évaluateurs n'en acceptent plus que {place}. "
            "Relevez des plafonds de charge, ou habilitez d'autres évaluateurs."
        )
    return (
        "Les conflits d'intérêts et les plafonds de charge, ensemble, ne laissent aucune répartition possible. "
        "Relevez le plafond des évaluateurs les moins en conflit, ou habilitez-en d'autres."
    )
