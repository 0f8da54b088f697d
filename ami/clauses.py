"""What the règlement's own transitions say of an aid, as clauses: payments, what is owed, what comes back, the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from notifications.columns import en_euros
from rules.expressions import compile_expression
from rules.francais import capitaliser, decapiter
from rules.modele import (
    EcheanceRegle,
    EffetDemanderReversement,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    EffetOuvrirEcheance,
    Reglement,
    Transition,
)
from rules.paroles import Paroles
from rules.vocabulaire import Acte

SIGNER: Final[Acte] = "signer_convention"
RESILIER: Final[Acte] = "resilier"
CONSTATER: Final[Acte] = "constater_reversement"
# Who may owe something to the organisme.
DEBITEURS: Final = frozenset({"porteur", "accompagnateur"})
VERSEMENTS: Final = {
    "acompte": "Acompte",
    "intermediaire": "Acompte intermédiaire",
    "solde": "Solde",
    "unique": "Versement unique",
}


@dataclass(frozen=True)
class Clauses:
    """Says what a règlement does with one nature of aid; `contexte` is the dossier's, to say sums in euros."""

    reglement: Reglement
    nature: str
    contexte: Mapping[str, Any]

    @property
    def dire(self) -> Paroles:
        """The words of this règlement."""
        return Paroles(self.reglement, {})

    def versements(self) -> list[tuple[str, str, str, Decimal | None]]:
        """Each payment: its name, when, how much in words, and in euros when it is due at the signature."""
        lignes = []
        for transition, effet in self._effets(EffetOrdonnerVersement):
            a_la_signature = transition.acte == SIGNER
            quand = "À la signature par toutes les parties" if a_la_signature else self._lors_de(transition)
            somme = self._somme(effet.montant) if a_la_signature else None
            lignes.append((VERSEMENTS[effet.motif], quand, self._montant(transition, effet.montant), somme))
        return lignes

    def obligations(self) -> list[str]:
        """What the signature makes due, by when, and the pièces that go with it."""
        signature = next((t for t, _ in self._effets(EffetOrdonnerVersement) if t.acte == SIGNER), None)
        if signature is None:
            return []
        ouvertes = [e.echeance for e in signature.effets if isinstance(e, EffetOuvrirEcheance)]
        regles = [self.reglement.echeance_par_code[code] for code in ouvertes]
        return [self._obligation(regle) for regle in regles if regle.role in DEBITEURS]

    def reversements(self) -> list[str]:
        """When money comes back outside of a résiliation, and how much."""
        return [
            self._reversement(transition, effet.montant)
            for transition, effet in self._effets(EffetDemanderReversement)
            if transition.acte != RESILIER
        ]

    def lit(self, chemin: str) -> bool:
        """True when a payment is computed on that part of the context."""
        return any(chemin in compile_expression(e.montant).chemins() for _, e in self._effets(EffetOrdonnerVersement))

    def delai_de_reversement(self) -> str:
        """By when a sum asked back is due, "" when the règlement sets no date."""
        for transition, _ in self._effets(EffetDemanderReversement):
            for effet in transition.effets:
                regle = self.reglement.echeance_par_code.get(getattr(effet, "echeance", ""))
                if regle is not None and regle.acte == CONSTATER:
                    return self.dire.suites.delai(regle.delai, depart="la demande")
        return ""

    def resiliations(self) -> list[str]:
        """What becomes of the money when the organisme ends the convention."""
        return list(dict.fromkeys(self._resiliations()))

    def _resiliations(self) -> Iterator[str]:
        for transition in self.reglement.workflow("dossier").transitions:
            for effet in transition.effets if transition.acte == RESILIER else ():
                if isinstance(effet, EffetLibererMontant | EffetDemanderReversement) and effet.nature == self.nature:
                    yield f"{self.dire.suites.effet(effet, (RESILIER,))} ({transition.article} du règlement)."

    def _effets(self, kind: type) -> Iterator[tuple[Transition, Any]]:
        """The effects of one kind on this nature, with the transition of each."""
        for transition in self.reglement.workflow("dossier").transitions:
            for effet in transition.effets:
                if isinstance(effet, kind) and getattr(effet, "nature", None) == self.nature:
                    yield transition, effet

    def _lors_de(self, transition: Transition) -> str:
        return f"À l'étape « {transition.libelle} » ({transition.article} du règlement)"

    def _montant(self, transition: Transition, source: str) -> str:
        actes = (transition.acte,) if transition.acte else ()
        return capitaliser(self.dire.suites.valeur(source, actes))

    def _somme(self, source: str) -> Decimal | None:
        """Euros of an amount that today's facts decide."""
        centimes = compile_expression(source).evaluer(self.contexte)
        return en_euros(centimes) if isinstance(centimes, int) and not isinstance(centimes, bool) else None

    def _reversement(self, transition: Transition, source: str) -> str:
        return f"{self._lors_de(transition)} : {decapiter(self._montant(transition, source))}."

    def _obligation(self, regle: EcheanceRegle) -> str:
        pieces = [p.libelle for p in self.reglement.pieces if p.acte == regle.acte]
        avec = f" À joindre : {', '.join(decapiter(p) for p in pieces)}." if pieces else ""
        delai = self.dire.suites.delai(regle.delai, (SIGNER,), depart="la signature")
        return f"{regle.libelle} : {delai}{f' ({regle.article} du règlement)' if regle.article else ''}.{avec}"
