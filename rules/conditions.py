"""When the transitions of a règlement can be taken, as cases the prover can compare."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from rules.arbre_cel import arbre
from rules.expressions import ExpressionInvalide, compile_expression
from rules.logique_cel import TOUJOURS, Cas, Connu, TropDeCas, cas_de, et, ou
from rules.modele import Garde, Reglement, Transition


@dataclass(frozen=True)
class Conditions:
    """The conditions of one règlement; every answer is None when nothing can be said."""

    reglement: Reglement
    _vus: dict[tuple[str, bool], Cas | None] = field(default_factory=dict)

    def choix(self, transition: Transition, *, vrai: bool = True) -> Cas | None:
        """When a transition is the one to take (or is not).

        An act is chosen by its `quand` alone: its guards refuse it, they choose nothing. An automatic transition whose
        guards fail gives way, so they are part of its condition.
        """
        gardes = [garde.si for garde in self.gardes(transition)] if transition.automatique else []
        return self.tous([*([transition.quand] if transition.quand else []), *gardes], vrai=vrai)

    def succes(self, transition: Transition) -> Cas | None:
        """When a transition succeeds, guards and contrôle included."""
        gardes = [garde.si for garde in self.gardes(transition)]
        return self.tous([*([transition.quand] if transition.quand else []), *gardes])

    def lus(self, transition: Transition) -> set[str]:
        """The paths the conditions of a transition read; an expression that is none reads nothing."""
        lus: set[str] = set()
        for source in [transition.quand, *(garde.si for garde in self.gardes(transition))]:
            try:
                lus |= set(compile_expression(source).chemins()) if source else set()
            except ExpressionInvalide:
                continue
        return lus

    def gardes(self, transition: Transition) -> list[Garde]:
        """The gardes that can stop a transition, those of its contrôle first; a warning stops nothing."""
        toutes = [*self.reglement.controles.get(transition.controle or "", []), *transition.gardes]
        return [garde for garde in toutes if garde.defaut != "avertissement"]

    def tous(self, sources: list[str], *, vrai: bool = True) -> Cas | None:
        """When every expression holds (or when one at least does not)."""
        cas = [self.cas(source, vrai=vrai) for source in sources]
        connus = [un for un in cas if un is not None]
        # One that says nothing: all of them hold less often than the others do; one of them failing cannot be bounded.
        if len(connus) < len(cas) and (not vrai or not connus):
            return None
        try:
            return (et if vrai else ou)(*connus)
        except TropDeCas:
            return None

    def cas(self, source: str, *, vrai: bool = True) -> Cas | None:
        """When one expression holds (or does not)."""
        if (source, vrai) not in self._vus:
            self._vus[source, vrai] = self._cas(source, vrai)
        return self._vus[source, vrai]

    def _cas(self, source: str, vrai: bool) -> Cas | None:
        try:
            compile_expression(source)
        except ExpressionInvalide:
            return None
        for connu in (self._connu, self._valeurs):
            try:
                return cas_de(arbre(source), vrai=vrai, connu=connu)
            except TropDeCas:
                continue  # once more, without looking inside the contrôles
        return None

    @cached_property
    def _valeurs(self) -> Connu:
        """The figures of the règlement."""
        return Connu({f"parametres.{code}": p.entier for code, p in self.reglement.parametres.items()})

    @cached_property
    def _connu(self) -> Connu:
        """The figures, and what it means that a contrôle counts no failure, or some."""
        return Connu(self._valeurs.valeurs, dict(self._comptes()))

    def _comptes(self) -> Iterator[tuple[str, tuple[Cas, Cas]]]:
        for nom, gardes in self.reglement.controles.items():
            for compte, defaut in (("bloquants", "bloquant"), ("completables", "completable")):
                sources = [garde.si for garde in gardes if garde.defaut == defaut]
                yield f"controles.{nom}.{compte}", (self._sans_compte(sources, True), self._sans_compte(sources, False))

    def _sans_compte(self, sources: list[str], vrai: bool) -> Cas:
        """All the gardes hold, or one does not; anything, when that has too many cases."""
        try:
            cas = [cas_de(arbre(source), vrai=vrai, connu=self._valeurs) for source in sources]
            return et(*cas) if vrai else ou(*cas)
        except ValueError:
            return TOUJOURS
