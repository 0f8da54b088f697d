"""The catalogue: every message the engine may send, by its stable code."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from notifications.catalogue import (
    candidature,
    decision,
    etude,
    evaluation,
    exploitation,
    financement,
    sensibilisation,
    suivi,
)
from notifications.catalogue.base import (
    Agenda,
    FaitInvalide,
    FaitManquant,
    Message,
    MessageInconnu,
    Rappel,
)

__all__ = [
    "CATALOGUE",
    "Agenda",
    "FaitInvalide",
    "FaitManquant",
    "Message",
    "MessageInconnu",
    "Rappel",
    "faits_requis",
    "message_type",
]

_FAMILLES = (sensibilisation, candidature, etude, evaluation, decision, suivi, financement, exploitation)


def _messages(famille: ModuleType) -> Iterator[type[Message]]:
    """The messages a family module declares; the bases it imports carry no code."""
    for objet in vars(famille).values():
        if isinstance(objet, type) and issubclass(objet, Message) and objet.__module__ == famille.__name__:
            yield objet


CATALOGUE: Mapping[str, type[Message]] = MappingProxyType(
    {message.code: message for famille in _FAMILLES for message in _messages(famille)}
)
"""Code to payload type, in the order of a dossier's life."""


def message_type(code: str) -> type[Message]:
    """Payload type of a code; raises `MessageInconnu`."""
    try:
        return CATALOGUE[code]
    except KeyError:
        raise MessageInconnu(code) from None


def faits_requis(code: str) -> frozenset[str]:
    """Names of the facts without which the message cannot be rendered; raises `MessageInconnu`."""
    champs = message_type(code).model_fields.items()
    return frozenset(nom for nom, champ in champs if champ.is_required())
