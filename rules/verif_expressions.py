"""Expressions: they compile, look only at what exists, call only what exists, and give the type expected.

The last point is tried out on a sample context made of the documented types: no real dossier is needed to see that a
text is compared with a number.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rules.contexte import CONTEXTE, FONCTIONS, LIBRE, Schema
from rules.defauts import Defaut
from rules.examen import Examen, Verification, inconnu
from rules.expressions import EvaluationImpossible, Expression, ExpressionInvalide, compile_expression
from rules.verif_sources import Attendu, Source, sources_expressions
from rules.vocabulaire import DONNEES

FONCTIONS_ADMISES: Final = frozenset(FONCTIONS) | {
    *("size", "has", "all", "exists", "exists_one", "map", "filter"),
    *("contains", "startsWith", "endsWith", "matches"),
    *("int", "string", "timestamp", "duration"),
    *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes"),
}
# Answers written by an act rather than by a form.
_REPONSES_DES_ACTES: Final = {"demande": "texte", "message": "texte"}
_TYPES_DE_CHAMP: Final = {
    "entier": "entier",
    "euros": "centimes",
    "taux": "millieme",
    "date": "instant",
    "booleen": "booleen",
    "point": "libre",
}
_ESSAIS: Final[dict[str, object]] = {
    "entier": 1,
    "centimes": 100,
    "millieme": 1000,
    "texte": "x",
    "booleen": True,
    "instant": datetime(2026, 1, 1, tzinfo=UTC),
    "liste": ["x"],
    LIBRE: {},
}
_ATTENDUS: Final[dict[Attendu, tuple[type, ...]]] = {
    "booleen": (bool,),
    "entier": (int,),
    "instant": (datetime, str),
    "libre": (object,),
}
_NOMS: Final[dict[Attendu, str]] = {
    "booleen": "vrai ou faux",
    "entier": "un nombre entier",
    "instant": "une date",
    "libre": "une valeur",
}


def expressions_justes(examen: Examen) -> Iterator[Defaut]:
    """Every expression compiles and looks only at what exists; then it gives the type expected."""
    reponses = _reponses(examen)
    for source in sources_expressions(examen):
        try:
            expression = compile_expression(source.texte)
        except ExpressionInvalide as erreur:
            yield examen.erreur(source.chemin, f"l’expression est refusée : {erreur.raison}", "Corrigez-la.")
            continue
        noms = [*_champs(examen, source, expression, reponses), *_fonctions(examen, source, expression)]
        yield from noms or _types(examen, source, expression, reponses)


def _reponses(examen: Examen) -> Schema:
    """The answers the forms of the règlement can give, by code."""
    reponses: Schema = dict(_REPONSES_DES_ACTES)
    for formulaire in examen.reglement.formulaires.values():
        reponses |= {champ.code: _TYPES_DE_CHAMP.get(champ.type, "texte") for champ in formulaire.champs}
    return reponses


def _schema(examen: Examen, source: Source, reponses: Schema) -> Schema:
    """The context an expression may look at, where it stands."""
    tables = [DONNEES[acte] for acte in source.actes]
    communs = set.intersection(*(set(table) for table in tables)) if tables else set()
    schema: Schema = {racine: valeur for racine, valeur in CONTEXTE.items() if racine not in source.racines_interdites}
    donnees: Schema = {champ: tables[0][champ] for champ in sorted(communs)}
    if "reponses" in donnees:
        donnees["reponses"] = reponses
    dossier = CONTEXTE["dossier"]
    if isinstance(dossier, dict):
        schema["dossier"] = {**dossier, "reponses": reponses}
    schema["donnees"] = donnees
    schema["parametres"] = dict.fromkeys(examen.reglement.parametres, "entier")
    if "controles" in schema:
        comptes: Schema = {"bloquants": "entier", "completables": "entier"}
        schema["controles"] = dict.fromkeys(examen.reglement.controles, comptes)
    return schema


def _champs(examen: Examen, source: Source, expression: Expression, reponses: Schema) -> Iterator[Defaut]:
    schema = _schema(examen, source, reponses)
    for chemin in expression.chemins():
        niveau: object = schema
        parcouru: list[str] = []
        for morceau in chemin.split("."):
            if not isinstance(niveau, dict):
                break
            if morceau not in niveau:
                yield _champ_inconnu(examen, source, chemin, ".".join(parcouru), niveau)
                break
            niveau = niveau[morceau]
            parcouru.append(morceau)
        else:
            continue
        if not isinstance(niveau, dict) and niveau != LIBRE:
            raison = f"« {'.'.join(parcouru)} » n’a pas de champ (dans « {chemin} »)"
            yield examen.erreur(source.chemin, raison, "Retirez ce qui suit le dernier champ connu.")


def _champ_inconnu(examen: Examen, source: Source, chemin: str, parent: str, niveau: Schema) -> Defaut:
    if parent == "donnees" and not source.actes:
        raison = f"« {chemin} » est lu là où aucun acte n’est en cours"
        return examen.erreur(source.chemin, raison, "Lisez plutôt ce qui est inscrit au dossier.")
    return inconnu(examen, source.chemin, "le champ", chemin, (f"{parent}.{c}".lstrip(".") for c in niveau))


def _fonctions(examen: Examen, source: Source, expression: Expression) -> Iterator[Defaut]:
    for fonction in expression.fonctions():
        if fonction not in FONCTIONS_ADMISES:
            yield inconnu(examen, source.chemin, "la fonction", fonction, FONCTIONS_ADMISES)


def _types(examen: Examen, source: Source, expression: Expression, reponses: Schema) -> Iterator[Defaut]:
    essai = _essai(_schema(examen, source, reponses))
    if not isinstance(essai, dict):
        return
    try:
        resultat = expression.evaluer(essai)
    except EvaluationImpossible as erreur:
        if "absent du contexte" not in erreur.raison:
            yield examen.erreur(
                source.chemin, f"l’expression ne peut pas se calculer : {erreur.raison}", "Corrigez-la."
            )
        return
    if not isinstance(resultat, _ATTENDUS[source.attendu]) or (
        source.attendu == "entier" and isinstance(resultat, bool)
    ):
        raison = f"l’expression doit donner {_NOMS[source.attendu]}, elle donne {type(resultat).__name__}"
        yield examen.erreur(source.chemin, raison, "Récrivez-la.")


def _essai(schema: object) -> object:
    """Sample values of a schema."""
    if isinstance(schema, dict):
        return {nom: _essai(partie) for nom, partie in schema.items()}
    return _ESSAIS[str(schema)]


VERIFICATIONS: Final[tuple[Verification, ...]] = (expressions_justes,)
