"""From a règlement to the plain values a choice is made from."""

from collections.abc import Sequence

from ami.choix.donnees import Bareme, CritereChoix, EnveloppeChoix, QuotaChoix, RegleDepartage, ReglesSelection
from rules.modele import Quota, Reglement


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


def regles_du_reglement(
    reglement: Reglement, enveloppes: Sequence[EnveloppeChoix], places: int | None
) -> ReglesSelection:
    """What this règlement says of its selection, with the money and the places of a campagne.

    Raises:
        SansGrille: it says nothing of it.
    """
    regle, grille = reglement.selection, reglement.grille
    if regle is None or grille is None:
        raise SansGrille("Ce règlement ne dit pas comment choisir : il lui faut une « grille » et une « selection ».")
    aide = next((a for a in reglement.aides if a.nature == regle.nature), None)
    return ReglesSelection(
        seuil=reglement.parametres[regle.seuil].valeur,
        enveloppes=tuple(enveloppes),
        places=places,
        plafond=reglement.parametres[aide.plafond].valeur if aide is not None else None,
        taux_max=reglement.parametres[aide.taux_max].valeur if aide is not None and aide.taux_max else None,
        quotas=tuple(_quota(q) for q in regle.quotas),
        partiel=regle.partiel,
        libelles={c.code: c.libelle for c in grille.criteres},
    )


def _quota(quota: Quota) -> QuotaChoix:
    return QuotaChoix.model_validate(quota.model_dump(include=set(QuotaChoix.model_fields)))
