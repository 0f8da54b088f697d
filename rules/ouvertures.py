"""Which échéances may be open in each état, and which money engaged, found by walking every way a sujet can take."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rules.modele import (
    EcheanceRegle,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetFermerEcheances,
    EffetLibererMontant,
    EffetOuvrirEcheance,
    Transition,
    Workflow,
)

Codes = frozenset[str]


@dataclass(frozen=True)
class Ouvertures:
    """For one workflow: `par_etat` holds the échéances that may be open in an état; one that no way reaches is absent.

    What is owed person by person (`personnelles`: code, role that owes it) is closed for the one who acts only.
    """

    workflow: Workflow
    personnelles: dict[str, str] = field(default_factory=dict)
    par_etat: dict[str, Codes] = field(default_factory=dict)

    def avant(self, depart: str | None) -> Codes:
        """What may be open in an état (None: before the creation)."""
        return self.par_etat.get(depart, frozenset()) if depart is not None else frozenset()

    def restantes(self, transition: Transition, depart: str | None) -> Codes:
        """What may still be open once a transition has closed what it closes."""
        return frozenset(code for code in self.avant(depart) if not self.ferme(transition, code))

    def apres(self, transition: Transition, depart: str | None) -> Codes:
        """What may be open once a transition is done: what it opens is never closed by the same move."""
        return self.restantes(transition, depart) | ouvertes_par(transition)

    def ferme(self, transition: Transition, code: str) -> bool:
        """True when a transition surely closes an échéance."""
        if self.personnelles.get(code) in transition.roles:
            return False
        fermetures = [effet for effet in transition.effets if isinstance(effet, EffetFermerEcheances)]
        return any(not effet.echeances or code in effet.echeances for effet in fermetures)


def parcourir_ouvertures(workflow: Workflow, echeances: list[EcheanceRegle]) -> Ouvertures:
    """Which échéances may be open in each état."""
    ouvertures = Ouvertures(workflow, {e.code: e.role for e in echeances if e.par_personne})

    def passer(transition: Transition, avant: Codes) -> Codes:
        return frozenset(c for c in avant if not ouvertures.ferme(transition, c)) | ouvertes_par(transition)

    ouvertures.par_etat.update(parcourir(workflow, passer))
    return ouvertures


def parcourir_engagements(workflow: Workflow, *, liberes: bool) -> dict[str, Codes]:
    """Natures of aid that may have been engaged in each état; with `liberes`, those freed whole since are left out."""

    def passer(transition: Transition, avant: Codes) -> Codes:
        engages = {e.nature for e in transition.effets if isinstance(e, EffetEngagerMontant)}
        rendus = {e.nature for e in transition.effets if isinstance(e, EffetLibererMontant) and e.montant is None}
        return (avant - rendus if liberes else avant) | engages

    return parcourir(workflow, passer)


def parcourir_reversements(workflow: Workflow) -> dict[str, Codes]:
    """Natures of aid of which something may have been asked back, in each état."""

    def passer(transition: Transition, avant: Codes) -> Codes:
        return avant | {e.nature for e in transition.effets if isinstance(e, EffetDemanderReversement)}

    return parcourir(workflow, passer)


def parcourir_sans_convention(
    workflow: Workflow, signees: Callable[[Transition], Codes], aides: Codes
) -> dict[str, Codes]:
    """Aids some way brings to each état with no convention signed; `signees`: those a transition makes sure of."""

    def passer(transition: Transition, avant: Codes) -> Codes:
        return (avant if transition.de else aides) - signees(transition)

    return parcourir(workflow, passer)


def parcourir(workflow: Workflow, passer: Callable[[Transition, Codes], Codes]) -> dict[str, Codes]:
    """Walk a workflow from its creation until nothing new can be anywhere: what may be in each état one reaches."""
    par_etat: dict[str, Codes] = {}
    a_voir: list[str | None] = [None]
    while a_voir:
        depart = a_voir.pop()
        avant = par_etat.get(depart, frozenset()) if depart is not None else frozenset()
        for transition in workflow.depuis(depart):
            arrivee = transition.vers or depart
            apres = par_etat.get(arrivee or "", frozenset()) | passer(transition, avant)
            if arrivee is not None and par_etat.get(arrivee) != apres:
                par_etat[arrivee] = apres
                a_voir.append(arrivee)
    return par_etat


def ouvertes_par(transition: Transition) -> Codes:
    """The échéances a transition opens."""
    return frozenset(effet.echeance for effet in transition.effets if isinstance(effet, EffetOuvrirEcheance))
