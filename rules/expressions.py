"""CEL, the expression language of the règlements: compiled once, evaluated over the documented context.

Money is integer centimes here and nowhere a float: a float literal, a float or a Decimal in the context, and a float
result are all refused. What is `None` in the context is absent for the expression, so `has(...)` says what a person
would expect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import cel

from rules.chemins import lire_chemins, nombres_flottants

PARIS: Final = ZoneInfo("Europe/Paris")
ENTIER_MAX: Final = 2**63 - 1  # beyond, the engine would silently turn the integer into a float


class ErreurExpression(ValueError):
    """Base of the two errors of an expression; `source` is its text."""

    def __init__(self, source: str, raison: str) -> None:
        """Keep the expression with what is wrong in it."""
        self.source = source
        self.raison = raison
        super().__init__(f"{raison} (expression : « {source} »)")


class ExpressionInvalide(ErreurExpression):
    """The text is no expression of the language."""


class EvaluationImpossible(ErreurExpression):
    """The expression cannot be computed over this context, or its result is of the wrong type."""


def minimum(a: int, b: int) -> int:
    """The smaller of two integers."""
    return min(_entier_strict(a), _entier_strict(b))


def maximum(a: int, b: int) -> int:
    """The greater of two integers."""
    return max(_entier_strict(a), _entier_strict(b))


def proportion(montant: int, numerateur: int, denominateur: int) -> int:
    """montant x numerateur / denominateur, half a unit rounded up; 0 when denominateur is 0."""
    for nombre in (montant, numerateur, denominateur):
        _entier_strict(nombre)
    if denominateur == 0:
        return 0
    if denominateur < 0:
        numerateur, denominateur = -numerateur, -denominateur
    return _entier_strict((2 * montant * numerateur + denominateur) // (2 * denominateur))


def _entier_strict(nombre: object) -> int:
    if isinstance(nombre, bool) or not isinstance(nombre, int):
        raise TypeError(f"un entier est attendu, reçu {nombre!r}")
    if abs(nombre) > ENTIER_MAX:
        raise OverflowError(f"le nombre {nombre} est trop grand")
    return nombre


FONCTIONS_CEL: Final[dict[str, Callable[..., int]]] = {
    "min": minimum,
    "max": maximum,
    "proportion": proportion,
}


@dataclass(frozen=True)
class Expression:
    """A compiled expression; get it from `compile_expression`."""

    source: str
    programme: cel.Program
    _chemins: tuple[str, ...]
    _fonctions: tuple[str, ...]

    def chemins(self) -> list[str]:
        """Dotted paths read, e.g. `dossier.cout_prevu`, without literals, comprehension variables and functions."""
        return list(self._chemins)

    def fonctions(self) -> list[str]:
        """Functions and macros called."""
        return list(self._fonctions)

    def evaluer(self, contexte: Mapping[str, object]) -> object:
        """The value over a context; only the part of the context that the expression names is read.

        Raises:
            EvaluationImpossible: an absent field, operands of different types, a float or Decimal, an overflow.
        """
        variables = self._variables(contexte)
        try:
            resultat = self.programme.execute(cel.Context(variables=variables, functions=FONCTIONS_CEL))
        except (KeyError, RuntimeError, TypeError, ValueError, OverflowError, ZeroDivisionError) as erreur:
            raise EvaluationImpossible(self.source, _en_francais(erreur)) from erreur
        if isinstance(resultat, float):
            raise EvaluationImpossible(self.source, "le résultat n’est pas un nombre entier")
        return resultat

    def _variables(self, contexte: Mapping[str, object]) -> dict[str, object]:
        variables: dict[str, object] = {}
        for chemin in self._chemins:
            try:
                _poser(variables, contexte, chemin.split(".")[:2])
            except (TypeError, ValueError, OverflowError) as erreur:
                raise EvaluationImpossible(self.source, f"le champ {chemin} n’est pas lisible : {erreur}") from erreur
        return variables


def _poser(variables: dict[str, object], contexte: Mapping[str, object], morceaux: list[str]) -> None:
    """Copy into `variables` the part of the context at a path of one or two names.

    Copying just that keeps an evaluation cheap and lets a mapping of the context compute its values on demand.
    """
    racine = morceaux[0]
    if contexte.get(racine) is None:
        return
    valeur = contexte[racine]
    if len(morceaux) == 1 or not isinstance(valeur, Mapping):
        variables[racine] = en_cel(valeur)
        return
    partie = variables.setdefault(racine, {})
    if isinstance(partie, dict) and morceaux[1] in valeur and valeur[morceaux[1]] is not None:
        partie[morceaux[1]] = en_cel(valeur[morceaux[1]])


def en_cel(valeur: object) -> object:
    """A Python value as the language knows it: integers, texts, booleans, UTC instants, lists, maps.

    Raises:
        TypeError: a float, a Decimal or a type the language has no word for.
        ValueError: a naive instant.
        OverflowError: an integer over 64 bits.
    """
    if isinstance(valeur, Mapping):
        return {str(clef): en_cel(v) for clef, v in valeur.items() if v is not None}
    if isinstance(valeur, list | tuple | set | frozenset):
        return [en_cel(element) for element in (sorted(valeur) if isinstance(valeur, set | frozenset) else valeur)]
    if isinstance(valeur, date):
        return _instant(valeur)
    if isinstance(valeur, int) and not isinstance(valeur, bool):
        return int(_entier_strict(valeur))
    if valeur is None or isinstance(valeur, bool | str | bytes):
        return valeur
    if isinstance(valeur, float | Decimal):
        raise TypeError("les nombres à virgule sont refusés, donnez des centimes ou des millièmes")
    raise TypeError(f"le type {type(valeur).__name__} n’est pas connu des expressions")


def _instant(valeur: date) -> datetime:
    """A date is the legal midnight that begins it in Paris; the language wants its instants in UTC."""
    if not isinstance(valeur, datetime):
        return datetime.combine(valeur, time(), tzinfo=PARIS).astimezone(UTC)
    if valeur.tzinfo is None:
        raise ValueError("un instant sans fuseau horaire est refusé")
    return valeur.astimezone(UTC)


def _en_francais(erreur: Exception) -> str:
    """The engine's message, said in French as far as its kinds allow."""
    if isinstance(erreur, KeyError):
        return f"le champ {erreur.args[0]!r} est absent du contexte"
    if isinstance(erreur, OverflowError):
        return "un nombre est trop grand"
    if isinstance(erreur, RuntimeError) and "Undefined variable" in str(erreur):
        return f"nom ou fonction inconnu : {_entre_apostrophes(str(erreur))}"
    if isinstance(erreur, TypeError):
        return "les valeurs comparées ou combinées ne sont pas de même type"
    return "le calcul n’a pas pu se faire" + (" : division par zéro" if "zero" in str(erreur).lower() else "")


