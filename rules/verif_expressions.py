"""Expressions: they compile, look only at what exists, call only what exists, combine what goes together, and give the
type expected.

Types are read from the tree (`rules.types_cel`); what remains is tried out on a sample context made of the documented
types: no real dossier is needed to see that an expression cannot be computed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rules.arbre_cel import MACROS, Litteral, Noeud, arbre
from rules.contexte import FONCTIONS, LIBRE, Schema
from rules.defauts import Defaut
from rules.examen import Examen, Verification, inconnu
from rules.expressions import EvaluationImpossible, Expression, ExpressionInvalide, compile_expression, instant
from rules.modele import Garde
from rules.signatures_cel import SIGNATURES
from rules.types_cel import NOMS, Type, inferer
from rules.verif_sources import Attendu, Source, schema_de, sources_expressions

FONCTIONS_ADMISES: Final = frozenset(FONCTIONS) | frozenset(SIGNATURES) | MACROS
_ESSAIS: Final[dict[str, object]] = {
    "entier": 1,
    "centimes": 100,
    "millieme": 1000,
    "points": 1000,
    "texte": "x",
    "booleen": True,
    "instant": datetime(2026, 1, 1, tzinfo=UTC),
    "liste": ["x"],
    LIBRE: {},
}
# What is expected of an expression: families admitted, unit of a number, and how it is called.
_ATTENDUS: Final[dict[Attendu, tuple[frozenset[str], str | None, str]]] = {
    "booleen": (frozenset({"booleen"}), None, "vrai ou faux"),
    "centimes": (frozenset({"nombre"}), "centimes", "un nombre entier de centimes"),
    "instant": (frozenset({"instant"}), None, "une date"),
}
# The type of value that each unit of a garde shows.
_UNITES_MONTREES: Final = {
    "euros": "centimes",
    "taux": "millieme",
    "points": "points",
    **dict.fromkeys(("jours", "jours_ouvres", "mois", "metres", "nombre"), "entier"),
    "texte": "texte",
    "liste": "liste",
    "date": "instant",
}
_UNITE_A_ECRIRE: Final = {"centimes": "euros", "millieme": "taux", "points": "points"}


def expressions_justes(examen: Examen) -> Iterator[Defaut]:
    """Every expression compiles and looks only at what exists; then it gives the type expected."""
    for source in sources_expressions(examen):
        try:
            expression = compile_expression(source.texte)
        except ExpressionInvalide as erreur:
            yield examen.erreur(source.chemin, f"l’expression est refusée : {erreur.raison}", "Corrigez-la.")
            continue
        schema = schema_de(examen, source)
        noms = [*_champs(examen, source, expression, schema), *_fonctions(examen, source, expression)]
        types = [] if noms else [*_types(examen, source, schema)]
        yield from noms or types or _essayer(examen, source, expression, schema)


def _champs(examen: Examen, source: Source, expression: Expression, schema: Schema) -> Iterator[Defaut]:
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


def _types(examen: Examen, source: Source, schema: Schema) -> Iterator[Defaut]:
    racine = arbre(source.texte)
    obtenu, malaises = inferer(racine, schema)
    for malaise in malaises:
        yield examen.charge.defaut(source.chemin, malaise.raison, malaise.remede, gravite=malaise.gravite)
    if source.attendu in _ATTENDUS and not malaises:
        yield from _resultat(examen, source, racine, obtenu)


def _resultat(examen: Examen, source: Source, racine: Noeud, obtenu: Type) -> Iterator[Defaut]:
    familles, unite, nom = _ATTENDUS[source.attendu]
    if obtenu.famille not in {*familles, LIBRE} and not (source.attendu == "instant" and _date_ecrite(racine)):
        raison = f"l’expression doit donner {nom}, elle donne {NOMS[obtenu.genre]}"
        yield examen.erreur(source.chemin, raison, "Récrivez-la.")
    elif unite is not None and obtenu.genre not in {unite, "nombre", LIBRE}:
        raison = f"l’expression doit donner {nom}, elle donne {NOMS[obtenu.genre]}"
        yield examen.avertissement(source.chemin, raison, f"Calculez {NOMS[unite]}, avec proportion(…) au besoin.")


def _date_ecrite(racine: Noeud) -> bool:
    """True for a date written as such (« "2026-01-31" »)."""
    try:
        return isinstance(racine, Litteral) and bool(instant(str(racine), {}))
    except EvaluationImpossible:
        return False


def _essayer(examen: Examen, source: Source, expression: Expression, schema: Schema) -> Iterator[Defaut]:
    racines = {chemin.partition(".")[0] for chemin in expression.chemins()}
    try:
        expression.evaluer({racine: _essai(schema[racine]) for racine in racines if racine in schema})
    except EvaluationImpossible as erreur:
        if "absent du contexte" not in erreur.raison:
            raison = f"l’expression ne peut pas se calculer : {erreur.raison}"
            yield examen.erreur(source.chemin, raison, "Corrigez-la.")


def _essai(schema: object) -> object:
    """Sample values of a schema."""
    if isinstance(schema, dict):
        return {nom: _essai(partie) for nom, partie in schema.items()}
    return _ESSAIS[str(schema)]


def unites_montrees(examen: Examen) -> Iterator[Defaut]:
    """What a garde shows to a person is of the unit it says."""
    gardes = dict(examen.gardes())
    for source in sources_expressions(examen):
        chemin, _, champ = source.chemin.rpartition(".")
        if champ in {"valeur", "seuil"} and chemin in gardes:
            yield from _unite(examen, source, gardes[chemin])


def _unite(examen: Examen, source: Source, garde: Garde) -> Iterator[Defaut]:
    obtenu = type_de(examen, source)
    if obtenu is None or obtenu.famille == LIBRE:
        return
    champ, unite = source.chemin.rpartition(".")[2], garde.unite
    a_ecrire = _UNITE_A_ECRIRE.get(obtenu.genre)
    if unite is None:
        if a_ecrire is not None:
            raison = (
                f"« {champ} » est {NOMS[obtenu.genre]}, mais la garde « {garde.code} » ne dit pas l’unité à montrer"
            )
            yield examen.avertissement(source.chemin, raison, f"Ajoutez « unite: {a_ecrire} ».")
        return
    montre = Type(_UNITES_MONTREES[unite])
    raison = f"« {champ} » est {NOMS[obtenu.genre]}, mais la garde « {garde.code} » le montre en {unite}"
    remede = f"Écrivez « unite: {a_ecrire} »." if a_ecrire else "Corrigez l’unité, ou ce qui est montré."
    if obtenu.famille != montre.famille:
        yield examen.erreur(source.chemin, raison, remede)
    elif obtenu.genre not in {montre.genre, "nombre"}:
        yield examen.avertissement(source.chemin, raison, remede)


def type_de(examen: Examen, source: Source) -> Type | None:
    """The type of an expression; None when it is none."""
    try:
        compile_expression(source.texte)
    except ExpressionInvalide:
        return None
    return inferer(arbre(source.texte), schema_de(examen, source))[0]


VERIFICATIONS: Final[tuple[Verification, ...]] = (expressions_justes, unites_montrees)
