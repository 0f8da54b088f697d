"""The JSON Schema of a règlement, so that an editor completes keys and words while its author types.

It is drawn from the model itself, and says in French what each key means. `reglement.schema.json`, beside the
règlements, is this schema as it was last written; a test holds it to the model.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any, Final

from rules.descriptions import BLOCS, description
from rules.modele import Reglement

DIALECTE: Final = "https://json-schema.org/draft/2020-12/schema"
TITRE: Final = "Règlement d’un appel à manifestation d’intérêt"
# The keys that hold a code of the catalogue of messages.
_MESSAGES: Final = {("EffetCourriel", "message"), ("Relance", "message"), ("CopieSuivi", "sauf")}


def schema_json(messages: Collection[str]) -> dict[str, Any]:
    """The schema, with the codes of the catalogue of messages where one is expected."""
    brut = Reglement.model_json_schema()
    definitions = {nom: _bloc(nom, bloc, messages) for nom, bloc in brut.pop("$defs").items()}
    return {
        "$schema": DIALECTE,
        "title": TITRE,
        **_bloc(Reglement.__name__, brut, messages),
        "$defs": dict(sorted(definitions.items())),
    }


def texte_du_schema(messages: Collection[str]) -> str:
    """The schema as the file holds it."""
    return json.dumps(schema_json(messages), ensure_ascii=False, indent=2) + "\n"


def clefs_sans_description() -> list[str]:
    """The blocks and keys nobody has described yet, as « Bloc » and « Bloc.clef »."""
    return list(_sans_description(Reglement.model_json_schema()))


def _sans_description(brut: dict[str, Any]) -> Iterator[str]:
    for nom, bloc in {Reglement.__name__: brut, **brut["$defs"]}.items():
        if nom not in BLOCS:
            yield nom
        yield from (f"{nom}.{clef}" for clef in bloc.get("properties", {}) if description(nom, clef) is None)


def _bloc(nom: str, bloc: dict[str, Any], messages: Collection[str]) -> dict[str, Any]:
    """One block, described in French, its generated titles left out."""
    propre = {clef: valeur for clef, valeur in bloc.items() if clef not in {"title", "description", "properties"}}
    clefs = bloc.get("properties", {})
    return {
        "description": BLOCS.get(nom, nom),
        **propre,
        "properties": {clef: _clef(nom, clef, schema, messages) for clef, schema in clefs.items()},
    }


def _clef(bloc: str, clef: str, schema: dict[str, Any], messages: Collection[str]) -> dict[str, Any]:
    propre = _utile({nom: valeur for nom, valeur in schema.items() if nom not in {"title", "description"}})
    if (bloc, clef) in _MESSAGES:
        mots = {"type": "string", "enum": sorted(messages)}
        propre = {**propre, "items": mots} if propre.get("type") == "array" else mots
    return {"description": description(bloc, clef) or clef, **propre}


def _utile(schema: dict[str, Any]) -> dict[str, Any]:
    """What helps an author: a key left empty is better not written, and a code that is none is a mistake."""
    if "patternProperties" in schema:
        return {**schema, "additionalProperties": False}
    choix = [autre for autre in schema.get("anyOf", []) if autre != {"type": "null"}]
    if "anyOf" not in schema or len(choix) == len(schema["anyOf"]):
        return schema
    reste = {nom: valeur for nom, valeur in schema.items() if nom not in {"anyOf", "default"}}
    return {**reste, **choix[0]} if len(choix) == 1 else {**reste, "anyOf": choix}
