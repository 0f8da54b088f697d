"""Messages: known to the catalogue, and no act of a person left untold without a reason."""

import re
from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.evaluation import echeances_regardees
from rules.examen import Examen, Verification, inconnu
from rules.modele import EffetCourriel

_ACCOLADE: Final = re.compile(r"\{([^{}]*)\}")


def messages_connus(examen: Examen) -> Iterator[Defaut]:
    """Every message named has its template in the catalogue."""
    if examen.messages_connus is None:
        return
    cites = [(f"{chemin}.message", e.message) for chemin, _, e in examen.effets() if isinstance(e, EffetCourriel)]
    for rang, echeance in enumerate(examen.reglement.echeances):
        base = f"echeances.{rang}.relances"
        cites += [(f"{base}.{place}.message", relance.message) for place, relance in enumerate(echeance.relances)]
    cites += [(f"copie_suivi.sauf.{rang}", code) for rang, code in enumerate(examen.reglement.copie_suivi.sauf)]
    for chemin, code in cites:
        if code not in examen.messages_connus:
            yield inconnu(examen, chemin, "le message", code, examen.messages_connus)


def actes_annonces(examen: Examen) -> Iterator[Defaut]:
    """An act of a person tells someone, or says why it does not."""
    for place in examen.transitions():
        transition = place.transition
        annonce = any(isinstance(effet, EffetCourriel) for effet in transition.effets)
        if not transition.automatique and not annonce and transition.sans_courriel is None:
            raison = f"l’acte « {transition.libelle} » n’est annoncé à personne"
            yield examen.avertissement(place.chemin, raison, "Ajoutez un courriel, ou « sans_courriel: <pourquoi> ».")
        if annonce and transition.sans_courriel is not None:
            raison = f"« {transition.libelle} » dit n’annoncer rien, mais envoie un courriel"
            yield examen.avertissement(f"{place.chemin}.sans_courriel", raison, "Retirez l’un des deux.")


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


VERIFICATIONS: Final[tuple[Verification, ...]] = (messages_connus, actes_annonces, raisons_remplies)
