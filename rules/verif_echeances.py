"""Échéances over the ways of a sujet: open once at a time, closed by the act they await, there when one is owed."""

from collections.abc import Iterator
from typing import Final

from rules.arbre_cel import Binaire, Litteral, arbre, chemin_de, parcourir
from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification
from rules.expressions import ExpressionInvalide, compile_expression
from rules.logique_cel import disjointes
from rules.modele import (
    Delai,
    EcheanceRegle,
    EffetEngagerMontant,
    EffetOuvrirEcheance,
    Etat,
    Transition,
    Workflow,
)
from rules.vocabulaire import Role

_MOTEUR: Final[Role] = "systeme"
# The effects that ask persons by name.
_SOLLICITATIONS: Final = frozenset({"demander_evaluations", "demander_avis"})


def echeances_ouvertes_une_fois_au_moins(examen: Examen) -> Iterator[Defaut]:
    """An échéance declared is opened by some transition."""
    ouvertes = {effet.echeance for _, _, effet in _ouvrants(examen)}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if echeance.code not in ouvertes:
            remede = "Ouvrez-la (effet: ouvrir_echeance), ou retirez-la."
            yield examen.avertissement(f"echeances.{rang}", f"rien n’ouvre l’échéance « {echeance.code} »", remede)


def echeances_sans_chevauchement(examen: Examen) -> Iterator[Defaut]:
    """An échéance is not opened while it may still be open: the person would owe the same act twice."""
    for chemin, place, effet in _ouvrants(examen):
        echeance = examen.reglement.echeance_par_code.get(effet.echeance)
        if echeance is None or echeance.par_personne:
            continue  # owed person by person: each has their own
        ouvertures = examen.ouvertures[place.kind]
        departs = [d for d in place.transition.de if effet.echeance in ouvertures.restantes(place.transition, d)]
        if departs and not _une_seule_fois(examen, place.transition, effet.echeance):
            raison = f"l’échéance « {effet.echeance} » peut déjà être ouverte quand on l’ouvre depuis « {departs[0]} »"
            remede = (
                f"Fermez-la d’abord (effet: fermer_echeances, echeances: [{effet.echeance}]), ou exigez "
                f'« !("{effet.echeance}" in echeances.ouvertes) ».'
            )
            yield examen.erreur(f"{chemin}.echeance", raison, remede)


def _une_seule_fois(examen: Examen, transition: Transition, code: str) -> bool:
    """True when the conditions of a transition forbid it while the échéance is open.

    Either they say so, or they look at the sum that the transition itself engages: taken twice, it would engage twice.
    """
    succes = examen.conditions.succes(transition)
    ouverte = examen.conditions.cas(f'"{code}" in echeances.ouvertes')
    if succes is not None and ouverte is not None and disjointes(succes, ouverte):
        return True
    engages = {f"budget.{e.nature}.engage" for e in transition.effets if isinstance(e, EffetEngagerMontant)}
    return bool(engages & examen.conditions.lus(transition))


def echeances_distinctes(examen: Examen) -> Iterator[Defaut]:
    """One move does not open twice the same duty: same act, same role, same day."""
    for place in examen.transitions():
        vues: dict[tuple[object, ...], EcheanceRegle] = {}
        for rang, effet in enumerate(place.transition.effets):
            if not isinstance(effet, EffetOuvrirEcheance):
                continue
            regle = examen.reglement.echeance_par_code.get(effet.echeance)
            if regle is None:
                continue
            jumelle = vues.setdefault((regle.acte, regle.role, *_jour(regle.delai)), regle)
            if jumelle is not regle:
                raison = (
                    f"les échéances « {jumelle.code} » et « {regle.code} » attendent le même acte « {regle.acte} » "
                    f"du même rôle « {regle.role} » pour le même jour"
                )
                remede = "Gardez-en une, ou donnez-leur des délais différents."
                yield examen.erreur(f"{place.chemin}.effets.{rang}.echeance", raison, remede)


def _jour(delai: Delai) -> tuple[object, ...]:
    return (delai.jours, delai.jours_ouvres, delai.mois, delai.a_partir_de)


