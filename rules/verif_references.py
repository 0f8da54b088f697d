"""Names: nothing is referred to that is not declared; who may do what."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification, inconnu
from rules.modele import EffetFermerEcheances, EffetOuvrirEcheance


def etats_connus(examen: Examen) -> Iterator[Defaut]:
    """A transition starts from and leads to declared états."""
    for place in examen.transitions():
        connus = examen.reglement.sujets[place.kind].etat_par_code  # type: ignore[index]
        for rang, code in enumerate(place.transition.de):
            if code not in connus:
                yield inconnu(examen, f"{place.chemin}.de.{rang}", "l’état", code, connus)
        vers = place.transition.vers
        if vers is not None and vers not in connus:
            yield inconnu(examen, f"{place.chemin}.vers", "l’état", vers, connus)


def phases_connues(examen: Examen) -> Iterator[Defaut]:
    """The phase of an état is declared, and every phase has an état."""
    phases = {phase.code for phase in examen.reglement.phases}
    utilisees: set[str] = set()
    for _, chemin, workflow in examen.workflows():
        for rang, etat in enumerate(workflow.etats):
            utilisees |= {etat.phase} if etat.phase else set()
            if etat.phase is not None and etat.phase not in phases:
                yield inconnu(examen, f"{chemin}.etats.{rang}.phase", "la phase", etat.phase, phases)
    for rang, phase in enumerate(examen.reglement.phases):
        if phase.code not in utilisees:
            remede = "Rattachez-lui un état (phase: …), ou retirez-la."
            yield examen.avertissement(f"phases.{rang}", f"aucun état n’est dans la phase « {phase.code} »", remede)


def controles_connus(examen: Examen) -> Iterator[Defaut]:
    """The contrôle a transition names is declared."""
    for place in examen.transitions():
        nom = place.transition.controle
        if nom is not None and nom not in examen.reglement.controles:
            yield inconnu(examen, f"{place.chemin}.controle", "le contrôle", nom, examen.reglement.controles)


def echeances_connues(examen: Examen) -> Iterator[Defaut]:
    """The échéances opened and closed are declared."""
    connues = examen.reglement.echeance_par_code
    for chemin, _, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance) and effet.echeance not in connues:
            yield inconnu(examen, f"{chemin}.echeance", "l’échéance", effet.echeance, connues)
        if isinstance(effet, EffetFermerEcheances):
            for rang, code in enumerate(effet.echeances):
                if code not in connues:
                    yield inconnu(examen, f"{chemin}.echeances.{rang}", "l’échéance", code, connues)


def sources_connues(examen: Examen) -> Iterator[Defaut]:
    """A source quoted is listed among the sources."""
    for chemin, bloc in examen.blocs:
        source = vars(bloc).get("source")
        if source is not None and source not in examen.reglement.sources:
            yield inconnu(examen, f"{chemin}.source", "la source", source, examen.reglement.sources)


def parametres_des_aides(examen: Examen) -> Iterator[Defaut]:
    """The figures an aid leans on (ceiling, rate, bounds of its payments, de minimis) are paramètres of that unit."""
    parametres = examen.reglement.parametres
    for chemin, code, unite in _chiffres_des_aides(examen):
        if code is not None and code not in parametres:
            yield inconnu(examen, chemin, "le paramètre", code, parametres)
        elif code is not None and parametres[code].unite != unite:
            raison = f"le paramètre « {code} » est en {parametres[code].unite}, pas en {unite}"
            yield examen.erreur(chemin, raison, f"Choisissez un paramètre en {unite}.")


def _chiffres_des_aides(examen: Examen) -> Iterator[tuple[str, str | None, str]]:
    for rang, aide in enumerate(examen.reglement.aides):
        yield f"aides.{rang}.plafond", aide.plafond, "euros"
        yield f"aides.{rang}.taux_max", aide.taux_max, "taux"
    for rang, plafond in enumerate(examen.reglement.plafonds_versement):
        yield f"plafonds_versement.{rang}.avance", plafond.avance, "taux"
        yield f"plafonds_versement.{rang}.acomptes", plafond.acomptes, "taux"
    if examen.reglement.minimis is not None:
        yield "minimis.duree", examen.reglement.minimis.duree, "mois"


def declaration_de_minimis(examen: Examen) -> Iterator[Defaut]:
    """What the applicant had from others is asked by a question in euros."""
    minimis = examen.reglement.minimis
    champs = [champ for formulaire in examen.reglement.formulaires.values() for champ in formulaire.champs]
    en_euros = [champ.code for champ in champs if champ.type == "euros"]
    if minimis is not None and minimis.declaration is not None and minimis.declaration not in en_euros:
        yield inconnu(examen, "minimis.declaration", "la question en euros", minimis.declaration, en_euros)


def etats_conserves(examen: Examen) -> Iterator[Defaut]:
    """Retention speaks of known états, each once, and of every final état."""
    workflow = examen.reglement.sujets.get("dossier")
    if workflow is None:
        return
    vus: set[str] = set()
    for rang, regle in enumerate(examen.reglement.conservation):
        for place, code in enumerate(regle.etats):
            chemin = f"conservation.{rang}.etats.{place}"
            if code not in workflow.etat_par_code:
                yield inconnu(examen, chemin, "l’état", code, workflow.etat_par_code)
            elif code in vus:
                yield examen.erreur(chemin, f"l’état « {code} » a deux durées de conservation", "Gardez-en une.")
            vus.add(code)
    for rang, etat in enumerate(workflow.etats):
        if etat.final and etat.code not in vus:
            raison = f"rien ne dit combien de temps garder un dossier « {etat.code} »"
            remede = "Ajoutez cet état à une ligne de « conservation »."
            yield examen.avertissement(f"sujets.dossier.etats.{rang}", raison, remede)


def roles_des_transitions(examen: Examen) -> Iterator[Defaut]:
    """An act of a person says who may do it; an automatic transition is nobody's."""
    for place in examen.transitions():
        yield from _roles(examen, place)


def _roles(examen: Examen, place: Place) -> Iterator[Defaut]:
    transition = place.transition
    if transition.automatique and transition.roles:
        raison = f"la transition automatique « {transition.code} » nomme des rôles"
        yield examen.erreur(f"{place.chemin}.roles", raison, "Retirez les rôles, ou donnez-lui un acte.")
    if not transition.automatique and not transition.roles:
        raison = f"personne ne peut faire l’acte de la transition « {transition.code} »"
        yield examen.erreur(f"{place.chemin}.acte", raison, "Ajoutez « roles: [...] », ou retirez l’acte.")
    if not transition.automatique and "systeme" in transition.roles:
        raison = f"le rôle « systeme » ne fait pas d’acte (transition « {transition.code} »)"
        yield examen.erreur(f"{place.chemin}.roles", raison, "Retirez ce rôle, ou rendez la transition automatique.")


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    etats_connus,
    phases_connues,
    controles_connus,
    echeances_connues,
    sources_connues,
    parametres_des_aides,
    declaration_de_minimis,
    etats_conserves,
    roles_des_transitions,
)
