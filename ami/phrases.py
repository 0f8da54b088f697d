"""What is wrong with a value somebody typed, in French: the errors of pydantic said to a person."""

from typing import Any, Final

from pydantic_core import ErrorDetails

_PHRASES: Final[dict[str, str]] = {
    "missing": "une réponse est demandée",
    "extra_forbidden": "cette question n'est pas posée ici",
    "string_type": "un texte est attendu",
    "string_too_short": "ce texte ne peut pas être vide",
    "string_too_long": "le texte dépasse {max_length} caractères",
    "string_pattern_mismatch": "ce code contient un caractère qui n'est pas admis",
    "literal_error": "choisissez parmi {expected}",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "decimal_type": "un nombre est attendu, par exemple 1234.50",
    "decimal_parsing": "un nombre est attendu, par exemple 1234.50",
    "decimal_max_places": "pas plus de {decimal_places} décimales",
    "decimal_max_digits": "ce nombre est trop grand",
    "decimal_whole_digits": "ce nombre est trop grand",
    "finite_number": "un nombre est attendu, par exemple 1234.50",
    "greater_than": "la valeur doit dépasser {gt}",
    "greater_than_equal": "la valeur doit être au moins {ge}",
    "less_than": "la valeur doit rester sous {lt}",
    "less_than_equal": "la valeur doit être au plus {le}",
    "date_type": "une date est attendue, par exemple 2026-03-30",
    "date_parsing": "une date est attendue, par exemple 2026-03-30",
    "date_from_datetime_parsing": "une date est attendue, par exemple 2026-03-30",
    "date_from_datetime_inexact": "une date sans heure est attendue, par exemple 2026-03-30",
    "datetime_type": "une date et une heure sont attendues, par exemple 2026-03-30 18:30",
    "datetime_parsing": "une date et une heure sont attendues, par exemple 2026-03-30 18:30",
    "datetime_from_date_parsing": "une date et une heure sont attendues, par exemple 2026-03-30 18:30",
    "bool_type": "répondez par oui ou par non",
    "bool_parsing": "répondez par oui ou par non",
    "list_type": "une liste est attendue",
    "dict_type": "un ensemble de réponses est attendu",
    "model_type": "un ensemble de réponses est attendu",
    "too_short": "au moins {min_length} élément(s)",
    "too_long": "pas plus de {max_length} éléments",
}
_INCONNUE: Final = "la réponse n'a pas la forme attendue"


def raison(erreur: ErrorDetails) -> str:
    """The reason of one error, without final stop; never pydantic's own English."""
    contexte: dict[str, Any] = erreur.get("ctx", {})
    if erreur["type"] == "value_error":
        return str(contexte["error"])
    return _PHRASES.get(erreur["type"], _INCONNUE).format_map(contexte).replace(" or ", " ou ")
