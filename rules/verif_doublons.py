"""Nothing is said twice: codes, words of a list, effects, gardes checked together, questions of all the forms."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from rules.blocs import Bloc
from rules.defauts import Defaut
from rules.examen import Examen, Verification

# How a block is called, by the name of its class; another is « le code ».
_NOMS: Final = {
    "Phase": "la phase",
    "PieceDemandee": "la pièce",
    "Volet": "le volet",
    "EcheanceRegle": "l’échéance",
    "Aide": "l’aide",
    "Critere": "le critère",
    "Champ": "le champ",
    "Relance": "la relance",
    "Etat": "l’état",
    "Transition": "la transition",
    "Garde": "la garde",
    "IndicateurRegle": "l’indicateur",
}
_REMEDE: Final = "Renommez ou retirez l’un des deux."


def rien_deux_fois(examen: Examen) -> Iterator[Defaut]:
    """In every list of the règlement, codes, words and effects are there once."""
    for chemin, bloc in examen.blocs:
        for nom in type(bloc).model_fields:
            valeur = getattr(bloc, nom)
            listes = valeur.items() if isinstance(valeur, dict) else [("", valeur)]
            for clef, liste in listes:
                base = ".".join(morceau for morceau in (chemin, nom, clef) if morceau)
                if isinstance(liste, list):
                    yield from _doublons(examen, base, liste)


def _doublons(examen: Examen, base: str, liste: Sequence[object]) -> Iterator[Defaut]:
    vus: dict[object, int] = {}
    for rang, element in enumerate(liste):
        clef, champ, quoi = _identite(element)
        chemin = f"{base}.{rang}" + (f".{champ}" if champ else "")
        if clef in vus:
            ligne = examen.charge.ligne(f"{base}.{vus[clef]}")
            yield examen.erreur(chemin, f"{quoi} figure deux fois (déjà ligne {ligne})", _REMEDE)
        vus.setdefault(clef, rang)


def _identite(element: object) -> tuple[object, str, str]:
    """What tells an element from its neighbours, the field that holds it, and how it is called."""
    if not isinstance(element, Bloc):
        return element, "", f"« {element} »"
    champ = "nature" if type(element).__name__ == "Aide" else "code"
    code = getattr(element, champ, None)
    if code is None:
        return element.model_dump_json(), "", "ce même effet"
    return code, champ, f"{_NOMS.get(type(element).__name__, 'le code')} « {code} »"


def gardes_distinctes(examen: Examen) -> Iterator[Defaut]:
    """The gardes of a transition and those of its contrôle, checked together, have codes of their own."""
    for place in examen.transitions():
        codes = {g.code for g in examen.reglement.controles.get(place.transition.controle or "", [])}
        for rang, garde in enumerate(place.transition.gardes):
            if garde.code in codes:
                raison = f"la garde « {garde.code} » existe déjà dans le contrôle « {place.transition.controle} »"
                yield examen.avertissement(f"{place.chemin}.gardes.{rang}.code", raison, _REMEDE)


def questions_distinctes(examen: Examen) -> Iterator[Defaut]:
    """A question has one code over all the forms: their answers are kept together."""
    formulaires = examen.reglement.formulaires
    for (avant, un), (apres, autre) in combinations(formulaires.items(), 2):
        codes = {champ.code for champ in un.champs}
        for rang, champ in enumerate(autre.champs):
            if champ.code in codes:
                raison = f"le champ « {champ.code} » existe déjà dans le formulaire « {avant} »"
                yield examen.erreur(f"formulaires.{apres}.champs.{rang}.code", raison, _REMEDE)


VERIFICATIONS: Final[tuple[Verification, ...]] = (rien_deux_fois, gardes_distinctes, questions_distinctes)
