"""Messages: known to the catalogue, addressed to somebody who can exist, and no person concerned left untold."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from rules.defauts import Defaut
from rules.evaluation import echeances_regardees
from rules.examen import Examen, Place, Verification, inconnu
from rules.modele import EffetCourriel
from rules.vocabulaire import DestinataireRegle, Role

_ACCOLADE: Final = re.compile(r"\{([^{}]*)\}")
# Words that mean somebody only once this effect has asked them; the second ones, only in the very move that asks.
_SOLLICITES: Final = {"evaluateurs": "demander_evaluations", "consultes": "demander_avis"}
_SOLLICITES_ICI: Final = {"evaluateurs_sollicites": "demander_evaluations", "consultes_sollicites": "demander_avis"}
# The words that reach who holds a role outside of staff and of the committee, which has its own convocation.
_MOTS_DU_ROLE: Final[dict[str, set[str]]] = {
    "porteur": {"porteur"},
    "accompagnateur": {"accompagnateur", "accompagnateurs_region"},
    "evaluateur": {"evaluateurs", "evaluateurs_sollicites"},
    "consulte": {"consultes", "consultes_sollicites"},
    "financeur": {"financeurs"},
}
# Words that mean somebody only when this act names them.
_NOMMES: Final = {"invites": "planifier_action", "partenaires": "declarer_partenaires"}
_CHEZ_SOI: Final[frozenset[Role | None]] = frozenset({None, "systeme", "agent"})
_ACTEUR: Final[DestinataireRegle] = "acteur"
_RECLAMANT: Final[DestinataireRegle] = "reclamant"
_MEMBRES: Final[DestinataireRegle] = "membres_comite"


def messages_connus(examen: Examen) -> Iterator[Defaut]:
    """Every message named has its template in the catalogue."""
    if examen.messages_connus is None:
        return
    cites = [(f"{chemin}.message", e.message) for chemin, _, e in _courriels(examen)]
    for rang, echeance in enumerate(examen.reglement.echeances):
        base = f"echeances.{rang}.relances"
        cites += [(f"{base}.{place}.message", relance.message) for place, relance in enumerate(echeance.relances)]
    cites += [(f"copie_suivi.sauf.{rang}", code) for rang, code in enumerate(examen.reglement.copie_suivi.sauf)]
    for chemin, code in cites:
        if code not in examen.messages_connus:
            yield inconnu(examen, chemin, "le message", code, examen.messages_connus)


def actes_annonces(examen: Examen) -> Iterator[Defaut]:
    """An act of a person, or what changes somebody's duty by itself, tells someone, or says why it does not."""
    for place in examen.transitions():
        transition = place.transition
        annonce = any(isinstance(effet, EffetCourriel) for effet in transition.effets)
        if annonce and transition.sans_courriel is not None:
            raison = f"« {transition.libelle} » dit n’annoncer rien, mais envoie un courriel"
            yield examen.avertissement(f"{place.chemin}.sans_courriel", raison, "Retirez l’un des deux.")
        if annonce or transition.sans_courriel is not None:
            continue
        remede = "Ajoutez un courriel, ou « sans_courriel: <pourquoi> »."
        if not transition.automatique:
            raison = f"l’acte « {transition.libelle} » n’est annoncé à personne"
            yield examen.avertissement(place.chemin, raison, remede)
        elif qui := _concerne(examen, place):
            raison = f"« {transition.libelle} » concerne {qui}, mais ne l’annonce à personne"
            yield examen.avertissement(place.chemin, raison, remede)


def _concerne(examen: Examen, place: Place) -> str | None:
    """Whom an automatic transition concerns: who owes the next act, or the porteur of a dossier that ends.

    Staff read their lists, and get their own copy of what leaves.
    """
    workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
    arrivee = workflow.etat_par_code.get(place.transition.vers or "")
    if arrivee is None:
        return None
    if arrivee.final:
        return "le porteur d’un dossier qui se termine"
    return None if arrivee.attend in _CHEZ_SOI else f"le rôle « {arrivee.attend} »"


def personnes_prevenues(examen: Examen) -> Iterator[Defaut]:
    """Whoever a transition asks, or makes owe the next act without doing it themselves, is told."""
    for place in examen.transitions():
        transition = place.transition
        mots = {mot for e in transition.effets if isinstance(e, EffetCourriel) for mot in e.destinataires}
        if transition.sans_courriel is not None or not mots:
            continue  # told, or warned of, as a whole
        for mot, effet in _SOLLICITES_ICI.items():
            if any(e.effet == effet for e in transition.effets) and not mots & {mot, mot.removesuffix("_sollicites")}:
                raison = f"« {transition.libelle} » sollicite des personnes (« {effet} ») sans le leur dire"
                yield examen.avertissement(place.chemin, raison, f"Ajoutez un courriel à « {mot} ».")
        workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
        arrivee = workflow.etat_par_code.get(transition.vers or "")
        role = arrivee.attend if arrivee is not None else None
        attendus = _MOTS_DU_ROLE.get(role or "", set())
        if attendus and role not in transition.roles and not mots & attendus:
            raison = f"après « {transition.libelle} », on attend le rôle « {role} », à qui rien n’est dit"
            yield examen.avertissement(place.chemin, raison, f"Écrivez aussi à « {sorted(attendus)[0]} ».")


