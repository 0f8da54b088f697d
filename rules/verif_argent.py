"""Money: only on aids that are declared and capped, engaged before it is paid, and given back when the way ends."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.modele import (
    EffetConstaterReversement,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    Transition,
)
from rules.ouvertures import parcourir_engagements, parcourir_reversements, parcourir_sans_convention
from rules.verif_sources import chemins_lus
from rules.vocabulaire import Acte

SIGNER: Final[Acte] = "signer_convention"
LU: Final = "convention.signees"


def natures_declarees(examen: Examen) -> Iterator[Defaut]:
    """Money moves only on an aid the règlement declares."""
    declarees = {aide.nature for aide in examen.reglement.aides}
    for chemin, _, effet in examen.effets():
        nature = getattr(effet, "nature", None)
        if nature is not None and nature not in declarees:
            raison = f"l’aide « {nature} » n’est pas déclarée"
            yield examen.erreur(f"{chemin}.nature", raison, "Ajoutez-la à « aides », avec son plafond.")


def engagement_avant_paiement(examen: Examen) -> Iterator[Defaut]:
    """Nothing is paid, freed or asked back where nothing can have been engaged yet."""
    mouvements = EffetOrdonnerVersement | EffetLibererMontant | EffetDemanderReversement | EffetConstaterReversement
    engages = {kind: parcourir_engagements(workflow, liberes=False) for kind, _, workflow in examen.workflows()}
    for chemin, place, effet in examen.effets():
        if not isinstance(effet, mouvements):
            continue
        if effet.nature in {e.nature for e in place.transition.effets if isinstance(e, EffetEngagerMontant)}:
            continue
        if not any(effet.nature in engages[place.kind].get(depart, ()) for depart in place.transition.de):
            raison = f"« {effet.effet} » porte sur l’aide « {effet.nature} », que rien n’engage avant"
            yield examen.erreur(chemin, raison, "Engagez-la d’abord (effet: engager_montant).")


def reversement_demande_avant(examen: Examen) -> Iterator[Defaut]:
    """A sum that comes back was asked for."""
    demandes = {kind: parcourir_reversements(workflow) for kind, _, workflow in examen.workflows()}
    for chemin, place, effet in examen.effets():
        if not isinstance(effet, EffetConstaterReversement):
            continue
        if not any(effet.nature in demandes[place.kind].get(depart, ()) for depart in place.transition.de):
            raison = f"rien ne redemande de l’aide « {effet.nature} » avant qu’on en constate le reversement"
            yield examen.erreur(chemin, raison, "Redemandez-la d’abord (effet: demander_reversement).")


def engagements_rendus(examen: Examen) -> Iterator[Defaut]:
    """What is engaged and not paid goes back to its enveloppe before the way ends."""
    for _, chemin, workflow in examen.workflows():
        restes = parcourir_engagements(workflow, liberes=True)
        for rang, etat in enumerate(workflow.etats):
            for nature in sorted(restes.get(etat.code, ())) if etat.final else ():
                raison = (
                    f"un dossier peut finir en « {etat.code} » en gardant engagé ce qui n’est pas versé de « {nature} »"
                )
                remede = f"Sur le chemin qui y mène, ajoutez « effet: liberer_montant, nature: {nature} »."
                yield examen.avertissement(f"{chemin}.etats.{rang}", raison, remede)


def plafonds_verifies(examen: Examen) -> Iterator[Defaut]:
    """The ceiling and the rate of an aid are looked at by some condition or amount."""
    lus = chemins_lus(examen)
    for rang, aide in enumerate(examen.reglement.aides):
        for champ, code in (("plafond", aide.plafond), ("taux_max", aide.taux_max)):
            if code in examen.reglement.parametres and f"parametres.{code}" not in lus:
                raison = f"aucune condition ne vérifie que l’aide « {aide.nature} » respecte « {code} »"
                remede = f"Ajoutez une garde qui lit « parametres.{code} »."
                yield examen.avertissement(f"aides.{rang}.{champ}", raison, remede)


def convention_avant_paiement(examen: Examen) -> Iterator[Defaut]:
    """Nothing is paid that no convention was looked at for: above a sum the law fixes, one is compulsory."""
    aides = frozenset(aide.nature for aide in examen.reglement.aides)

    def signees(transition: Transition) -> frozenset[str]:
        return _signees(examen, transition, aides)

    for kind, _, workflow in examen.workflows():
        sans = parcourir_sans_convention(workflow, signees, aides)
        for chemin, place, effet in examen.effets():
            if place.kind != kind or not isinstance(effet, EffetOrdonnerVersement):
                continue
            departs = [depart for depart in place.transition.de if effet.nature in sans.get(depart, ())]
            if departs and effet.nature not in signees(place.transition):
                raison = (
                    f"l’aide « {effet.nature} » peut être versée depuis « {departs[0]} » sans que rien ne regarde si "
                    "sa convention est signée"
                )
                remede = (
                    f"Ajoutez une garde, par exemple : budget.{effet.nature}.engage <= parametres.seuil_convention || "
                    f'"{effet.nature}" in convention.signees.'
                )
                yield examen.avertissement(chemin, raison, remede)


def _signees(examen: Examen, transition: Transition, aides: frozenset[str]) -> frozenset[str]:
    """The aids whose convention a transition signs or demands; all of them when it names none."""
    if transition.acte != SIGNER and LU not in examen.conditions.lus(transition):
        return frozenset()
    gardes = [garde.si for garde in examen.conditions.gardes(transition)]
    nommees = {aide for aide in aides for texte in [transition.quand or "", *gardes] if f'"{aide}"' in texte}
    return frozenset(nommees) or aides


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    natures_declarees,
    engagement_avant_paiement,
    reversement_demande_avant,
    engagements_rendus,
    plafonds_verifies,
    convention_avant_paiement,
)
