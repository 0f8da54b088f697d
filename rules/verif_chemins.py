"""Ways: every état can be reached, every état that is not final has a way to a final one, none turns in circles."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.modele import Workflow
from rules.vocabulaire import ACTES_CREATEURS


def dossier_present(examen: Examen) -> Iterator[Defaut]:
    """The dossier has a workflow."""
    if "dossier" not in examen.reglement.sujets:
        yield examen.erreur(
            "sujets", "le règlement ne dit pas le chemin d’un dossier", "Ajoutez « sujets: dossier: … »."
        )


def creations(examen: Examen) -> Iterator[Defaut]:
    """A sujet is created by a creating act, and only so."""
    for _, chemin, workflow in examen.workflows():
        if all(transition.de for transition in workflow.transitions):
            remede = "Ajoutez une transition sans « de », par un acte qui crée."
            yield examen.erreur(chemin, "aucune transition ne crée ce sujet", remede)
    for place in examen.transitions():
        transition = place.transition
        createur = transition.acte in ACTES_CREATEURS
        if not transition.de and not createur:
            raison = f"la transition « {transition.code} » ne part d’aucun état, mais son acte ne crée rien"
            remede = f"Ajoutez « de: [...] », ou l’un des actes qui créent : {', '.join(sorted(ACTES_CREATEURS))}."
            yield examen.erreur(f"{place.chemin}.acte", raison, remede)
        if transition.de and createur:
            raison = f"l’acte « {transition.acte} » crée un sujet : il ne part d’aucun état"
            yield examen.erreur(f"{place.chemin}.de", raison, "Retirez « de ».")
        if not transition.de and transition.vers is None:
            raison = f"la transition « {transition.code} » crée un sujet sans lui donner d’état"
            yield examen.erreur(place.chemin, raison, "Ajoutez « vers: … ».")


def etats_atteignables(examen: Examen) -> Iterator[Defaut]:
    """Every état is reached from the creation."""
    for _, chemin, workflow in examen.workflows():
        departs = {t.vers for t in workflow.transitions if not t.de and t.vers}
        atteints = _fermeture(departs, _suivants(workflow))
        for rang, etat in enumerate(workflow.etats):
            if etat.code not in atteints:
                raison = f"aucun chemin ne mène à l’état « {etat.code} »"
                yield examen.erreur(f"{chemin}.etats.{rang}", raison, "Ajoutez une transition vers lui, ou retirez-le.")


def etats_quittables(examen: Examen) -> Iterator[Defaut]:
    """An état is left, or it is final; and never both."""
    for _, chemin, workflow in examen.workflows():
        suivants = _suivants(workflow)
        for rang, etat in enumerate(workflow.etats):
            sorties = suivants.get(etat.code, set()) - {etat.code}
            place = f"{chemin}.etats.{rang}"
            if etat.final and sorties:
                raison = f"l’état final « {etat.code} » est quitté vers {', '.join(sorted(sorties))}"
                yield examen.erreur(f"{place}.final", raison, "Retirez « final: true », ou la transition.")
            if not etat.final and not sorties:
                raison = f"on ne sort jamais de l’état « {etat.code} »"
                yield examen.erreur(place, raison, "Ajoutez une transition, ou « final: true ».")


def fin_atteignable(examen: Examen) -> Iterator[Defaut]:
    """From every état that can be left, some final état can be reached."""
    for _, chemin, workflow in examen.workflows():
        suivants = _suivants(workflow)
        finals = {etat.code for etat in workflow.etats if etat.final}
        for rang, etat in enumerate(workflow.etats):
            sorties = suivants.get(etat.code, set()) - {etat.code}
            if sorties and not etat.final and not (_fermeture({etat.code}, suivants) & finals):
                raison = f"depuis « {etat.code} », on tourne en rond sans jamais atteindre un état final"
                remede = "Ajoutez une sortie vers un état final (abandon, rejet, clôture…)."
                yield examen.erreur(f"{chemin}.etats.{rang}", raison, remede)


def _suivants(workflow: Workflow) -> dict[str, set[str]]:
    """États one move away from each."""
    suivants: dict[str, set[str]] = {}
    for transition in workflow.transitions:
        for depart in transition.de:
            suivants.setdefault(depart, set()).add(transition.vers or depart)
    return suivants


def _fermeture(departs: set[str], suivants: dict[str, set[str]]) -> set[str]:
    """Everything reached from the départs, themselves included."""
    atteints: set[str] = set()
    a_voir = list(departs)
    while a_voir:
        etat = a_voir.pop()
        if etat not in atteints:
            atteints.add(etat)
            a_voir.extend(suivants.get(etat, ()))
    return atteints


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    dossier_present,
    creations,
    etats_atteignables,
    etats_quittables,
    fin_atteignable,
)
