"""Délais and relances: one unit each, in a sensible order; what is opened is closed, and can be done."""

import re
from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification
from rules.modele import (
    Delai,
    EcheanceRegle,
    EffetDemanderAvis,
    EffetDemanderEvaluations,
    EffetFermerEcheances,
    EffetOuvrirEcheance,
    Relance,
    Transition,
    Workflow,
)

_HEURE: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$")
_JOURS_PAR_SEMAINE, _OUVRES_PAR_SEMAINE, _JOURS_PAR_MOIS = 7, 5, 30


def delais_mesures(examen: Examen) -> Iterator[Defaut]:
    """A delay has exactly one unit, is not negative, and ends at an hour that exists."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        delai = echeance.delai
        chemin = f"echeances.{rang}.delai"
        mesures = [v for v in (delai.jours, delai.jours_ouvres, delai.mois) if v is not None]
        if len(mesures) != 1:
            raison = f"le délai de « {echeance.code} » a {len(mesures)} unité(s), il en faut une"
            yield examen.erreur(chemin, raison, "Gardez une seule unité : jours, jours_ouvres ou mois.")
        elif mesures[0] < 0 or (mesures[0] == 0 and delai.a_partir_de is None):
            raison = f"le délai de « {echeance.code} » est fini avant d’avoir couru"
            yield examen.erreur(chemin, raison, "Donnez un nombre positif.")
        if not _HEURE.match(delai.heure):
            yield examen.erreur(f"{chemin}.heure", f"« {delai.heure} » n’est pas une heure", "Écrivez « 23:59:59 ».")


def relances_mesurees(examen: Examen) -> Iterator[Defaut]:
    """A reminder has exactly one unit and an hour; it leaves after the échéance opens; no two leave together."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        vues: set[tuple[int | None, int | None]] = set()
        for place, relance in enumerate(echeance.relances):
            chemin = f"echeances.{rang}.relances.{place}"
            yield from _relance(examen, chemin, echeance, relance)
            moment = (relance.jours, relance.jours_ouvres)
            if moment in vues:
                raison = f"deux relances de « {echeance.code} » partent le même jour"
                yield examen.erreur(chemin, raison, "Gardez-en une, ou changez son jour.")
            vues.add(moment)


def _relance(examen: Examen, chemin: str, echeance: EcheanceRegle, relance: Relance) -> Iterator[Defaut]:
    if (relance.jours is None) == (relance.jours_ouvres is None):
        raison = f"la relance « {relance.code} » doit avoir une unité et une seule"
        yield examen.erreur(chemin, raison, "Gardez « jours » ou « jours_ouvres ».")
        return
    if not _HEURE.match(relance.heure):
        yield examen.erreur(f"{chemin}.heure", f"« {relance.heure} » n’est pas une heure", "Écrivez « 09:00:00 ».")
    duree, avance = _duree(echeance.delai), -_en_jours(relance)
    if echeance.delai.a_partir_de is None and duree is not None and avance >= duree > 0:
        raison = f"la relance « {relance.code} » partirait avant l’ouverture de l’échéance « {echeance.code} »"
        yield examen.erreur(chemin, raison, "Rapprochez-la de l’échéance, ou allongez le délai.")


def _en_jours(relance: Relance) -> int:
    if relance.jours is not None:
        return relance.jours
    return (relance.jours_ouvres or 0) * _JOURS_PAR_SEMAINE // _OUVRES_PAR_SEMAINE


def _duree(delai: Delai) -> int | None:
    """Length of a delay in calendar days, about."""
    if delai.jours is not None:
        return delai.jours
    if delai.jours_ouvres is not None:
        return delai.jours_ouvres * _JOURS_PAR_SEMAINE // _OUVRES_PAR_SEMAINE
    return delai.mois * _JOURS_PAR_MOIS if delai.mois is not None else None


def echeances_ouvertes_une_fois_au_moins(examen: Examen) -> Iterator[Defaut]:
    """An échéance declared is opened by some transition."""
    ouvertes = {effet.echeance for _, _, effet in examen.effets() if isinstance(effet, EffetOuvrirEcheance)}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if echeance.code not in ouvertes:
            remede = "Ouvrez-la (effet: ouvrir_echeance), ou retirez-la."
            yield examen.avertissement(f"echeances.{rang}", f"rien n’ouvre l’échéance « {echeance.code} »", remede)


def echeances_fermees(examen: Examen) -> Iterator[Defaut]:
    """No way from the opening of an échéance to a final état leaves it open."""
    for chemin, place, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance) and effet.echeance in examen.reglement.echeance_par_code:
            workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
            for fin in sorted(_finals_encore_ouverte(workflow, place.transition, effet.echeance)):
                raison = f"l’échéance « {effet.echeance} » peut rester ouverte quand le dossier finit en « {fin} »"
                remede = "Fermez-la (effet: fermer_echeances) sur le chemin qui y mène."
                yield examen.erreur(chemin, raison, remede)


def _finals_encore_ouverte(workflow: Workflow, ouvrante: Transition, code: str) -> set[str]:
    """Final états reached without closing, and where nothing closes it afterwards."""
    vus: set[str] = set()
    a_voir = [ouvrante.vers] if ouvrante.vers else list(ouvrante.de)
    while a_voir:
        etat = a_voir.pop()
        if etat in vus:
            continue
        vus.add(etat)
        a_voir += [t.vers for t in workflow.depuis(etat) if t.vers and not _ferme(t, code)]
    finals = {etat.code for etat in workflow.etats if etat.final}
    return {etat for etat in vus & finals if not any(_ferme(t, code) for t in workflow.depuis(etat))}


def _ferme(transition: Transition, code: str) -> bool:
    fermants = [effet for effet in transition.effets if isinstance(effet, EffetFermerEcheances)]
    return any(not effet.echeances or code in effet.echeances for effet in fermants)


def actes_attendus_possibles(examen: Examen) -> Iterator[Defaut]:
    """The act an échéance awaits can be done by the role that owes it."""
    possibles = {(p.transition.acte, role) for p in examen.transitions() for role in p.transition.roles}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if (echeance.acte, echeance.role) not in possibles:
            raison = (
                f"l’échéance « {echeance.code} » attend l’acte « {echeance.acte} » du rôle « {echeance.role} », "
                "qu’aucune transition ne lui ouvre"
            )
            yield examen.erreur(f"echeances.{rang}", raison, "Corrigez l’acte ou le rôle attendu.")


def echeances_par_personne(examen: Examen) -> Iterator[Defaut]:
    """An échéance owed person by person opens after somebody was asked, in the same move."""
    for chemin, place, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance):
            regle = examen.reglement.echeance_par_code.get(effet.echeance)
            if regle is not None and regle.par_personne and not _demande_avant(place, chemin):
                raison = f"l’échéance « {effet.echeance} » est due par personne, mais personne n’est encore sollicité"
                remede = "Placez avant elle « effet: demander_evaluations », ou « effet: demander_avis »."
                yield examen.erreur(chemin, raison, remede)


def _demande_avant(place: Place, chemin: str) -> bool:
    rang = int(chemin.rpartition(".")[2])
    demandes = EffetDemanderEvaluations | EffetDemanderAvis
    return any(isinstance(effet, demandes) for effet in place.transition.effets[:rang])


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    delais_mesures,
    relances_mesurees,
    echeances_ouvertes_une_fois_au_moins,
    echeances_fermees,
    actes_attendus_possibles,
    echeances_par_personne,
)
