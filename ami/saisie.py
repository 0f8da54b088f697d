"""What people type: the kinds of text and dates an act accepts, and the checks every use case shares."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import Session, SQLModel

from ami.erreurs import DonneesInvalides
from rules.calendrier import PARIS, jour_legal

LIGNES = frozenset("\n\t")
# Line and paragraph separators: no control characters for Unicode, yet they break a mail header as CR and LF do.
SEPARATEURS = ("Zl", "Zp")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})  # one letter for Unicode, two for whoever types them


def _est_controle(caractere: str) -> bool:
    categorie = unicodedata.category(caractere)
    return categorie in ("Cc", "Cs") or categorie in SEPARATEURS


def sans_controle(texte: str) -> str:
    """Refuse control characters: a title goes into mail headers, and PostgreSQL keeps no NUL."""
    if any(_est_controle(caractere) for caractere in texte):
        raise ValueError("le texte tient sur une ligne et ne contient aucun caractère de contrôle")
    return texte


def texte_lisible(texte: str) -> str:
    """Normalise the ends of lines, refuse the other control characters."""
    normal = texte.replace("\r\n", "\n").replace("\r", "\n")
    if any(_est_controle(caractere) and caractere not in LIGNES for caractere in normal):
        raise ValueError("le texte contient un caractère de contrôle invisible ; retirez-le")
    return normal


def aplatir(texte: str) -> str:
    """A word without what people disagree on: accents, ligatures, capitals, hyphens, spaces."""
    simple = texte.casefold().translate(_LIGATURES)
    simple = unicodedata.normalize("NFKD", simple).encode("ascii", "ignore").decode()
    return "".join(signe for signe in simple if signe.isalnum())


def en_heure_legale(instant: datetime) -> datetime:
    """An instant given without a time zone is meant in legal time."""
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=PARIS)


Ligne = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(sans_controle)]
"""One line of text."""
LigneCourte = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(sans_controle)]
"""A word or two."""
Paragraphe = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(texte_lisible)]
"""Text of several lines, required."""
ParagrapheLibre = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(texte_lisible)]
"""Text of several lines, possibly empty."""
CodeSaisi = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A code of the règlement (decision, volet, nature)."""
CodeTerritoire = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z0-9]{1,20}$")]
"""The code of a quartier; whether it exists is for the règlement to ask."""
Identifiant = Annotated[int, Field(gt=0, le=2**31 - 1)]
"""The primary key of something that exists."""
Compte = Annotated[int, Field(ge=0, le=1_000_000)]
"""A number of people or things."""
InstantLegal = Annotated[datetime, AfterValidator(en_heure_legale)]
"""An instant; legal time when no zone is given."""

T = TypeVar("T", bound=SQLModel)


def existant(session: Session, table: type[T], identifiant: int, champ: str) -> T:
    """The row an act names.

    Raises:
        DonneesInvalides: there is none.
    """
    ligne = session.get(table, identifiant)
    if ligne is None:
        raise DonneesInvalides(f"« {champ} » : aucun enregistrement ne porte l'identifiant {identifiant}.")
    return ligne


def pas_dans_le_futur(jour: date, maintenant: datetime, champ: str) -> None:
    """Refuse a date that legal time has not reached yet.

    Raises:
        DonneesInvalides: the date is after today in Paris.
    """
    aujourd_hui = jour_legal(maintenant)
    if jour > aujourd_hui:
        raise DonneesInvalides(
            f"« {champ} » : le {jour:%d/%m/%Y} n'est pas encore arrivé (nous sommes le {aujourd_hui:%d/%m/%Y})."
        )


def sans_doublon(valeurs: Sequence[T] | Sequence[str] | Sequence[int], champ: str) -> None:
    """Refuse a list that says the same thing twice.

    Raises:
        DonneesInvalides: a value comes twice.
    """
    vues: set[object] = set()
    for valeur in valeurs:
        if valeur in vues:
            raise DonneesInvalides(f"« {champ} » : {valeur} est cité deux fois.")
        vues.add(valeur)
