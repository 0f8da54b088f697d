"""Letters, conventions, avenants and minutes as tagged PDF (PDF/UA-1): the same data give the same bytes."""

import json
import re
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Final

import typst
from num2words import num2words

from ami.erreurs import Refus
from ami.glyphes import dessinable
from notifications.textes import typographie

_ADRESSE: Final = re.compile(r"\S+@\S+")
_FAUTIF: Final = re.compile("the text (?:contains the disallowed codepoint )?`(.*?)`", re.DOTALL)
GABARITS: Final = Path(__file__).parent / "gabarits"


def composer(gabarit: str, donnees: Mapping[str, object]) -> bytes:
    """Set a template: its data reach it as JSON, so nothing a person typed is ever read as markup.

    Raises:
        Refus: a text that cannot be set, named.
    """
    try:
        octets = typst.compile(
            str(GABARITS / f"{gabarit}.typ"),
            root=str(GABARITS),
            format="pdf",
            sys_inputs={"donnees": json.dumps(_composable(donnees), ensure_ascii=False)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError as erreur:
        refus = _impossible(gabarit, str(erreur))
        if refus is None:  # a fault of the template, not of the data
            raise
        raise refus from erreur
    if not isinstance(octets, bytes):
        raise TypeError(f"{gabarit}: one document was expected")
    return octets


def _impossible(gabarit: str, message: str) -> Refus | None:
    """What stopped the composer, in French: it names the text it cannot draw, or finds a title that says nothing."""
    nom = gabarit.replace("_", "-")
    if trouve := _FAUTIF.search(message):
        return Refus(
            f"Le document ({nom}) ne peut pas être composé : {trouve[1]} ne se dessine pas. Retirez-le du texte."
        )
    if "title is empty" in message:
        return Refus(f"Le document ({nom}) ne peut pas être composé : un titre ou un intitulé est vide. Complétez-le.")
    return None


def _composable(valeur: object) -> object:
    """Every text with the spaces and apostrophes French typography asks for, and nothing that cannot be drawn."""
    match valeur:
        case str():
            lettre = valeur if _ADRESSE.fullmatch(valeur) else typographie(valeur).replace("'", "\u2019")
            return dessinable(lettre)
        case Mapping():
            return {nom: _composable(element) for nom, element in valeur.items()}
        case list() | tuple():
            return [_composable(element) for element in valeur]
        case _:
            return valeur


def en_lettres(euros: Decimal) -> str:
    """An amount in words: « deux mille cent quatre-vingt-sept euros et cinquante centimes »."""
    entiers = int(euros.quantize(Decimal(1), rounding=ROUND_DOWN))
    centimes = int((euros - entiers) * 100)
    # « un million d'euros », « deux millions d'euros »: a round number of millions takes « de ».
    de = "d'" if entiers and entiers % 1_000_000 == 0 else ""
    mots = f"{num2words(entiers, lang='fr')} {de}euro{'s' if entiers > 1 else ''}".replace("d' ", "d'")
    if not centimes:
        return mots
    return f"{mots} et {num2words(centimes, lang='fr')} centime{'s' if centimes > 1 else ''}"
