"""Names: each declared once, and nothing referred to that is not declared."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification, inconnu
from rules.modele import EffetFermerEcheances, EffetOuvrirEcheance
from rules.verif_sources import sources_expressions

# What a list of the context may hold, so that a misspelt code in `"code" in echeances.depassees` is seen.
_APPARTENANCE: Final = re.compile(
    r"""["'](\w+)["']\s+in\s+(pieces\.(?:manquantes|deposees)|echeances\.(?:ouvertes|depassees))"""
)


def _doublons(examen: Examen, base: str, codes: Iterable[str], quoi: str) -> Iterator[Defaut]:
    vus: set[str] = set()
    for rang, code in enumerate(codes):
        if code in vus:
            remede = "Renommez ou retirez l’un des deux."
            yield examen.erreur(f"{base}.{rang}", f"{quoi} « {code} » figure deux fois", remede)
        vus.add(code)


def codes_uniques(examen: Examen) -> Iterator[Defaut]:
    """Codes of the règlement's lists are unique."""
    reglement = examen.reglement
    yield from _doublons(examen, "phases", (p.code for p in reglement.phases), "la phase")
    yield from _doublons(examen, "pieces", (p.code for p in reglement.pieces), "la pièce")
    yield from _doublons(examen, "volets", (v.code for v in reglement.volets), "le volet")
    yield from _doublons(examen, "echeances", (e.code for e in reglement.echeances), "l’échéance")
    yield from _doublons(examen, "aides", (a.nature for a in reglement.aides), "l’aide")
    if reglement.grille:
        yield from _doublons(examen, "grille.criteres", (c.code for c in reglement.grille.criteres), "le critère")
    for nom, formulaire in reglement.formulaires.items():
        base = f"formulaires.{nom}.champs"
        yield from _doublons(examen, base, (champ.code for champ in formulaire.champs), "le champ")
    for rang, echeance in enumerate(reglement.echeances):
        base = f"echeances.{rang}.relances"
        yield from _doublons(examen, base, (relance.code for relance in echeance.relances), "la relance")


def codes_uniques_workflow(examen: Examen) -> Iterator[Defaut]:
    """Codes of états, transitions and gardes are unique where they are used."""
    for _, chemin, workflow in examen.workflows():
        yield from _doublons(examen, f"{chemin}.etats", (e.code for e in workflow.etats), "l’état")
        yield from _doublons(examen, f"{chemin}.transitions", (t.code for t in workflow.transitions), "la transition")
    for place in examen.transitions():
        yield from _doublons(examen, f"{place.chemin}.gardes", (g.code for g in place.transition.gardes), "la garde")
    for nom, gardes in examen.reglement.controles.items():
        yield from _doublons(examen, f"controles.{nom}", (g.code for g in gardes), "la garde")


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
    reglement = examen.reglement
    citations = [(f"parametres.{code}", parametre.source) for code, parametre in reglement.parametres.items()]
    citations += [(f"echeances.{rang}", echeance.source) for rang, echeance in enumerate(reglement.echeances)]
    citations += [(f"conservation.{rang}", regle.source) for rang, regle in enumerate(reglement.conservation)]
    if reglement.grille:
        citations.append(("grille", reglement.grille.source))
        citations += [(f"grille.criteres.{rang}", c.source) for rang, c in enumerate(reglement.grille.criteres)]
    if reglement.comite:
        citations.append(("comite", reglement.comite.source))
    for chemin, source in citations:
        if source is not None and source not in reglement.sources:
            yield inconnu(examen, f"{chemin}.source", "la source", source, reglement.sources)


def parametres_des_aides(examen: Examen) -> Iterator[Defaut]:
    """Ceiling and rate of an aid are paramètres of the right unit."""
    parametres = examen.reglement.parametres
    for rang, aide in enumerate(examen.reglement.aides):
        for champ, code, unite in (("plafond", aide.plafond, "euros"), ("taux_max", aide.taux_max, "taux")):
            chemin = f"aides.{rang}.{champ}"
            if code is not None and code not in parametres:
                yield inconnu(examen, chemin, "le paramètre", code, parametres)
            elif code is not None and parametres[code].unite != unite:
                raison = f"le paramètre « {code} » est en {parametres[code].unite}, pas en {unite}"
                yield examen.erreur(chemin, raison, f"Choisissez un paramètre en {unite}.")


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


def codes_cites_dans_expressions(examen: Examen) -> Iterator[Defaut]:
    """The pièces and échéances an expression looks for in a list are declared."""
    pieces = {piece.code for piece in examen.reglement.pieces}
    for source in sources_expressions(examen):
        for code, liste in _APPARTENANCE.findall(source.texte):
            connus = pieces if liste.startswith("pieces") else set(examen.reglement.echeance_par_code)
            quoi = "la pièce" if liste.startswith("pieces") else "l’échéance"
            if code not in connus:
                yield inconnu(examen, source.chemin, quoi, code, connus)


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
        yield examen.erreur(place.chemin, raison, "Ajoutez « roles: [...] », ou retirez l’acte.")
    if not transition.automatique and "systeme" in transition.roles:
        raison = f"le rôle « systeme » ne fait pas d’acte (transition « {transition.code} »)"
        yield examen.erreur(f"{place.chemin}.roles", raison, "Retirez ce rôle, ou rendez la transition automatique.")


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    codes_uniques,
    codes_uniques_workflow,
    etats_connus,
    phases_connues,
    controles_connus,
    echeances_connues,
    sources_connues,
    parametres_des_aides,
    etats_conserves,
    codes_cites_dans_expressions,
    roles_des_transitions,
)
