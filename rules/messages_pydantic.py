"""The shape errors of a règlement said in French, each with what to do."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic_core import ErrorDetails

from rules.formes import bloc_en, clefs_connues

# kind of error -> (reason, remedy); `{...}` are filled with the error's own figures.
_PHRASES: Final[dict[str, tuple[str, str]]] = {
    "missing": ("la rubrique obligatoire « {champ} » manque", "Ajoutez « {champ}: … » à cet endroit."),
    "extra_forbidden": ("la rubrique « {champ} » n’existe pas ici", "{proche}"),
    "literal_error": ("« {saisie} » n’est pas admis pour « {champ} »", "{proche}Valeurs admises : {attendu}."),
    "string_pattern_mismatch": (
        "« {saisie} » n’est pas un code : minuscules sans accent, chiffres et tirets bas, en commençant par une lettre",
        "Récrivez ce code, par exemple « etude_validee ».",
    ),
    "string_type": ("« {champ} » doit être un texte", "Mettez la valeur entre guillemets."),
    "string_too_short": ("« {champ} » est vide", "Écrivez-y un texte."),
    "string_too_long": ("« {champ} » est trop long (au plus {max_length} caractères)", "Raccourcissez-le."),
    "int_type": ("« {champ} » doit être un nombre entier", "Écrivez un nombre sans virgule ni guillemets."),
    "int_parsing": ("« {champ} » doit être un nombre entier", "Écrivez un nombre sans virgule ni guillemets."),
    "int_from_float": ("« {champ} » doit être un nombre entier", "Écrivez un nombre sans virgule."),
    "decimal_type": ("« {champ} » doit être un nombre", "Écrivez un nombre, avec un point pour la virgule."),
    "decimal_parsing": ("« {champ} » doit être un nombre", "Écrivez un nombre, avec un point pour la virgule."),
    "finite_number": ("« {champ} » doit être un nombre", "Écrivez un nombre, avec un point pour la virgule."),
    "bool_type": ("« {champ} » doit être true ou false", "Écrivez true ou false, sans guillemets."),
    "bool_parsing": ("« {champ} » doit être true ou false", "Écrivez true ou false, sans guillemets."),
    "list_type": ("« {champ} » doit être une liste", "Écrivez une liste : un tiret par élément, ou [a, b]."),
    "dict_type": ("« {champ} » doit être un dictionnaire", "Écrivez des lignes « mot: valeur » en retrait."),
    "model_type": ("« {champ} » doit être une rubrique", "Écrivez des lignes « mot: valeur » en retrait."),
    "model_attributes_type": ("« {champ} » doit être une rubrique", "Écrivez des lignes « mot: valeur » en retrait."),
    "too_short": ("la liste « {champ} » est trop courte (au moins {min_length})", "Complétez-la."),
    "greater_than": ("« {champ} » doit dépasser {gt}", "Corrigez ce nombre."),
    "greater_than_equal": ("« {champ} » doit valoir au moins {ge}", "Corrigez ce nombre."),
    "less_than": ("« {champ} » doit rester sous {lt}", "Corrigez ce nombre."),
    "less_than_equal": ("« {champ} » doit valoir au plus {le}", "Corrigez ce nombre."),
    "union_tag_invalid": ("l’effet « {tag} » n’existe pas", "{proche}Effets admis : {expected_tags}."),
    "union_tag_not_found": ("cet effet ne dit pas ce qu’il fait", "Ajoutez « effet: courriel », par exemple."),
}
_INCONNUE: Final = ("la valeur de « {champ} » n’est pas acceptée", "Comparez avec un règlement existant.")


def phrases(erreur: ErrorDetails) -> tuple[str, str]:
    """The reason and the remedy of one error, in French."""
    raison, remede = _PHRASES.get(erreur["type"], _INCONNUE)
    faits = _faits(erreur)
    return raison.format_map(faits), remede.format_map(faits)


def _faits(erreur: ErrorDetails) -> Mapping[str, Any]:
    contexte: dict[str, Any] = erreur.get("ctx", {})
    attendus = str(contexte.get("expected", contexte.get("expected_tags", ""))).replace(" or ", ", ").replace("'", "")
    faits = {
        **contexte,
        "champ": _champ(erreur["loc"]),
        "saisie": str(erreur["input"])[:60],
        "attendu": attendus,
        "expected_tags": attendus,
    }
    faits["proche"] = _clef_proche(erreur["loc"]) if erreur["type"] == "extra_forbidden" else _mot_proche(faits)
    return faits


def _champ(lieu: tuple[int | str, ...]) -> str:
    noms = [str(morceau) for morceau in lieu if isinstance(morceau, str) and morceau != "[key]"]
    return noms[-1] if noms else "règlement"


def _clef_proche(lieu: tuple[int | str, ...]) -> str:
    """The key the author most likely meant, among those of this block; else whether it belongs elsewhere."""
    bloc, clef = bloc_en(lieu[:-1]), str(lieu[-1])
    possibles = sorted(bloc.model_fields) if bloc is not None else []
    trouvees = get_close_matches(clef, possibles, n=1)
    if trouvees:
        return f"Vouliez-vous écrire « {trouvees[0]} » ?"
    if clef in clefs_connues():
        return "Cette rubrique existe, mais pas à cet endroit : vérifiez son retrait."
    return f"Retirez-la. Rubriques possibles ici : {', '.join(possibles)}." if possibles else "Retirez-la."


def _mot_proche(faits: Mapping[str, Any]) -> str:
    """The word the author most likely meant, among those admitted."""
    mot = str(faits.get("tag", faits["saisie"]))
    trouves = get_close_matches(mot, str(faits["attendu"]).split(", "), n=1)
    return f"Vouliez-vous écrire « {trouves[0]} » ? " if trouves else ""
