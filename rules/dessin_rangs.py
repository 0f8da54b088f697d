"""Where each état of a workflow goes on its drawing: a band per phase, rows inside, few crossings. Integers only.

The layered method (Sugiyama): rows by the longest way from the band's entrance, invisible stations where an arrow
crosses a row, then each row ordered by the mean place of its neighbours. The same file gives the same drawing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rules.modele import Phase, Workflow
from rules.mots_listes import HORS_PHASE

_PASSES: Final = 12
Noeud = str


@dataclass(frozen=True)
class Fleche:
    """An arrow between two états, with the labels of the transitions it stands for."""

    de: str
    vers: str
    automatique: bool
    libelles: tuple[str, ...]


@dataclass
class Rangs:
    """The rows, top to bottom, each with its stations in order; and the stations each arrow passes through."""

    rangees: list[list[Noeud]]
    bandes: list[tuple[str, int, int]]  # label of the phase, first and last row
    trajets: dict[Fleche, list[Noeud]] = field(default_factory=dict)

    def rang(self) -> dict[Noeud, int]:
        """The row of each station."""
        return {noeud: rang for rang, rangee in enumerate(self.rangees) for noeud in rangee}


def fleches(workflow: Workflow) -> list[Fleche]:
    """The arrows to draw: one per couple of états and kind. Ways out « at any time » are written in the boxes."""
    groupes: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    hors_phase = etats_de_sortie(workflow)
    for transition in workflow.transitions:
        if transition.vers is None or transition.vers in hors_phase:
            continue
        for de in transition.de:
            if de != transition.vers:
                groupes[de, transition.vers, transition.automatique].append(transition.libelle)
    return [Fleche(de, vers, auto, tuple(libelles)) for (de, vers, auto), libelles in groupes.items()]


def etats_de_sortie(workflow: Workflow) -> frozenset[str]:
    """États of no phase reached from any: an arrow from each would hide the rest."""
    if all(etat.phase is None for etat in workflow.etats):
        return frozenset()
    return frozenset(etat.code for etat in workflow.etats if etat.phase is None)


def ranger(workflow: Workflow, phases: Sequence[Phase], traits: Iterable[Fleche]) -> Rangs:
    """Give each état its row, then order the rows."""
    traits = list(traits)
    rangs = _bandes(workflow, phases, traits)
    _poser_stations(rangs, traits)
    _ordonner(rangs)
    return rangs


def _bandes(workflow: Workflow, phases: Sequence[Phase], traits: Sequence[Fleche]) -> Rangs:
    """The rows of each phase under those of the phase before."""
    rangs = Rangs([], [])
    libelles: list[tuple[str | None, str]] = [(phase.code, phase.libelle) for phase in phases]
    hors_phase = HORS_PHASE if etats_de_sortie(workflow) else ""
    for code, libelle in [*libelles, (None, hors_phase)]:
        membres = [etat.code for etat in workflow.etats if etat.phase == code]
        if not membres:
            continue
        debut = len(rangs.rangees)
        profondeurs = _profondeurs(membres, traits)
        rangs.rangees += [[] for _ in range(max(profondeurs.values()) + 1)]
        for membre in membres:
            rangs.rangees[debut + profondeurs[membre]].append(membre)
        rangs.bandes.append((libelle, debut, len(rangs.rangees) - 1))
    return rangs


def _profondeurs(membres: Sequence[str], traits: Sequence[Fleche]) -> dict[str, int]:
    """The longest way to each état inside its phase, read downwards in the file's order: an arrow that goes back is
    the same step, drawn upwards."""
    place = {membre: rang for rang, membre in enumerate(membres)}
    profondeurs = dict.fromkeys(membres, 0)
    for membre in membres:
        bouts = [(t.vers if t.de == membre else t.de) for t in traits if membre in (t.de, t.vers)]
        avant = [profondeurs[bout] + 1 for bout in bouts if bout in place and place[bout] < place[membre]]
        profondeurs[membre] = max(avant, default=0)
    return profondeurs


def _poser_stations(rangs: Rangs, traits: Sequence[Fleche]) -> None:
    """A station on every row an arrow goes through, upwards or downwards."""
    rang = rangs.rang()
    for trait in traits:
        haut, bas = sorted((rang[trait.de], rang[trait.vers]))
        stations = [f"{trait.de}>{trait.vers}>{trait.automatique}>{niveau}" for niveau in range(haut + 1, bas)]
        for niveau, station in enumerate(stations, start=haut + 1):
            rangs.rangees[niveau].append(station)
        descend = rang[trait.de] < rang[trait.vers]
        rangs.trajets[trait] = [trait.de, *(stations if descend else reversed(stations)), trait.vers]


def _ordonner(rangs: Rangs) -> None:
    """Order each row by its neighbours', down then up, and keep the order with the fewest crossings."""
    haut, bas = _voisins(rangs)
    meilleur, croisements = [list(rangee) for rangee in rangs.rangees], _croisements(rangs.rangees, bas)
    for passe in range(_PASSES):
        descend = passe % 2 == 0
        niveaux = range(1, len(rangs.rangees)) if descend else range(len(rangs.rangees) - 2, -1, -1)
        for niveau in niveaux:
            voisine = rangs.rangees[niveau - 1 if descend else niveau + 1]
            _trier(rangs.rangees[niveau], voisine, haut if descend else bas)
        compte = _croisements(rangs.rangees, bas)
        if compte < croisements:
            meilleur, croisements = [list(rangee) for rangee in rangs.rangees], compte
    rangs.rangees[:] = meilleur


def _voisins(rangs: Rangs) -> tuple[dict[Noeud, list[Noeud]], dict[Noeud, list[Noeud]]]:
    """For each station, those it is tied to on the row above, and on the row below."""
    rang = rangs.rang()
    haut: dict[Noeud, list[Noeud]] = defaultdict(list)
    bas: dict[Noeud, list[Noeud]] = defaultdict(list)
    for trajet in rangs.trajets.values():
        for un, deux in pairwise(trajet):
            dessus, dessous = (un, deux) if rang[un] < rang[deux] else (deux, un)
            haut[dessous].append(dessus)
            bas[dessus].append(dessous)
    return haut, bas


def _trier(rangee: list[Noeud], voisine: Sequence[Noeud], liens: dict[Noeud, list[Noeud]]) -> None:
    """Sort a row by the mean place of its neighbours; one without any keeps its place."""
    place = {noeud: rang * 1000 for rang, noeud in enumerate(voisine)}
    ici = {noeud: rang * 1000 for rang, noeud in enumerate(rangee)}

    def moyenne(noeud: Noeud) -> int:
        lies = liens.get(noeud, [])
        return sum(place[lie] for lie in lies) // len(lies) if lies else ici[noeud]

    rangee.sort(key=moyenne)


def _croisements(rangees: Sequence[Sequence[Noeud]], bas: dict[Noeud, list[Noeud]]) -> int:
    """How many couples of arrows cross between two rows."""
    total = 0
    for dessus, dessous in pairwise(rangees):
        place = {noeud: rang for rang, noeud in enumerate(dessous)}
        arrivees = [place[lie] for noeud in dessus for lie in sorted(bas.get(noeud, []), key=place.__getitem__)]
        total += sum(1 for i, x in enumerate(arrivees) for y in arrivees[i + 1 :] if y < x)
    return total
