"""The selection and the tie-breaks: what they name exists, and a quota can be met."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification, inconnu
from rules.modele import Quota


def departages_connus(examen: Examen) -> Iterator[Defaut]:
    """A tie-break by the note of a critère names one of the grille; the others name none."""
    grille = examen.reglement.grille
    if grille is None:
        return
    criteres = [critere.code for critere in grille.criteres]
    for rang, regle in enumerate(grille.departage):
        chemin = f"grille.departage.{rang}"
        if regle.selon == "note_critere" and regle.critere is None:
            raison = "ce départage par la note d’un critère ne dit pas lequel"
            yield examen.erreur(chemin, raison, f"Ajoutez « critere: {criteres[0]} », par exemple.")
        elif regle.selon != "note_critere" and regle.critere is not None:
            raison = f"un départage selon « {regle.selon} » ne regarde aucun critère"
            yield examen.erreur(f"{chemin}.critere", raison, "Retirez « critere », ou écrivez « selon: note_critere ».")
        elif regle.critere is not None and regle.critere not in criteres:
            yield inconnu(examen, f"{chemin}.critere", "le critère", regle.critere, criteres)


def selection_connue(examen: Examen) -> Iterator[Defaut]:
    """A selection needs a grille, a threshold in points, a declared aid, and a question that exists."""
    reglement, selection = examen.reglement, examen.reglement.selection
    if selection is None:
        return
    if reglement.grille is None:
        raison = "une sélection demande une grille, qui manque"
        yield examen.erreur("selection", raison, "Ajoutez « grille: … » au règlement.")
    points = [code for code, parametre in reglement.parametres.items() if parametre.unite == "points"]
    if selection.seuil not in points:
        yield inconnu(examen, "selection.seuil", "la note requise (un paramètre en points)", selection.seuil, points)
    natures = [aide.nature for aide in reglement.aides]
    if selection.nature not in natures:
        yield inconnu(examen, "selection.nature", "l’aide", selection.nature, natures)
    questions = [champ.code for formulaire in reglement.formulaires.values() for champ in formulaire.champs]
    if selection.axe is not None and selection.axe not in questions:
        yield inconnu(examen, "selection.axe", "la question", selection.axe, questions)
    if selection.plancher is not None and not selection.partiel:
        raison = "un plancher est donné, mais aucune aide ne peut être réduite"
        yield examen.erreur("selection.plancher", raison, "Écrivez « partiel: true », ou retirez le plancher.")


def quotas_tenables(examen: Examen) -> Iterator[Defaut]:
    """A quota has a bound, its bounds leave room, and one by axe knows where the axe is read."""
    selection = examen.reglement.selection
    for rang, quota in enumerate(selection.quotas if selection else []):
        chemin = f"selection.quotas.{rang}"
        if selection is not None and quota.champ == "axe" and selection.axe is None:
            raison = f"le quota « {quota.code} » compte par axe, mais la sélection ne dit pas où l’axe se lit"
            yield examen.erreur(f"{chemin}.champ", raison, "Ajoutez « axe: <code d’une question> » à la sélection.")
        if all(borne is None for borne in (quota.minimum, quota.maximum, quota.part_min, quota.part_max)):
            raison = f"le quota « {quota.code} » ne demande rien"
            yield examen.erreur(chemin, raison, "Ajoutez « minimum », « maximum », « part_min » ou « part_max ».")
        if _intenable(quota):
            raison = f"le quota « {quota.code} » demande plus qu’il n’admet"
            yield examen.erreur(chemin, raison, "Le minimum ne dépasse pas le maximum.")


def _intenable(quota: Quota) -> bool:
    nombres = quota.minimum is not None and quota.maximum is not None and quota.minimum > quota.maximum
    parts = quota.part_min is not None and quota.part_max is not None and quota.part_min > quota.part_max
    return nombres or parts


VERIFICATIONS: Final[tuple[Verification, ...]] = (departages_connus, selection_connue, quotas_tenables)
