"""The schema that editors complete from is the model's own, and the règlements shipped stand on it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from notifications.catalogue import CATALOGUE
from rules.formes import blocs_du_modele
from rules.schema_json import clefs_sans_description, schema_json, texte_du_schema
from rules.vocabulaire import ACTES, DESTINATAIRES, NATURES, ROLES
from rules.yaml_borne import lire
from tests.rules.support import RACINE, planter

FICHIER = RACINE / "rules" / "reglement.schema.json"
REGLEMENTS = sorted((RACINE / "rules").glob("*.yaml"))
ENTETE = "# yaml-language-server: $schema=reglement.schema.json"
SCHEMA = schema_json(CATALOGUE)
VALIDEUR = Draft202012Validator(SCHEMA)
# A word that only an English docstring of the model would hold.
ANGLAIS = re.compile(r"\b(the|of|and|which|its|every|said)\b")


def fautes(texte: str) -> list[str]:
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in VALIDEUR.iter_errors(lire(texte).valeur)]


def textes(valeur: Any, clef: str) -> Iterator[str]:
    if isinstance(valeur, dict):
        yield from (v for nom, v in valeur.items() if nom == clef and isinstance(v, str))
        for enfant in valeur.values():
            yield from textes(enfant, clef)
    elif isinstance(valeur, list):
        for enfant in valeur:
            yield from textes(enfant, clef)


def test_the_file_shipped_is_the_schema_of_the_model() -> None:
    assert FICHIER.read_text(encoding="utf-8") == texte_du_schema(CATALOGUE), (
        "the model or the catalogue changed: run « ami reglement json-schema --sortie rules/reglement.schema.json »"
    )


def test_it_is_a_sound_schema_that_describes_every_block_and_key_in_french() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert clefs_sans_description() == [], "write them in rules/descriptions.py"
    assert set(SCHEMA["$defs"]) == {bloc.__name__ for bloc in blocs_du_modele()} - {"Reglement"}
    assert [phrase for phrase in textes(SCHEMA, "description") if ANGLAIS.search(phrase)] == []


@pytest.mark.parametrize("fichier", REGLEMENTS, ids=lambda fichier: fichier.stem)
def test_every_reglement_shipped_names_the_schema_and_stands_on_it(fichier: Any) -> None:
    texte = fichier.read_text(encoding="utf-8")
    assert texte.splitlines()[0] == ENTETE
    assert fautes(texte) == []


def test_an_editor_is_given_the_acts_the_roles_the_effects_the_messages_and_the_recipients() -> None:
    blocs = SCHEMA["$defs"]
    transition, courriel = blocs["Transition"]["properties"], blocs["EffetCourriel"]["properties"]
    assert transition["acte"]["enum"] == list(ACTES)
    assert transition["roles"]["items"]["enum"] == list(ROLES)
    assert set(transition["effets"]["items"]["discriminator"]["mapping"]) == {
        bloc["properties"]["effet"]["const"] for nom, bloc in blocs.items() if nom.startswith("Effet")
    }
    assert courriel["message"]["enum"] == sorted(CATALOGUE)
    assert courriel["destinataires"]["items"]["enum"] == list(DESTINATAIRES)
    assert blocs["Aide"]["properties"]["nature"]["enum"] == list(NATURES)
    assert blocs["CopieSuivi"]["properties"]["sauf"]["items"]["enum"] == sorted(CATALOGUE)


@pytest.mark.parametrize(
    ("avant", "apres", "ou"),
    [
        ("  quorum: 3\n", "  quorums: 3\n", "comite"),
        ("  quorum: 3\n", "  quorum: trois\n", "comite.quorum"),
        ("acte: accepter_place\n        roles", "acte: acepter_place\n        roles", "transitions"),
        ("{effet: clore_evaluations}", "{effet: clore_evaluation}", "effets"),
        ("message: place_acceptee,", "message: place_accepte,", "effets"),
        ("  plafond_action:\n", "  Plafond action:\n", "parametres"),
        ("territoires: [QPV, NPNRU]", "territoires: [QPV, ZUS]", "territoires"),
        ("recours: >-\n", "recouds: >-\n", ""),
    ],
)
def test_what_the_model_refuses_an_editor_underlines(avant: str, apres: str, ou: str) -> None:
    trouvees = fautes(planter(avant, apres))
    assert trouvees
    assert any(ou in faute.partition(":")[0] for faute in trouvees), trouvees


def test_every_key_that_holds_an_expression_is_checked() -> None:
    """An expression is recognised by its bound of 2 000 characters (`rules.blocs.Cel`); see `rules.verif_sources`."""

    def est_cel(schema: Any) -> bool:
        return bool(isinstance(schema, dict) and schema.get("maxLength") == 2000)

    blocs = {nom: bloc["properties"] for nom, bloc in SCHEMA["$defs"].items()}
    trouvees = {f"{nom}.{clef}" for nom, clefs in blocs.items() for clef, schema in clefs.items() if est_cel(schema)}
    assert trouvees == {
        *("Garde.si", "Garde.valeur", "Garde.seuil", "PieceDemandee.si", "Transition.quand", "Delai.a_partir_de"),
        *("EffetCourriel.si", "EffetEngagerMontant.montant", "EffetLibererMontant.montant"),
        *("EffetOrdonnerVersement.montant", "EffetDemanderReversement.montant"),
    }


def test_the_schema_is_plain_json_that_does_not_depend_on_the_order_of_the_catalogue() -> None:
    assert texte_du_schema(sorted(CATALOGUE, reverse=True)) == texte_du_schema(sorted(CATALOGUE))
    assert json.loads(texte_du_schema(CATALOGUE)) == SCHEMA
