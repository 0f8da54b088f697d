"""The SCDL *subventions* schema (version 2.0): its fourteen columns in their order, and what each one accepts.

Written from the published schema, so that a row is judged here before it is written; the key of a SIRET is checked too,
as the schema's own custom check asks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from stdnum.fr import siret

Type = Literal["texte", "siret", "date", "nombre", "periode", "oui_non"]
NUMERAIRE: Final = "aide en numéraire"
EN_NATURE: Final = "aide en nature"
NATURES: Final = (NUMERAIRE, EN_NATURE, f"{NUMERAIRE};{EN_NATURE}", f"{EN_NATURE};{NUMERAIRE}")
UNIQUE, ECHELONNE, AUTRE = "unique", "échelonné", "autre"
_NOMBRE: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class ColonneScdl:
    """A column: what it holds, whether it must be filled, the words it accepts, its longest text, its bounds."""

    nom: str
    type: Type = "texte"
    obligatoire: bool = True
    valeurs: tuple[str, ...] = ()
    longueur: int | None = None
    bas: Decimal | None = None
    haut: Decimal | None = None


COLONNES: Final = (
    ColonneScdl("nomAttribuant"),
    ColonneScdl("idAttribuant", "siret"),
    ColonneScdl("dateConvention", "date"),
    ColonneScdl("referenceDecision", obligatoire=False),
    ColonneScdl("nomBeneficiaire"),
    ColonneScdl("idBeneficiaire", "siret"),
    ColonneScdl("objet", longueur=256),
    ColonneScdl("montant", "nombre", bas=Decimal("0.01")),  # the schema sets no floor: a grant of nothing is none
    ColonneScdl("nature", valeurs=NATURES),
    ColonneScdl("conditionsVersement", longueur=256),
    ColonneScdl("datesPeriodeVersement", "periode"),
    ColonneScdl("idRAE", obligatoire=False, longueur=5),
    ColonneScdl("notificationUE", "oui_non"),
    ColonneScdl("pourcentageSubvention", "nombre", bas=Decimal("0.01"), haut=Decimal(1)),
)


def defauts(ligne: Mapping[str, str]) -> list[str]:
    """What the schema refuses in a row, in French; none when it is valid."""
    return [f"{c.nom} : {refus}" for c in COLONNES if (refus := _refus(c, ligne.get(c.nom, ""))) is not None]


def _refus(colonne: ColonneScdl, valeur: str) -> str | None:
    if not valeur:
        return "valeur absente" if colonne.obligatoire else None
    if colonne.valeurs and valeur not in colonne.valeurs:
        return f"« {valeur} » n'est pas une valeur admise"
    if colonne.longueur is not None and len(valeur) > colonne.longueur:
        return f"plus de {colonne.longueur} caractères"
    if colonne.type == "nombre":
        return _refus_nombre(colonne, valeur)
    juste, attendu = FORMES[colonne.type]
    return None if juste(valeur) else f"« {valeur} » n'est pas {attendu}"


def _refus_nombre(colonne: ColonneScdl, valeur: str) -> str | None:
    try:
        nombre = Decimal(valeur) if _NOMBRE.fullmatch(valeur) else None
    except InvalidOperation:
        nombre = None
    if nombre is None:
        return f"« {valeur} » n'est pas un nombre à point décimal"
    if (colonne.bas is not None and nombre < colonne.bas) or (colonne.haut is not None and nombre > colonne.haut):
        return f"{valeur} est hors des bornes"
    return None


def _est_jour(texte: str) -> bool:
    try:
        return date.fromisoformat(texte).isoformat() == texte
    except ValueError:
        return False


def _est_periode(texte: str) -> bool:
    debut, _, fin = texte.partition("/")
    return _est_jour(debut) and ("/" not in texte or (_est_jour(fin) and debut <= fin))


def _est_siret(texte: str) -> bool:
    return re.fullmatch(r"[0-9]{14}", texte) is not None and siret.is_valid(texte)


FORMES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "texte": (bool, "un texte"),
    "siret": (_est_siret, "un SIRET"),
    "date": (_est_jour, "une date AAAA-MM-JJ"),
    "periode": (_est_periode, "une date ou une période AAAA-MM-JJ/AAAA-MM-JJ"),
    "oui_non": (lambda texte: texte in ("oui", "non"), "« oui » ou « non »"),
}