def destinataires_possibles(examen: Examen) -> Iterator[Defaut]:
    """Every recipient named can be somebody where the message leaves."""
    for chemin, place, effet in _courriels(examen):
        for rang, mot in enumerate(effet.destinataires):
            raison = _personne(examen, place, mot)
            if raison is not None:
                yield _sans_lecteur(examen, f"{chemin}.destinataires.{rang}", mot, raison)
    for rang, echeance in enumerate(examen.reglement.echeances):
        kinds = {place.kind for _, place, e in examen.effets() if getattr(e, "echeance", None) == echeance.code}
        for place_relance, relance in enumerate(echeance.relances):
            for ordre, mot in enumerate(relance.destinataires):
                raison = _personne_a_relancer(examen, kinds, mot)
                if raison is not None:
                    chemin = f"echeances.{rang}.relances.{place_relance}.destinataires.{ordre}"
                    yield _sans_lecteur(examen, chemin, mot, raison)


def _sans_lecteur(examen: Examen, chemin: str, mot: str, raison: str) -> Defaut:
    remede = "Écrivez à un autre destinataire, ou retirez celui-ci."
    return examen.erreur(chemin, f"le destinataire « {mot} » ne désigne jamais personne ici : {raison}", remede)


def _personne(examen: Examen, place: Place, mot: str) -> str | None:
    """Why a word means nobody in the courriels of a transition."""
    effet = _SOLLICITES_ICI.get(mot)
    if effet is not None and not any(e.effet == effet for e in place.transition.effets):
        return f"cette transition n’a pas l’effet « {effet} »"
    if mot == _ACTEUR and place.transition.automatique:
        return "une transition automatique n’a pas d’acteur"
    return _personne_du_reglement(examen, {place.kind}, mot)


def _personne_a_relancer(examen: Examen, kinds: set[str], mot: str) -> str | None:
    """Why a word means nobody in a reminder: the engine sends it, nobody acts and nobody is asked then."""
    if mot == _ACTEUR or mot in _SOLLICITES_ICI:
        return "une relance part d’elle-même, sans acte en cours"
    return _personne_du_reglement(examen, kinds, mot)


def _personne_du_reglement(examen: Examen, kinds: set[str], mot: str) -> str | None:
    """Why a word means nobody anywhere in this règlement."""
    effet, acte = _SOLLICITES.get(mot), _NOMMES.get(mot)
    if effet is not None and not any(e.effet == effet for _, _, e in examen.effets()):
        return f"aucune transition n’a l’effet « {effet} »"
    if acte is not None and not any(p.transition.acte == acte for p in examen.transitions()):
        return f"aucune transition n’ouvre l’acte « {acte} »"
    if mot == _RECLAMANT and kinds and "reclamation" not in kinds:
        return "ce n’est pas une réclamation"
    if mot == _MEMBRES and examen.reglement.comite is None:
        return "le règlement n’a pas de rubrique « comite »"
    return None


def courriels_distincts(examen: Examen) -> Iterator[Defaut]:
    """One move does not send one person the same message twice: the second would never leave."""
    for place in examen.transitions():
        courriels = [(r, e) for r, e in enumerate(place.transition.effets) if isinstance(e, EffetCourriel) and not e.si]
        for (_, avant), (rang, apres) in combinations(courriels, 2):
            communs = [mot for mot in apres.destinataires if mot in avant.destinataires]
            if avant.message == apres.message and communs and avant != apres:
                raison = f"« {communs[0]} » recevrait deux fois le message « {apres.message} » : le second ne part pas"
                chemin = f"{place.chemin}.effets.{rang}.destinataires"
                yield examen.avertissement(chemin, raison, "Réunissez les destinataires en un seul courriel.")


def raisons_remplies(examen: Examen) -> Iterator[Defaut]:
    """A reason shows only `{valeur}` and `{seuil}`, and the garde computes what its reason shows.

    One that looks at an échéance has a threshold without computing it: the instant that échéance fell due.
    """
    for chemin, garde in examen.gardes():
        for nom in _ACCOLADE.findall(garde.raison):
            if nom not in {"valeur", "seuil"}:
                raison = f"la raison de « {garde.code} » contient « {{{nom}}} », que rien ne remplira"
                yield examen.erreur(f"{chemin}.raison", raison, "Seuls {valeur} et {seuil} sont remplacés.")
            elif getattr(garde, nom) is None and not (nom == "seuil" and echeances_regardees(garde.si)):
                raison = f"la raison de « {garde.code} » montre {{{nom}}}, mais la garde n’a pas de « {nom} »"
                yield examen.erreur(f"{chemin}.raison", raison, f"Ajoutez « {nom}: … » à la garde.")


def _courriels(examen: Examen) -> Iterator[tuple[str, Place, EffetCourriel]]:
    for chemin, place, effet in examen.effets():
        if isinstance(effet, EffetCourriel):
            yield chemin, place, effet


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    messages_connus,
    actes_annonces,
    personnes_prevenues,
    destinataires_possibles,
    courriels_distincts,
    raisons_remplies,
)
