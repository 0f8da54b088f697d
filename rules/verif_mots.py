"""Words compared in expressions: a code or a choice that does not exist would never be equal to anything."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from rules.arbre_cel import Binaire, Liste, Litteral, Macro, Noeud, chemin_de, enfants
from rules.defauts import Defaut
from rules.examen import Examen, Verification, inconnu
from rules.modele import Reglement
from rules.verif_sources import Source, arbres
from rules.vocabulaire import DONNEES, NATURES, ROLES

_TERRITOIRES: Final = get_args(get_args(Reglement.model_fields["territoires"].annotation)[0])
_DECIDE, _DECIDEE = "donnees.decision", "dossier.decision"


@dataclass(frozen=True)
class Mots:
    """What a field or a list may hold, and what such a word is called."""

    quoi: str
    connus: frozenset[str]


def mots_connus(examen: Examen) -> Iterator[Defaut]:
    """Every word an expression looks for can be found where it looks."""
    lus = list(arbres(examen))
    domaines = _domaines(examen, lus)
    for source, racine in lus:
        for mot, mots in _recherches(racine, domaines):
            if mot not in mots.connus:
                yield inconnu(examen, source.chemin, mots.quoi, mot, mots.connus)


def _domaines(examen: Examen, lus: Iterable[tuple[Source, Noeud]]) -> dict[str, Mots]:
    """What each path of the context may hold, where the règlement or the engine closes the list."""
    reglement = examen.reglement
    pieces = Mots("la pièce", frozenset(piece.code for piece in reglement.pieces))
    echeances = Mots("l’échéance", frozenset(reglement.echeance_par_code))
    natures = Mots("l’aide", frozenset(NATURES))
    dossier = reglement.sujets.get("dossier")
    domaines = {
        "pieces.manquantes": pieces,
        "pieces.deposees": pieces,
        "echeances.ouvertes": echeances,
        "echeances.depassees": echeances,
        "convention.signees": natures,
        "donnees.nature": natures,
        "donnees.volet": Mots("le volet", frozenset(volet.code for volet in reglement.volets)),
        "acteur.role": Mots("le rôle", frozenset(ROLES)),
        "territoire.kinds": Mots("le genre de territoire", frozenset(_TERRITOIRES)),
        "dossier.etat": Mots("l’état", frozenset(dossier.etat_par_code if dossier else ())),
    }
    for formulaire in reglement.formulaires.values():
        for champ in formulaire.champs:
            if champ.type == "choix":
                choix = Mots(f"le choix de « {champ.code} »", frozenset(champ.choix))
                domaines |= {f"{racine}.reponses.{champ.code}": choix for racine in ("dossier", "donnees")}
    decisions = _decisions(examen, lus)
    return domaines if decisions is None else {**domaines, _DECIDEE: decisions}


def _decisions(examen: Examen, lus: Iterable[tuple[Source, Noeud]]) -> Mots | None:
    """The decisions the acts of this règlement may take; None when one of them may take any."""
    decidants = [p for p in examen.transitions() if "decision" in DONNEES.get(p.transition.acte or "", {})]
    nommees: dict[str, set[str]] = {}
    for source, racine in lus:
        mots = {mot for mot, _ in _recherches(racine, {_DECIDE: Mots("", frozenset())})}
        if source.chemin.endswith(".quand"):
            nommees[source.chemin.removesuffix(".quand")] = mots
    if not decidants or any(not nommees.get(place.chemin) for place in decidants):
        return None
    toutes = frozenset().union(*(nommees[place.chemin] for place in decidants)) | {""}
    return Mots("la décision", toutes)


def _recherches(noeud: Noeud, domaines: Mapping[str, Mots]) -> Iterator[tuple[str, Mots]]:
    """The words written that are compared with, or looked for in, a field whose words are known."""
    if isinstance(noeud, Macro):
        yield from _recherches(noeud.cible, domaines)
        element = domaines.get(chemin_de(noeud.cible) or "")
        dedans = {**domaines, noeud.variable: element} if element else domaines
        for corps in noeud.corps:
            yield from _recherches(corps, dedans)
        return
    if isinstance(noeud, Binaire) and noeud.operateur in {"==", "!=", "in"}:
        for cote, autre in ((noeud.gauche, noeud.droite), (noeud.droite, noeud.gauche)):
            mots = domaines.get(chemin_de(cote) or "")
            if mots is not None:
                yield from ((mot, mots) for mot in _ecrits(autre))
    for enfant in enfants(noeud):
        yield from _recherches(enfant, domaines)


def _ecrits(noeud: Noeud) -> Iterator[str]:
    """The texts written as such, alone or in a list."""
    for element in noeud.elements if isinstance(noeud, Liste) else (noeud,):
        if isinstance(element, Litteral) and isinstance(element.valeur, str):
            yield element.valeur


VERIFICATIONS: Final[tuple[Verification, ...]] = (mots_connus,)