def _entre_apostrophes(message: str) -> str:
    morceaux = message.split("'")
    return f"« {morceaux[1]} »" if len(morceaux) > 1 else message


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile an expression; the same text is compiled once.

    Raises:
        ExpressionInvalide: syntax error, floating-point number.
    """
    try:
        programme = cel.compile(source)
    except ValueError as erreur:
        raise ExpressionInvalide(source, _syntaxe(erreur)) from erreur
    try:
        flottants, (chemins, fonctions) = nombres_flottants(source), lire_chemins(source)
    except ValueError as erreur:
        raise ExpressionInvalide(source, str(erreur)) from erreur
    if flottants:
        raise ExpressionInvalide(source, f"nombre à virgule refusé : {flottants[0]}")
    if "double" in fonctions:
        raise ExpressionInvalide(source, "la fonction double est refusée : les montants restent des entiers")
    return Expression(source, programme, chemins, fonctions)


def _syntaxe(erreur: ValueError) -> str:
    """Where the syntax breaks; the engine gives line and column as `<input>:1:4:`."""
    _, separateur, suite = str(erreur).partition("<input>:")
    lieu = suite.split(":")
    if not separateur or len(lieu) < 2:
        return "syntaxe incorrecte"
    return f"syntaxe incorrecte à la ligne {lieu[0]}, colonne {lieu[1]}"


def vrai(source: str, contexte: Mapping[str, object]) -> bool:
    """The truth value of an expression.

    Raises:
        ExpressionInvalide, EvaluationImpossible: as above, or the result is not a boolean.
    """
    resultat = compile_expression(source).evaluer(contexte)
    if not isinstance(resultat, bool):
        raise EvaluationImpossible(source, f"vrai ou faux est attendu, obtenu {resultat!r}")
    return resultat


def entier(source: str, contexte: Mapping[str, object]) -> int:
    """The integer an expression gives (centimes for money).

    Raises:
        ExpressionInvalide, EvaluationImpossible: as above, or the result is not an integer.
    """
    resultat = compile_expression(source).evaluer(contexte)
    if isinstance(resultat, bool) or not isinstance(resultat, int):
        raise EvaluationImpossible(source, f"un nombre entier est attendu, obtenu {resultat!r}")
    return resultat


def instant(source: str, contexte: Mapping[str, object]) -> datetime:
    """The instant (UTC) an expression gives; an ISO date written as text is that day's legal midnight in Paris.

    Raises:
        ExpressionInvalide, EvaluationImpossible: as above, or the result is not an instant.
    """
    resultat: Any = compile_expression(source).evaluer(contexte)
    try:
        if isinstance(resultat, str):
            resultat = datetime.fromisoformat(resultat)
            resultat = resultat if resultat.tzinfo else resultat.replace(tzinfo=PARIS)
        if isinstance(resultat, datetime):
            return _instant(resultat)
    except ValueError as erreur:
        raise EvaluationImpossible(source, f"une date est attendue, obtenu {resultat!r}") from erreur
    raise EvaluationImpossible(source, f"une date est attendue, obtenu {resultat!r}")
