"""Letters, conventions, avenants and minutes as tagged PDF (PDF/UA-1): the same data give the same bytes."""

import json
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Final

import typst
from num2words import num2words

GABARITS: Final = Path(__file__).parent / "gabarits"


def composer(gabarit: str, donnees: Mapping[str, object]) -> bytes:
    """Set a template: its data reach it as JSON, so nothing a person typed is ever read as markup."""
    entree = GABARITS / f"{gabarit}.typ"
    octets = typst.compile(
        str(entree),
        root=str(GABARITS),
        format="pdf",
        sys_inputs={"donnees": json.dumps(donnees, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    if not isinstance(octets, bytes):
        raise TypeError(f"{gabarit}: one document was expected")
    return octets


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
