"""Payload bases: one flat dictionary of facts goes in, a checked and frozen message comes out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError

from notifications.models import Politique

PRIORITE_ECRAN = 0
PRIORITE_ORDINAIRE = 1


class MessageInconnu(KeyError):
    """The code names no message of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"Message inconnu : « {self.code} ». Voir le catalogue des messages."


class FaitInvalide(ValueError):
    """A fact of a message has the wrong type or an impossible value."""

    def __init__(self, message: str, champ: str, raison: str) -> None:
        super().__init__(f"Message « {message} » : le fait « {champ} » est invalide ({raison}).")
        self.message = message
        self.champ = champ


class FaitManquant(FaitInvalide):
    """A fact that the message cannot do without was not given."""

    def __init__(self, message: str, champ: str) -> None:
        super().__init__(message, champ, "il manque")


class Agenda(StrEnum):
    """What goes into the recipient's diary: a due date to act by, a meeting to attend, one no longer held."""

    ECHEANCE = "echeance"
    ACTION = "action"
    COMITE = "comite"
    COMITE_ANNULE = "comite_annule"


def _sans_float(valeur: object) -> object:
    """Refuse floats: a float euro is already wrong."""
    if isinstance(valeur, float):
        raise ValueError("un montant ou une note est un Decimal, jamais un nombre flottant")
    return valeur


def _lien_web(valeur: str) -> str:
    """Accept web links only: a `javascript:` link would survive HTML escaping."""
    if not valeur.startswith(("https://", "http://")) or any(c.isspace() for c in valeur):
        raise ValueError("un lien commence par https:// ou http:// et ne contient pas d'espace")
    return valeur


Exact = Annotated[Decimal, BeforeValidator(_sans_float)]
Lien = Annotated[str, AfterValidator(_lien_web)]


class Message(BaseModel):
    """Facts every message needs; facts a message doesn't declare are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: ClassVar[str]
    libelle: ClassVar[str]
    agenda: ClassVar[Agenda | None] = None
    politique: ClassVar[Politique] = Politique.PRUDENTE
    masque: ClassVar[bool] = False
    priorite: ClassVar[int] = PRIORITE_ORDINAIRE

    destinataire_nom: str
    organisme_nom: str
    organisme_contact: str
    mention_donnees: str
    lien: Lien | None = None

    def expiration(self) -> datetime | None:
        """Instant after which the message is useless and must be dropped; None: never."""
        return None

    @classmethod
    def depuis(cls, faits: Mapping[str, object]) -> Self:
        """Build the payload; raises `FaitManquant` or `FaitInvalide`, naming message and field."""
        connus = {nom: valeur for nom, valeur in faits.items() if valeur is not None}
        for nom, champ in cls.model_fields.items():
            if champ.is_required() and _vide(connus.get(nom)):
                raise FaitManquant(cls.code, nom)
        try:
            return cls.model_validate(connus)
        except ValidationError as erreur:
            premiere = erreur.errors()[0]
            champ_fautif = ".".join(str(partie) for partie in premiere["loc"])
            raise FaitInvalide(cls.code, champ_fautif, premiere["msg"]) from erreur


def _vide(valeur: object) -> bool:
    """An empty list of reasons or a blank text is a missing fact: the letter would say nothing."""
    return valeur is None or (isinstance(valeur, str) and not valeur.strip()) or valeur in ([], ())


class MessageDossier(Message):
    """A message about one dossier."""

    dossier_numero: str
    dossier_titre: str
    campagne_nom: str
    programme_nom: str
    date_acte: date
    etat_libelle: str
    instant_acte: AwareDatetime | None = None
    """Server instant of the act; receipts show it in Paris legal time, to the second."""


class MessageEcheance(MessageDossier):
    """A message that asks somebody to act by a due instant."""

    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE

    echeance: AwareDatetime
    echeance_libelle: str | None = None


class MessageDefavorable(MessageDossier):
    """A decision against the applicant: motivated, and saying how to contest it (domain §9)."""

    raisons: list[str]
    voies_recours: str
    commentaire: str | None = None


class Rappel(BaseModel):
    """One line of a grouped reminder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    libelle: str
    dossier_numero: str
    echeance: AwareDatetime
