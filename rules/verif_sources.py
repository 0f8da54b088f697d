"""Every expression of a règlement, with where it stands and what it may look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rules.arbre_cel import Noeud, arbre, chemin_de, parcourir
from rules.contexte import CONTEXTE, LIBRE, Schema
from rules.examen import Examen, Place
from rules.expressions import ExpressionInvalide, compile_expression
from rules.modele import EffetOuvrirEcheance, Garde, Reglement
from rules.vocabulaire import DONNEES

Attendu = Literal["booleen", "centimes", "instant", "libre"]
# Answers written by an act rather than by a form.
_REPONSES_DES_ACTES: Final = {"demande": "texte", "message": "texte"}
_TYPES_DE_CHAMP: Final = {
    "entier": "entier",
    "euros": "centimes",
    "taux": "millieme",
    "date": "instant",
    "booleen": "booleen",
    "point": LIBRE,
}
_TYPES_DE_PARAMETRE: Final = {"euros": "centimes", "taux": "millieme", "points": "points"}
_COMPTES: Final[Schema] = {"bloquants": "entier", "completables": "entier"}


@dataclass(frozen=True)
class Source:
    """An expression: its path, its text, the type it must give, and the acts whose data it sees.

    `actes` is empty where no act is under way. `racines_interdites` are parts of the context not yet built there.
    """

    chemin: str
    texte: str
    attendu: Attendu
    actes: tuple[str, ...] = ()
    racines_interdites: frozenset[str] = frozenset()


def sources_expressions(examen: Examen) -> Iterator[Source]:
    """Every expression of the règlement."""
    for nom, gardes in examen.reglement.controles.items():
        for rang, garde in enumerate(gardes):
            # A contrôle reads the dossier as it stands: counting another contrôle could turn in circles.
            yield from _garde(f"controles.{nom}.{rang}", garde, (), frozenset({"controles"}))
    for rang, piece in enumerate(examen.reglement.pieces):
        if piece.si is not None:
            interdites = frozenset({"pieces", "controles"})
            yield Source(f"pieces.{rang}.si", piece.si, "booleen", (), interdites)
    for place in examen.transitions():
        yield from _transition(place)
    yield from _departs(examen)


def arbres(examen: Examen) -> Iterator[tuple[Source, Noeud]]:
    """Every expression that compiles, with its tree; the others are refused by `rules.verif_expressions`."""
    for source in sources_expressions(examen):
        try:
            compile_expression(source.texte)
        except ExpressionInvalide:
            continue
        yield source, arbre(source.texte)


def chemins_lus(examen: Examen) -> set[str]:
    """Every path of the context that some expression reads."""
    return {chemin_de(noeud) or "" for _, lu in arbres(examen) for noeud in parcourir(lu)}


def _transition(place: Place) -> Iterator[Source]:
    transition = place.transition
    actes = (transition.acte,) if transition.acte else ()
    if transition.quand is not None:
        yield Source(f"{place.chemin}.quand", transition.quand, "booleen", actes)
    for rang, garde in enumerate(transition.gardes):
        yield from _garde(f"{place.chemin}.gardes.{rang}", garde, actes, frozenset())
    for rang, effet in enumerate(transition.effets):
        montant, si = getattr(effet, "montant", None), getattr(effet, "si", None)
        if montant is not None:
            yield Source(f"{place.chemin}.effets.{rang}.montant", montant, "centimes", actes)
        if si is not None:
            yield Source(f"{place.chemin}.effets.{rang}.si", si, "booleen", actes)


def _garde(chemin: str, garde: Garde, actes: tuple[str, ...], interdites: frozenset[str]) -> Iterator[Source]:
    yield Source(f"{chemin}.si", garde.si, "booleen", actes, interdites)
    if garde.valeur is not None:
        yield Source(f"{chemin}.valeur", garde.valeur, "libre", actes, interdites)
    if garde.seuil is not None:
        yield Source(f"{chemin}.seuil", garde.seuil, "libre", actes, interdites)


def _departs(examen: Examen) -> Iterator[Source]:
    """The starting instant of a delay is read in every act that opens the échéance."""
    ouvreurs: dict[str, list[str]] = {}
    automatiques: set[str] = set()
    for _, place, effet in examen.effets():
        if isinstance(effet, EffetOuvrirEcheance):
            acte = place.transition.acte
            ouvreurs.setdefault(effet.echeance, []).extend([acte] if acte else [])
            automatiques |= set() if acte else {effet.echeance}
    for rang, echeance in enumerate(examen.reglement.echeances):
        if echeance.delai.a_partir_de is not None:
            actes = () if echeance.code in automatiques else tuple(ouvreurs.get(echeance.code, ()))
            chemin = f"echeances.{rang}.delai.a_partir_de"
            yield Source(chemin, echeance.delai.a_partir_de, "instant", actes)


def schema_de(examen: Examen, source: Source) -> Schema:
    """The context an expression may look at, where it stands: names, and the type of each."""
    clef = (source.actes, source.racines_interdites)
    if clef not in examen.schemas:
        examen.schemas[clef] = _construire_schema(examen, source)
    return examen.schemas[clef]


def _construire_schema(examen: Examen, source: Source) -> Schema:
    reponses = reponses_de(examen.reglement)
    schema: Schema = {racine: valeur for racine, valeur in CONTEXTE.items() if racine not in source.racines_interdites}
    dossier = CONTEXTE["dossier"]
    if isinstance(dossier, dict):
        schema["dossier"] = {**dossier, "reponses": reponses}
    schema["donnees"] = _donnees(source, reponses)
    schema["parametres"] = {
        code: _TYPES_DE_PARAMETRE.get(parametre.unite, "entier")
        for code, parametre in examen.reglement.parametres.items()
    }
    if "controles" in schema:
        schema["controles"] = dict.fromkeys(examen.reglement.controles, _COMPTES)
    return schema


def reponses_de(reglement: Reglement) -> Schema:
    """The answers the forms of the règlement can give, by code."""
    reponses: Schema = dict(_REPONSES_DES_ACTES)
    for formulaire in reglement.formulaires.values():
        reponses |= {champ.code: _TYPES_DE_CHAMP.get(champ.type, "texte") for champ in formulaire.champs}
    return reponses


def _donnees(source: Source, reponses: Schema) -> Schema:
    """What every act that may be under way brings."""
    tables = [DONNEES[acte] for acte in source.actes]
    communs = set.intersection(*(set(table) for table in tables)) if tables else set()
    donnees: Schema = {champ: tables[0][champ] for champ in sorted(communs)}
    return {**donnees, "reponses": reponses} if "reponses" in donnees else donnees