def echeances_fermees(examen: Examen) -> Iterator[Defaut]:
    """No way from the opening of an échéance to a final état leaves it open, unless an act there still closes it."""
    for chemin, place, effet in _ouvrants(examen):
        if effet.echeance not in examen.reglement.echeance_par_code:
            continue
        workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
        for fin in sorted(_finals_encore_ouverte(examen, place, workflow, effet.echeance)):
            raison = f"l’échéance « {effet.echeance} » peut rester ouverte quand le dossier finit en « {fin} »"
            remede = "Fermez-la (effet: fermer_echeances) sur le chemin qui y mène."
            yield examen.erreur(f"{chemin}.echeance", raison, remede)


def _finals_encore_ouverte(examen: Examen, place: Place, workflow: Workflow, code: str) -> set[str]:
    """Final états reached from an opening without closing, and where nothing closes it afterwards."""
    ouvertures = examen.ouvertures[place.kind]
    vus: set[str] = set()
    a_voir = [place.transition.vers] if place.transition.vers else list(place.transition.de)
    while a_voir:
        etat = a_voir.pop()
        if etat not in vus:
            vus.add(etat)
            a_voir += [t.vers for t in workflow.depuis(etat) if t.vers and not ouvertures.ferme(t, code)]
    finals = {etat.code for etat in workflow.etats if etat.final}
    return {fin for fin in vus & finals if not any(ouvertures.ferme(t, code) for t in workflow.depuis(fin))}


def echeances_regardees(examen: Examen) -> Iterator[Defaut]:
    """A condition that looks for an échéance is read where it may be open: elsewhere its answer is always the same."""
    for place in examen.transitions():
        ouvertures = examen.ouvertures[place.kind]
        ici = frozenset().union(*(ouvertures.avant(depart) for depart in place.transition.de))
        atteinte = any(depart in ouvertures.par_etat for depart in place.transition.de)
        for chemin, source in _conditions(examen, place):
            for code in sorted(_codes_cherches(source)) if atteinte else ():
                if code in examen.reglement.echeance_par_code and code not in ici:
                    raison = f"« {place.transition.code} » regarde l’échéance « {code} », jamais ouverte à ce moment"
                    remede = (
                        f"Ouverte ici : {', '.join(sorted(ici)) or 'aucune'}. Corrigez le code, le contrôle ou « de »."
                    )
                    yield examen.avertissement(chemin, raison, remede)


def _conditions(examen: Examen, place: Place) -> Iterator[tuple[str, str]]:
    """The conditions of a transition, each with where the transition calls it from."""
    transition = place.transition
    if transition.quand:
        yield f"{place.chemin}.quand", transition.quand
        comptes = {c.split(".")[1] for c in examen.conditions.lus(transition) if c.startswith("controles.")}
        for nom in comptes & set(examen.reglement.controles):
            yield from ((f"{place.chemin}.quand", garde.si) for garde in examen.reglement.controles[nom])
    for garde in examen.reglement.controles.get(transition.controle or "", []):
        yield f"{place.chemin}.controle", garde.si
    for rang, garde in enumerate(transition.gardes):
        yield f"{place.chemin}.gardes.{rang}.si", garde.si


def _codes_cherches(source: str) -> set[str]:
    """The échéances a condition looks for among those open or overdue."""
    try:
        compile_expression(source)
    except ExpressionInvalide:
        return set()
    recherches = (n for n in parcourir(arbre(source)) if isinstance(n, Binaire) and n.operateur == "in")
    return {
        str(n.gauche.valeur)
        for n in recherches
        if isinstance(n.gauche, Litteral) and chemin_de(n.droite) in {"echeances.ouvertes", "echeances.depassees"}
    }


def actes_attendus_possibles(examen: Examen) -> Iterator[Defaut]:
    """The act an échéance awaits can be done by the role that owes it."""
    possibles = {(p.transition.acte, role) for p in examen.transitions() for role in p.transition.roles}
    actes = {acte for acte, _ in possibles}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if (echeance.acte, echeance.role) not in possibles:
            raison = (
                f"l’échéance « {echeance.code} » attend l’acte « {echeance.acte} » du rôle « {echeance.role} », "
                "qu’aucune transition ne lui ouvre"
            )
            champ = "role" if echeance.acte in actes else "acte"
            yield examen.erreur(f"echeances.{rang}.{champ}", raison, "Corrigez l’acte ou le rôle attendu.")


