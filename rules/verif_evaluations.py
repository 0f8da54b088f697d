"""Evaluations: further ones where a disagreement is defined, re-opened ones by their act, skills that are read."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification, inconnu
from rules.modele import EffetDemanderEvaluations
from rules.vocabulaire import Acte

_ROUVRIR: Final[Acte] = "rouvrir_evaluation"


def desaccords_departages(examen: Examen) -> Iterator[Defaut]:
    """A further evaluation supposes a bound, and a bound that nothing looks at changes nothing."""
    grille = examen.reglement.grille
    demandes = [chemin for chemin, _, e in _demandes(examen) if e.lesquelles == "supplementaire"]
    if grille is None:
        return
    if grille.ecart_max is None:
        for chemin in demandes:
            raison = "une évaluation supplémentaire est demandée, mais la grille ne dit pas à partir de quel écart"
            yield examen.erreur(f"{chemin}.lesquelles", raison, "Ajoutez « ecart_max: <points> » à la grille.")
    elif not demandes:
        raison = "la grille dit un écart admis entre évaluateurs, et rien ne demande d’évaluation supplémentaire"
        remede = "Ajoutez « effet: demander_evaluations, lesquelles: supplementaire », ou retirez « ecart_max »."
        yield examen.avertissement("grille.ecart_max", raison, remede)


def evaluations_rouvertes(examen: Examen) -> Iterator[Defaut]:
    """An evaluation is asked again by the act that re-opens it, and by no other."""
    for chemin, acte, effet in _demandes(examen):
        if effet.lesquelles == "rouverte" and acte != _ROUVRIR:
            raison = f"seul l’acte « {_ROUVRIR} » désigne une évaluation à rouvrir"
            yield examen.erreur(f"{chemin}.lesquelles", raison, "Corrigez l’acte, ou retirez « lesquelles ».")


def competences_lues(examen: Examen) -> Iterator[Defaut]:
    """A skill is matched with the answer to a question that exists and has choices: free words match nothing."""
    grille = examen.reglement.grille
    champs = [champ for formulaire in examen.reglement.formulaires.values() for champ in formulaire.champs]
    questions = [champ.code for champ in champs if champ.type == "choix"]
    for rang, code in enumerate(grille.affectation.competences if grille else []):
        if code not in questions:
            yield inconnu(
                examen, f"grille.affectation.competences.{rang}", "la question de type choix", code, questions
            )


def _demandes(examen: Examen) -> Iterator[tuple[str, str | None, EffetDemanderEvaluations]]:
    for chemin, place, effet in examen.effets():
        if isinstance(effet, EffetDemanderEvaluations):
            yield chemin, place.transition.acte, effet


VERIFICATIONS: Final[tuple[Verification, ...]] = (desaccords_departages, evaluations_rouvertes, competences_lues)
