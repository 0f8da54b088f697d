"""What the shape of a règlement admits at a place: the blocks of the model, and the keys of each."""

import types
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from rules.blocs import Bloc
from rules.modele import Reglement


@cache
def blocs_du_modele() -> tuple[type[Bloc], ...]:
    """Every kind of block a règlement is made of, in the order the model is read."""
    trouves: dict[type[Bloc], None] = {}
    a_voir: list[type[Bloc]] = [Reglement]
    while a_voir:
        bloc = a_voir.pop(0)
        if bloc not in trouves:
            trouves[bloc] = None
            a_voir += [b for champ in bloc.model_fields.values() for b in _blocs_de(champ.annotation)]
    return tuple(trouves)


def clefs_connues() -> set[str]:
    """Every key some block admits."""
    return {nom for bloc in blocs_du_modele() for nom in bloc.model_fields}


def bloc_en(lieu: Iterable[int | str]) -> type[Bloc] | None:
    """The kind of block at a place (`("echeances", 2, "delai")`); None when none is expected there.

    Where several kinds of effect are possible, the place names the one chosen, as the validation errors do.
    """
    annotation: Any = Reglement
    for morceau in lieu:
        annotation = _dedans(annotation, morceau)
    candidats = list(_blocs_de(annotation))
    return candidats[0] if len(candidats) == 1 and not _est_collection(annotation) else None


def _dedans(annotation: Any, morceau: int | str) -> Any:
    """The type under one step of a place."""
    if isinstance(annotation, type) and issubclass(annotation, Bloc):
        champ = annotation.model_fields.get(str(morceau))
        return champ.annotation if champ is not None else None
    if _est_collection(annotation):
        return get_args(_sans_rien(annotation))[-1]
    choisis = [bloc for bloc in _blocs_de(annotation) if morceau in _etiquettes(bloc)]
    if choisis:
        return choisis[0]
    seuls = list(_blocs_de(annotation))
    return _dedans(seuls[0], morceau) if len(seuls) == 1 else None


def _sans_rien(annotation: Any) -> Any:
    """A type without its `None`."""
    if get_origin(annotation) in {Union, types.UnionType}:
        restants = [argument for argument in get_args(annotation) if argument is not type(None)]
        return restants[0] if len(restants) == 1 else annotation
    return annotation


def _est_collection(annotation: Any) -> bool:
    return get_origin(_sans_rien(annotation)) in {list, dict}


def _etiquettes(bloc: type[Bloc]) -> tuple[Any, ...]:
    """The words by which a kind of effect is chosen."""
    champ = bloc.model_fields.get("effet")
    return get_args(champ.annotation) if champ is not None and get_origin(champ.annotation) is Literal else ()


def _blocs_de(annotation: Any) -> Iterator[type[Bloc]]:
    if isinstance(annotation, type) and issubclass(annotation, Bloc):
        yield annotation
    for argument in get_args(annotation):
        yield from _blocs_de(argument)
