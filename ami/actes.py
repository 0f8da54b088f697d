"""The registry of acts: for each, the schema of its data and the use case that writes its facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from ami.models import Campagne
from ami.sujets import Acteur
from rules.modele import Reglement
from rules.vocabulaire import ACTES as ACTES_CONNUS

Montant = Annotated[Decimal, Field(ge=0, max_digits=13, decimal_places=2)]
"""Euros, to the centime, never negative."""


class Donnees(BaseModel):
    """Base of the data of an act: an unknown field is refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SansDonnees(Donnees):
    """An act that needs nothing but itself."""


@dataclass(frozen=True)
class Cadre:
    """What a use case works in: the open session, who acts, when, in which campagne, under which règlement."""

    session: Session
    acteur: Acteur
    maintenant: datetime
    campagne: Campagne
    reglement: Reglement


Fonction = Callable[[Cadre, Any, Any], Any]


@dataclass(frozen=True)
class ActeEnregistre:
    """An act the engine knows how to do."""

    nom: str
    schema: type[Donnees]
    fonction: Fonction


ACTES: Final[dict[str, ActeEnregistre]] = {}

F = TypeVar("F", bound=Fonction)


def acte(nom: str, schema: type[Donnees]) -> Callable[[F], F]:
    """Register a use case under the name of its act.

    Raises:
        ValueError: the act is not in the closed vocabulary, or already has a use case.
    """

    def enregistrer(fonction: F) -> F:
        if nom not in ACTES_CONNUS or nom in ACTES:
            raise ValueError(f"act {nom!r} is unknown to the vocabulary, or registered twice")
        ACTES[nom] = ActeEnregistre(nom, schema, fonction)
        return fonction

    return enregistrer
