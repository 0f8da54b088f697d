"""What a check works on: the règlement loaded, and the walks over it that every check needs."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from rules.blocs import Bloc
from rules.chargement import ReglementCharge
from rules.conditions import Conditions
from rules.contexte import Schema
from rules.defauts import Defaut, Gravite
from rules.modele import Effet, Garde, Reglement, Transition, Workflow
from rules.ouvertures import Ouvertures, parcourir_ouvertures


@dataclass(frozen=True)
class Place:
    """A transition with where it stands."""

    kind: str
    chemin: str
    transition: Transition


@dataclass(frozen=True)
class Examen:
    """One règlement under examination; `messages_connus` is None when the catalogue of messages is not at hand."""

    charge: ReglementCharge
    messages_connus: Collection[str] | None = None
    schemas: dict[object, Schema] = field(default_factory=dict, repr=False)  # contexts already built, by place

    @property
    def reglement(self) -> Reglement:
        """The règlement examined."""
        return self.charge.reglement

    def erreur(self, chemin: str, raison: str, remede: str) -> Defaut:
        """A defect that forbids using the règlement."""
        return self.charge.defaut(chemin, raison, remede)

    def avertissement(self, chemin: str, raison: str, remede: str) -> Defaut:
        """A defect worth a second look."""
        gravite: Gravite = "avertissement"
        return self.charge.defaut(chemin, raison, remede, gravite=gravite)

    @cached_property
    def conditions(self) -> Conditions:
        """When transitions can be taken, for the prover."""
        return Conditions(self.reglement)

    @cached_property
    def ouvertures(self) -> dict[str, Ouvertures]:
        """By kind of sujet, which échéances may be open in each état."""
        echeances = self.reglement.echeances
        return {kind: parcourir_ouvertures(workflow, echeances) for kind, _, workflow in self.workflows()}

    @cached_property
    def blocs(self) -> tuple[tuple[str, Bloc], ...]:
        """Every block of the règlement with its path, whatever its kind."""
        return tuple(_blocs(self.reglement, ""))

    def workflows(self) -> Iterator[tuple[str, str, Workflow]]:
        """Kind, path and workflow of each sujet."""
        for kind, workflow in self.reglement.sujets.items():
            yield kind, f"sujets.{kind}", workflow

    def transitions(self) -> Iterator[Place]:
        """Every transition of every workflow."""
        for kind, chemin, workflow in self.workflows():
            for rang, transition in enumerate(workflow.transitions):
                yield Place(kind, f"{chemin}.transitions.{rang}", transition)

    def effets(self) -> Iterator[tuple[str, Place, Effet]]:
        """Every effect, with its own path and the transition it belongs to."""
        for place in self.transitions():
            for rang, effet in enumerate(place.transition.effets):
                yield f"{place.chemin}.effets.{rang}", place, effet

    def gardes(self) -> Iterator[tuple[str, Garde]]:
        """Every garde, those of the contrôles included."""
        for nom, gardes in self.reglement.controles.items():
            yield from ((f"controles.{nom}.{rang}", garde) for rang, garde in enumerate(gardes))
        for place in self.transitions():
            for rang, garde in enumerate(place.transition.gardes):
                yield f"{place.chemin}.gardes.{rang}", garde


def _blocs(valeur: object, chemin: str) -> Iterator[tuple[str, Bloc]]:
    if isinstance(valeur, Bloc):
        yield chemin, valeur
        enfants: Iterable[tuple[object, object]] = ((nom, getattr(valeur, nom)) for nom in type(valeur).model_fields)
    elif isinstance(valeur, dict):
        enfants = valeur.items()
    else:
        enfants = enumerate(valeur) if isinstance(valeur, list) else ()
    for nom, enfant in enfants:
        yield from _blocs(enfant, f"{chemin}.{nom}" if chemin else str(nom))


Verification = Callable[[Examen], Iterator[Defaut]]


def inconnu(examen: Examen, chemin: str, quoi: str, code: str, connus: Iterable[str]) -> Defaut:
    """A reference to something that is declared nowhere, with the nearest declared name."""
    possibles = sorted(connus)
    proches = get_close_matches(code, possibles, n=1)
    if proches:
        remede = f"Vouliez-vous écrire « {proches[0]} » ?"
    else:
        liste = ", ".join(possibles[:12]) + (", …" if len(possibles) > 12 else "")
        remede = f"Déclarez-le, ou choisissez parmi : {liste}." if possibles else "Déclarez-le d’abord."
    return examen.erreur(chemin, f"{quoi} « {code} » n’existe pas", remede)
