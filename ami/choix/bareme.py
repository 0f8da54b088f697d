"""From a règlement to the plain values a choice is made from."""

from ami.choix.donnees import Bareme, CritereChoix, QuotaChoix, RegleDepartage
from rules.modele import Reglement


class SansGrille(ValueError):
    """The règlement has no grille: nothing is ranked under it. The message is French."""


def bareme_du_reglement(reglement: Reglement) -> Bareme:
    """How this règlement scores and ranks.

    Raises:
        SansGrille: it does neither.
    """
    grille = reglement.grille
    if grille is None:
        raise SansGrille("Ce règlement n'a pas de grille de notation : rien ne s'y classe.")
    return Bareme(
        note_min=grille.note_min,
        note_max=grille.note_max,
        criteres=tuple(
            CritereChoix(code=c.code, poids=c.poids, eliminatoire_sous=c.eliminatoire_sous) for c in grille.criteres
        ),
        non_applicable=grille.non_applicable,
        departage=tuple(RegleDepartage(selon=d.selon, critere=d.critere) for d in grille.departage),
        correction_severite=grille.correction_severite,
    )


def quotas_du_reglement(reglement: Reglement) -> tuple[QuotaChoix, ...]:
    """The quotas of its selection; none without one."""
    if reglement.selection is None:
        return ()
    voulus = set(QuotaChoix.model_fields)
    return tuple(QuotaChoix.model_validate(q.model_dump(include=voulus)) for q in reglement.selection.quotas)
