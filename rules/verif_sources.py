"""Every expression of a règlement, with where it stands and what it may look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rules.examen import Examen, Place
from rules.modele import EffetOuvrirEcheance, Garde

Attendu = Literal["booleen", "entier", "instant", "libre"]


@dataclass(frozen=True)
class Source:
    """An expression: its path, its text, the type it must give, and the acts whose data it sees.

    `actes` is empty where no act is under way. `racines_interdites` are parts of the context not yet built there.
    """

    chemin: str
    texte: str
    attendu: Attendu
    actes: tuple[str, ...] = ()
    racines_interdites: frozenset[str] = frozenset()


def sources_expressions(examen: Examen) -> Iterator[Source]:
    """Every expression of the règlement."""
    for nom, gardes in examen.reglement.controles.items():
        for rang, garde in enumerate(gardes):
            # A contrôle reads the dossier as it stands: counting another contrôle could turn in circles.
            yield from _garde(f"controles.{nom}.{rang}", garde, (), frozenset({"controles"}))
    for rang, piece in enumerate(examen.reglement.pieces):
        if piece.si is not None:
            interdites = frozenset({"pieces", "controles"})
            yield Source(f"pieces.{rang}.si", piece.si, "booleen", (), interdites)
    for place in examen.transitions():
        yield from _transition(place)
    yield from _departs(examen)


def _transition(place: Place) -> Iterator[Source]:
    transition = place.transition
    actes = (transition.acte,) if transition.acte else ()
    if transition.quand is not None:
        yield Source(f"{place.chemin}.quand", transition.quand, "booleen", actes)
    for rang, garde in enumerate(transition.gardes):
        yield from _garde(f"{place.chemin}.gardes.{rang}", garde, actes, frozenset())
    for rang, effet in enumerate(transition.effets):
        montant, si = getattr(effet, "montant", None), getattr(effet, "si", None)
        if montant is not None:
            yield Source(f"{place.chemin}.effets.{rang}.montant", montant, "entier", actes)
        if si is not None:
            yield Source(f"{place.chemin}.effets.{rang}.si", si, "booleen", actes)


def _garde(chemin: str, garde: Garde, actes: tuple[str, ...], interdites: frozenset[str]) -> Iterator[Source]:
    yield Source(f"{chemin}.si", garde.si, "booleen", actes, interdites)
    if garde.valeur is not None:
        yield Source(f"{chemin}.valeur", garde.valeur, "libre", actes, interdites)
    if garde.seuil is not None:
        yield Source(f"{chemin}.seuil", garde.seuil, "libre", actes, interdites)


def _departs(examen: Examen) -> Iterator[Source]:
    """The starting instant of a delay is read in every act that opens the échéance."""
    ouvreurs: dict[str, list[str]] = {}
    automatiques: set[str] = set()
    for _, place, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance):
            acte = place.transition.acte
            ouvreurs.setdefault(effet.echeance, []).extend([acte] if acte else [])
            automatiques |= set() if acte else {effet.echeance}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if echeance.delai.a_partir_de is not None:
            actes = () if echeance.code in automatiques else tuple(ouvreurs.get(echeance.code, ()))
            chemin = f"echeances.{rang}.delai.a_partir_de"
            yield Source(chemin, echeance.delai.a_partir_de, "instant", actes)
