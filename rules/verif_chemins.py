"""Ways: every état can be reached, every état that is not final has a way to a final one, nothing turns for ever."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.modele import Transition, Workflow
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
            yield examen.erreur(place.chemin, raison, remede)
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
                yield examen.erreur(place, raison, "Retirez « final: true », ou la transition.")
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


def automatismes_sans_fin(examen: Examen) -> Iterator[Defaut]:
    """An automatic transition changes the état, and no unconditional ones chase each other."""
    for place in examen.transitions():
        transition = place.transition
        if transition.automatique and (transition.vers is None or transition.vers in transition.de):
            raison = (
                f"la transition automatique « {transition.code} » ne change pas l’état : elle se répéterait sans fin"
            )
            yield examen.erreur(place.chemin, raison, "Donnez-lui un autre état d’arrivée, ou un acte.")
    for _, chemin, workflow in examen.workflows():
        suivants = _suivants(workflow, inconditionnels=True)
        for rang, etat in enumerate(workflow.etats):
            apres = _fermeture(suivants.get(etat.code, set()) - {etat.code}, suivants)
            if etat.code in apres:
                raison = f"des transitions automatiques sans condition ramènent sans fin à « {etat.code} »"
                yield examen.erreur(f"{chemin}.etats.{rang}", raison, "Donnez un « quand » à l’une d’elles.")


def transitions_masquees(examen: Examen) -> Iterator[Defaut]:
    """From one état, two transitions of one act are told apart by their `quand`."""
    for _, chemin, workflow in examen.workflows():
        for rang, transition in enumerate(workflow.transitions):
            for autre in workflow.transitions[:rang]:
                communs = _depart_commun(autre, transition)
                if communs and _masque(autre, transition):
                    raison = (
                        f"« {transition.code} » n’est jamais choisie depuis « {communs[0]} » : "
                        f"« {autre.code} » l’est toujours avant elle"
                    )
                    remede = "Donnez à la première un « quand » qui les distingue, ou changez leur ordre."
                    yield examen.erreur(f"{chemin}.transitions.{rang}", raison, remede)


def _depart_commun(avant: Transition, apres: Transition) -> list[str]:
    if not avant.de and not apres.de:
        return ["la création"]
    return [etat for etat in apres.de if etat in avant.de]


def _masque(avant: Transition, apres: Transition) -> bool:
    """True when whatever takes `apres` would take `avant`, written before it."""
    meme_acte = avant.acte == apres.acte and set(apres.roles) <= set(avant.roles)
    if avant.automatique and avant.quand is None and not _inconditionnelle(avant):
        return False  # its guards choose: an automatic transition whose guards fail gives way
    return meme_acte and (avant.quand is None or avant.quand == apres.quand)


def _inconditionnelle(transition: Transition) -> bool:
    conditions = (transition.quand, transition.controle, *transition.gardes)
    return transition.automatique and not any(conditions)


def _suivants(workflow: Workflow, *, inconditionnels: bool = False) -> dict[str, set[str]]:
    """États one move away from each; only by what fires without condition, when asked."""
    suivants: dict[str, set[str]] = {}
    for transition in workflow.transitions:
        if not inconditionnels or _inconditionnelle(transition):
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
    automatismes_sans_fin,
    transitions_masquees,
)
