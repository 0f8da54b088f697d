"""What a transition will do, computed in full before anything of the sujet is written.

The plan holds amounts, due instants and persons newly asked; `ami.faits` words it, `ami.effets` carries it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from ami.affectations import affecter_evaluateurs, demander_supplementaire, remplacer_en_conflit, rouvertes
from ami.avis import demandes_a
from ami.erreurs import ErreurMetier
from ami.models import Dossier, Personne
from ami.plafonds import versement_admis
from notifications.columns import en_euros
from rules.evaluation import Constat, echeance_du_delai
from rules.expressions import compile_expression
from rules.modele import (
    EcheanceRegle,
    Effet,
    EffetDemanderAvis,
    EffetDemanderEvaluations,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    EffetOuvrirEcheance,
    Grille,
    Reglement,
    Transition,
)

# Who is asked to evaluate, by what the effect says.
EVALUATIONS: Final[dict[str, Callable[[Session, Dossier, Grille, datetime], list[Personne]]]] = {
    "manquantes": affecter_evaluateurs,
    "supplementaire": demander_supplementaire,
    "remplacement": remplacer_en_conflit,
    "rouverte": lambda session, dossier, _, maintenant: rouvertes(session, dossier, maintenant),
}


@dataclass(frozen=True)
class EcheancePrevue:
    """An échéance about to open, for a role or for each of the persons named."""

    regle: EcheanceRegle
    due_a: datetime
    personnes: tuple[int, ...] = ()


@dataclass
class Plan:
    """The consequences of a transition, keyed by the position of the effect that causes each."""

    montants: dict[int, Decimal] = field(default_factory=dict)
    echeances: dict[int, EcheancePrevue] = field(default_factory=dict)
    sollicites: list[Personne] = field(default_factory=list)
    constats: list[Constat] = field(default_factory=list)  # what bounded an amount

    def premiere_echeance(self) -> EcheancePrevue | None:
        """The first échéance this move opens."""
        return next(iter(self.echeances.values()), None)

    def total(self, transition: Transition, *kinds: type, nature: str | None = None) -> Decimal:
        """Sum of the amounts of some kinds of effect (of one nature, when given)."""
        return sum(
            (
                montant
                for rang, montant in self.montants.items()
                if isinstance(transition.effets[rang], kinds)
                and (nature is None or getattr(transition.effets[rang], "nature", None) == nature)
            ),
            Decimal(0),
        )


def planifier(
    session: Session,
    reglement: Reglement,
    transition: Transition,
    contexte: Mapping[str, object],
    *,
    dossier: Dossier,
    maintenant: datetime,
) -> Plan:
    """Compute a plan, in the order of the effects.

    Raises:
        Refus: no evaluator can be asked without a conflict of interest.
        ErreurMetier: the règlement computes an amount that cannot be one.
    """
    plan = Plan()
    for rang, effet in enumerate(transition.effets):
        match effet:
            case EffetDemanderEvaluations() if reglement.grille is not None:
                plan.sollicites += EVALUATIONS[effet.lesquelles](session, dossier, reglement.grille, maintenant)
            case EffetDemanderAvis():
                plan.sollicites += demandes_a(session, dossier, maintenant)
            case EffetOuvrirEcheance():
                prevue = _echeance(reglement, effet, contexte, plan, maintenant)
                if prevue is not None:
                    plan.echeances[rang] = prevue
            case _:
                montant = _montant(effet, contexte)
                if montant is not None and isinstance(effet, EffetOrdonnerVersement):
                    montant, constat = versement_admis(session, reglement, dossier, effet.nature, effet.motif, montant)
                    plan.constats += [constat] if constat is not None else []
                if montant is not None:
                    plan.montants[rang] = montant
    return plan


def _echeance(
    reglement: Reglement,
    effet: EffetOuvrirEcheance,
    contexte: Mapping[str, object],
    plan: Plan,
    maintenant: datetime,
) -> EcheancePrevue | None:
    """An échéance owed person by person opens for those this move asks, and not at all when it asks nobody."""
    regle = reglement.echeance_par_code[effet.echeance]
    due_a = echeance_du_delai(regle.delai, contexte, maintenant)
    if not regle.par_personne:
        return EcheancePrevue(regle, due_a)
    personnes = tuple(p.id for p in plan.sollicites if p.id is not None)
    return EcheancePrevue(regle, due_a, personnes) if personnes else None


def _montant(effet: Effet, contexte: Mapping[str, object]) -> Decimal | None:
    """Euros of a money effect (None: another effect, or a free amount)."""
    if not isinstance(
        effet, EffetEngagerMontant | EffetLibererMontant | EffetOrdonnerVersement | EffetDemanderReversement
    ):
        return None
    if effet.montant is None:
        return None
    centimes = compile_expression(effet.montant).evaluer(contexte)
    if isinstance(centimes, bool) or not isinstance(centimes, int) or centimes < 0:
        raise ErreurMetier(f"Le règlement calcule un montant impossible ({centimes!r}) pour l'effet « {effet.effet} ».")
    return en_euros(centimes)
