"""Places, waiting lists and the thresholds that lead to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rules.arbre_cel import Binaire, Noeud, chemin_de, enfants, parcourir
from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.logique_cel import CasUn
from rules.modele import Etat, Transition, Workflow
from rules.verif_sources import Source, arbres

_LIBRES: Final = "campagne.places_libres"
_RANG: Final = "campagne.prochain_rang"
_NOTE: Final = "notes.total"
_DECIDE: Final = "donnees.decision"
_DECIDEE: Final = "dossier.decision"


def etats_de_liste(examen: Examen) -> Iterator[Defaut]:
    """A waiting list takes no place, is no end, and leads to a place."""
    for _, chemin, workflow in examen.workflows():
        for rang, etat in enumerate(workflow.etats):
            place = f"{chemin}.etats.{rang}"
            if not etat.liste_ordonnee:
                continue
            if etat.occupe_place:
                raison = f"l’état « {etat.code} » attend une place et en occupe déjà une"
                yield examen.erreur(f"{place}.occupe_place", raison, "Retirez « occupe_place » ou « liste_ordonnee ».")
            if etat.final:
                raison = f"l’état « {etat.code} » attend une place et est final : elle ne lui viendrait jamais"
                yield examen.erreur(f"{place}.final", raison, "Retirez « final » ou « liste_ordonnee ».")
            elif not any(_occupe(workflow, t.vers) for t in workflow.depuis(etat.code)):
                raison = f"aucune transition ne mène de la liste « {etat.code} » à un état qui occupe une place"
                remede = "Ajoutez-en une, ou retirez « liste_ordonnee »."
                yield examen.avertissement(f"{place}.liste_ordonnee", raison, remede)


def places_comptees(examen: Examen) -> Iterator[Defaut]:
    """Whoever takes a place looks whether one is left."""
    for place in examen.transitions():
        workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
        prend = _occupe(workflow, place.transition.vers) and not all(_occupe(workflow, d) for d in place.transition.de)
        if place.transition.de and prend and _LIBRES not in examen.conditions.lus(place.transition):
            raison = f"« {place.transition.libelle} » prend une place sans regarder s’il en reste"
            remede = f"Ajoutez une garde « {_LIBRES} > 0 »."
            yield examen.avertissement(f"{place.chemin}.vers", raison, remede)


def places_declarees(examen: Examen) -> Iterator[Defaut]:
    """The places and ranks that expressions count exist: some état occupies one, some list is in order."""
    etats = [etat for _, _, workflow in examen.workflows() for etat in workflow.etats]
    besoins = (
        (_LIBRES, "occupe_place", any(etat.occupe_place for etat in etats)),
        (_RANG, "liste_ordonnee", any(etat.liste_ordonnee for etat in etats)),
    )
    for source, lu in arbres(examen):
        chemins = {chemin_de(noeud) for noeud in parcourir(lu)}
        for chemin, champ, declare in besoins:
            if chemin in chemins and not declare:
                raison = f"« {chemin} » est lu, mais aucun état ne dit « {champ}: true »"
                yield examen.avertissement(source.chemin, raison, f"Ajoutez « {champ}: true » aux états concernés.")


def _occupe(workflow: Workflow, code: str | None) -> bool:
    etat = workflow.etat_par_code.get(code or "")
    return etat is not None and etat.occupe_place


@dataclass(frozen=True)
class Barre:
    """The score a decision asks for (thousandths of a point), with where it is written."""

    transition: str
    points: int
    chemin: str


def seuils_ordonnes(examen: Examen) -> Iterator[Defaut]:
    """A waiting list asks for no more than a place does."""
    for _, chemin, workflow in examen.workflows():
        barres = list(_barres(examen, chemin, workflow))
        places = [barre for barre, etats in barres if any(etat.occupe_place for etat in etats)]
        listes = [barre for barre, etats in barres if any(etat.liste_ordonnee for etat in etats)]
        for liste in listes:
            plus_bas = [place for place in places if place.points < liste.points]
            if plus_bas:
                ligne = examen.charge.ligne(plus_bas[0].chemin)
                raison = (
                    f"la liste d’attente demande {_points(liste)} points (« {liste.transition} »), plus que la place "
                    f"elle-même : {_points(plus_bas[0])} (« {plus_bas[0].transition} », ligne {ligne})"
                )
                yield examen.erreur(liste.chemin, raison, "Le seuil d’une liste d’attente est plus bas : échangez-les.")


def _points(barre: Barre) -> str:
    entier, reste = divmod(barre.points, 1000)
    return f"{entier},{reste:03d}".rstrip("0").rstrip(",")


def _barres(examen: Examen, chemin: str, workflow: Workflow) -> Iterator[tuple[Barre, list[Etat]]]:
    """The score each transition asks for, with the états it leads to, at once or once its decision is told."""
    lus = list(arbres(examen))
    for rang, transition in enumerate(workflow.transitions):
        cas = examen.conditions.succes(transition)
        barres = [_plancher(un) for un in cas] if cas else []
        points = [barre for barre in barres if barre is not None]
        if points and len(points) == len(barres):
            lieu = _lieu_du_seuil(lus, f"{chemin}.transitions.{rang}")
            yield Barre(transition.code, min(points), lieu), list(_issues(examen, workflow, transition))


def _plancher(cas: CasUn) -> int | None:
    """The lowest score a case admits, None when any does."""
    bornes = [
        atome.autre + ("=" not in atome.relations)
        for atome in cas
        if atome.sujet == _NOTE and isinstance(atome.autre, int) and "<" not in atome.relations
    ]
    return max(bornes, default=None)


def _lieu_du_seuil(lus: list[tuple[Source, Noeud]], place: str) -> str:
    """Where the score asked for is written: the paramètre compared with it, else the garde."""
    for source, lu in lus:
        if source.chemin.startswith(f"{place}.gardes."):
            for noeud in parcourir(lu):
                cotes = [chemin_de(cote) or "" for cote in enfants(noeud)] if isinstance(noeud, Binaire) else []
                if _NOTE in cotes:
                    parametre = next((cote for cote in cotes if cote.startswith("parametres.")), None)
                    return f"{parametre}.valeur" if parametre else source.chemin
    return place


def _issues(examen: Examen, workflow: Workflow, transition: Transition) -> Iterator[Etat]:
    """The états a transition leads to; a decision leads where it is told, from the état where it waits."""
    arrivee = workflow.etat_par_code.get(transition.vers or "")
    if arrivee is None:
        return
    yield arrivee
    decisions = _constantes(examen, transition, _DECIDE)
    for suite in workflow.depuis(arrivee.code):
        if decisions & _constantes(examen, suite, _DECIDEE) and suite.vers in workflow.etat_par_code:
            yield workflow.etat_par_code[suite.vers]


def decisions_annoncees(examen: Examen) -> Iterator[Defaut]:
    """Where decisions wait to be told, each one that leads there is told by some transition."""
    for place in examen.transitions():
        workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
        decisions = _constantes(examen, place.transition, _DECIDE)
        suites = [t for t in workflow.depuis(place.transition.vers) if place.transition.vers]
        annoncees = [_constantes(examen, suite, _DECIDEE) for suite in suites]
        for decision in sorted(map(str, decisions - set().union(*annoncees))):
            if any(annoncees):
                raison = (
                    f"la décision « {decision} » mène à « {place.transition.vers} », où aucune transition ne l’attend"
                )
                remede = f'Ajoutez-y une transition « quand: {_DECIDEE} == "{decision}" ».'
                yield examen.erreur(f"{place.chemin}.quand", raison, remede)


def _constantes(examen: Examen, transition: Transition, sujet: str) -> set[object]:
    """What a transition wants a field to be equal to."""
    cas = examen.conditions.cas(transition.quand) if transition.quand else None
    return {a.autre for un in cas or () for a in un if a.sujet == sujet and a.relations == {"="}}


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    etats_de_liste,
    places_comptees,
    places_declarees,
    seuils_ordonnes,
    decisions_annoncees,
)
