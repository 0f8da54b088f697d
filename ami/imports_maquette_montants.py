"""What a cell of a workbook says of an amount: exact euros, or what is wrong with it, in French."""

from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from ami.imports_champs import PLUS_GRAND, montant_ecrit

DEMESURE: Final = "Ce montant est démesuré. Vérifiez-le."
ZERO: Final = Decimal(0)


def en_euros(valeur: Any, forme: str) -> tuple[Decimal, str | None]:
    """An amount, and what is wrong with it."""
    if isinstance(valeur, bool):
        return ZERO, "Vrai ou faux n'est pas un montant. Tapez un nombre."
    if isinstance(valeur, date | time):
        return (
            ZERO,
            "La case est au format date : Excel a transformé le montant. Remettez le format Nombre et retapez-le.",
        )
    if isinstance(valeur, str):
        return _texte_en_euros(valeur)
    if not isinstance(valeur, int | float):
        return ZERO, "La case contient une durée ou autre chose qu'un nombre. Remettez le format Nombre et retapez-le."
    if "%" in forme:
        return ZERO, "La case est en pourcentage. Tapez le montant en euros."
    return _borner(Decimal(str(valeur)) if isinstance(valeur, int) else Decimal(repr(valeur)))


def _texte_en_euros(texte: str) -> tuple[Decimal, str | None]:
    if "%" in texte:
        return ZERO, "Un pourcentage n'est pas un montant. Tapez le montant en euros."
    if any(signe in texte for signe in "$£"):
        return ZERO, "Les montants sont en euros. Convertissez celui-ci."
    try:
        return _borner(montant_ecrit(texte))
    except ValueError:
        exemple = "Écrivez-le ainsi : 12000,50."
        negatif = texte.strip().startswith("-")
        return (
            ZERO,
            f"Un montant ne peut pas être négatif. {exemple}"
            if negatif
            else f"« {texte[:40]} » n'est pas un montant. {exemple}",
        )


def _borner(euros: Decimal) -> tuple[Decimal, str | None]:
    # Before any rounding: 1e22, or the infinite 1e999 is read as, has no centime to round to.
    if not euros.is_finite() or euros >= PLUS_GRAND:
        return ZERO, DEMESURE
    if euros < 0:
        return ZERO, "Un montant ne peut pas être négatif. Inscrivez-le de l'autre côté du plan."
    arrondi = euros.quantize(Decimal("0.01"))
    if abs(arrondi - euros) > Decimal("0.00001"):
        return ZERO, "Ce montant a plus de deux décimales. Arrondissez-le au centime."
    if arrondi == 0:
        return ZERO, "Ce montant est nul. Tapez-le, ou videz la ligne."
    return arrondi, None