def actes_attendus_ferment(examen: Examen) -> Iterator[Defaut]:
    """An act that moves the sujet on closes an échéance that awaits it: nobody is reminded of what they have done."""
    for place in examen.transitions():
        transition = place.transition
        attendues = {e.code for e in examen.reglement.echeances if e.acte == transition.acte and not e.par_personne}
        for depart in transition.de:
            ouvertures = examen.ouvertures[place.kind]
            ouvertes = attendues & ouvertures.avant(depart)
            if (
                ouvertes
                and transition.vers not in {None, depart}
                and ouvertes <= ouvertures.restantes(transition, depart)
            ):
                codes = ", ".join(f"« {code} »" for code in sorted(ouvertes))
                raison = f"« {transition.libelle} » est l’acte que {codes} attend, et ne la ferme pas"
                remede = f"Ajoutez « effet: fermer_echeances, echeances: [{', '.join(sorted(ouvertes))}] »."
                yield examen.avertissement(place.chemin, raison, remede)
                break


def echeances_par_personne(examen: Examen) -> Iterator[Defaut]:
    """An échéance owed person by person opens after somebody was asked, in the same move."""
    for chemin, place, effet in _ouvrants(examen):
        regle = examen.reglement.echeance_par_code.get(effet.echeance)
        if regle is not None and regle.par_personne and not _demande_avant(place, chemin):
            raison = f"l’échéance « {effet.echeance} » est due par personne, mais personne n’est encore sollicité"
            remede = "Placez avant elle l’effet qui sollicite quelqu’un, par exemple « effet: demander_evaluations »."
            yield examen.erreur(f"{chemin}.echeance", raison, remede)


def _demande_avant(place: Place, chemin: str) -> bool:
    rang = int(chemin.rpartition(".")[2])
    return any(effet.effet in _SOLLICITATIONS for effet in place.transition.effets[:rang])


def attentes_datees(examen: Examen) -> Iterator[Defaut]:
    """What a person owes has a date on every way in, or the état says why it has none."""
    for kind, chemin, workflow in examen.workflows():
        for rang, etat in enumerate(workflow.etats):
            sans = _entree_sans_date(examen, kind, workflow, etat)
            place = f"{chemin}.etats.{rang}"
            if sans is not None and etat.sans_echeance is None:
                raison = (
                    f"l’état « {etat.code} » attend le rôle « {etat.attend} », mais « {sans.code} » y mène sans "
                    "qu’aucune échéance de ce rôle soit ouverte"
                )
                remede = "Ouvrez une échéance (effet: ouvrir_echeance), ou dites « sans_echeance: <pourquoi> »."
                yield examen.avertissement(f"{place}.attend", raison, remede)
            if sans is None and etat.sans_echeance is not None:
                raison = f"l’état « {etat.code} » dit n’avoir pas d’échéance, mais il n’attend personne sans date"
                yield examen.avertissement(f"{place}.sans_echeance", raison, "Retirez « sans_echeance ».")


def _entree_sans_date(examen: Examen, kind: str, workflow: Workflow, etat: Etat) -> Transition | None:
    """A way into an état that leaves whoever it waits for without a date."""
    if etat.final or etat.attend in {None, _MOTEUR}:
        return None
    ouvertures = examen.ouvertures[kind]
    du_role = {echeance.code for echeance in examen.reglement.echeances if echeance.role == etat.attend}
    for transition in workflow.transitions:
        departs: list[str | None] = [d for d in transition.de if d in ouvertures.par_etat and d != etat.code]
        departs = departs if transition.de else [None]
        if transition.vers == etat.code and any(not du_role & ouvertures.apres(transition, d) for d in departs):
            return transition
    return None


def _ouvrants(examen: Examen) -> Iterator[tuple[str, Place, EffetOuvrirEcheance]]:
    for chemin, place, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance):
            yield chemin, place, effet


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    echeances_ouvertes_une_fois_au_moins,
    echeances_sans_chevauchement,
    echeances_distinctes,
    echeances_fermees,
    echeances_regardees,
    actes_attendus_possibles,
    actes_attendus_ferment,
    echeances_par_personne,
    attentes_datees,
)
