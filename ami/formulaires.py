"""The forms of a règlement made into schemas: answers are checked and kept as plain JSON values.

Money and rates are kept as decimal text, dates as ISO text: nothing is lost, and no float ever comes in.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails

from ami.actes import Montant
from ami.erreurs import DonneesInvalides
from ami.phrases import raison
from ami.saisie import Jour, sans_controle, texte_lisible
from rules.modele import Champ, Reglement
from rules.vocabulaire import TypeChamp


def _sans_flottant(valeur: object) -> object:
    if isinstance(valeur, float):
        raise ValueError("écrivez ce nombre en texte, « 12.50 » par exemple, pour qu'il reste exact")
    return valeur


def _entier_exact(valeur: object) -> object:
    if isinstance(valeur, bool | float):
        raise ValueError("un nombre entier est attendu")
    return valeur


class Point(BaseModel):
    """A place, WGS84 degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latitude: Annotated[Decimal, BeforeValidator(_sans_flottant), Field(ge=-90, le=90)]
    longitude: Annotated[Decimal, BeforeValidator(_sans_flottant), Field(ge=-180, le=180)]


class Formule(BaseModel):
    """Base of the schemas built from forms."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def schema_de(champs: Iterable[Champ], *, partiel: bool = False) -> type[Formule]:
    """The schema of some questions; `partiel` lets any of them unanswered, for a correction."""
    return _schema(tuple(champ.model_dump_json() for champ in champs), partiel)


def champs_de_l_acte(reglement: Reglement, acte: str) -> list[Champ]:
    """The questions an act asks, over all the forms that belong to it."""
    return [champ for f in reglement.formulaires.values() if f.acte == acte for champ in f.champs]


def valider_reponses(reglement: Reglement, acte: str, reponses: Mapping[str, object]) -> dict[str, Any]:
    """Check the answers an act gives to its forms, whole; return them as JSON values.

    Raises:
        DonneesInvalides: a required answer is missing, a question is unknown, or an answer is of the wrong kind.
    """
    return _valider(champs_de_l_acte(reglement, acte), reponses, partiel=False)


def valider_corrections(reglement: Reglement, reponses: Mapping[str, object]) -> dict[str, Any]:
    """Check answers that complete or correct former ones, whatever the form; return them as JSON values.

    Raises:
        DonneesInvalides: a question is unknown, or an answer is of the wrong kind.
    """
    champs = {champ.code: champ for f in reglement.formulaires.values() for champ in f.champs}
    return _valider(list(champs.values()), reponses, partiel=True)


def reponses_pour_expressions(reglement: Reglement, reponses: Mapping[str, Any]) -> dict[str, object]:
    """Answers with the types guards compare: Decimal money (centimes for expressions), rates per thousand, dates."""
    types = {champ.code: champ.type for f in reglement.formulaires.values() for champ in f.champs}
    return {code: _relire(types.get(code), valeur) for code, valeur in reponses.items()}


def _relire(type_champ: TypeChamp | None, valeur: Any) -> object:
    if valeur is None or type_champ not in _RELECTURES:
        return valeur
    return _RELECTURES[type_champ](valeur)


_RELECTURES: Final[dict[str, Callable[[str], object]]] = {
    "euros": Decimal,
    "taux": lambda texte: int(Decimal(texte) * 1000),
    "date": dt.date.fromisoformat,
}


def _valider(champs: list[Champ], reponses: Mapping[str, object], *, partiel: bool) -> dict[str, Any]:
    donnees = {code: valeur for code, valeur in reponses.items() if not _sans_reponse(valeur)}
    try:
        formule = schema_de(champs, partiel=partiel).model_validate(donnees)
    except ValidationError as erreur:
        libelles = {champ.code: champ.libelle for champ in champs}
        raise DonneesInvalides(" ".join(_phrase(e, libelles) for e in erreur.errors()[:5])) from erreur
    return formule.model_dump(mode="json", exclude_unset=True)


def _sans_reponse(valeur: object) -> bool:
    return valeur is None or (isinstance(valeur, str) and not valeur.strip())


# By content, not by règlement: the same questions give the same schema in every campagne.
@lru_cache(maxsize=64)
def _schema(champs: tuple[str, ...], partiel: bool) -> type[Formule]:
    definitions: dict[str, Any] = {}
    for champ in map(Champ.model_validate_json, champs):
        genre = _TYPES[champ.type](champ)
        definitions[champ.code] = (genre, ...) if champ.obligatoire and not partiel else (genre | None, None)
    return create_model("Reponses", __base__=Formule, **definitions)


def _ligne(champ: Champ) -> Any:
    return Annotated[str, StringConstraints(max_length=champ.longueur_max), AfterValidator(sans_controle)]


def _texte_long(champ: Champ) -> Any:
    return Annotated[str, StringConstraints(max_length=champ.longueur_max), AfterValidator(texte_lisible)]


_TYPES: Final[dict[TypeChamp, Callable[[Champ], Any]]] = {
    "texte": _ligne,
    "texte_long": _texte_long,
    "entier": lambda _: Annotated[int, BeforeValidator(_entier_exact)],
    "euros": lambda _: Annotated[Montant, BeforeValidator(_sans_flottant)],
    "taux": lambda _: Annotated[Decimal, BeforeValidator(_sans_flottant), Field(ge=0, le=1, decimal_places=3)],
    "date": lambda _: Jour,
    "choix": lambda champ: Literal[tuple(champ.choix)],
    "booleen": lambda _: bool,
    "point": lambda _: Point,
}


def _phrase(erreur: ErrorDetails, libelles: Mapping[str, str]) -> str:
    """One error of pydantic, said to the person who answered."""
    code = str(erreur["loc"][0]) if erreur["loc"] else "reponses"
    return f"« {libelles.get(code, code)} » ({code}) : {raison(erreur)}."
