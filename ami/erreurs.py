"""Errors a person can read: each message is French and says what is wrong and what to do."""

from collections.abc import Sequence
from typing import Final

from rules.evaluation import Constat

# One sentence for « there is none » and « not for you »: two would tell the one from the other.
INACCESSIBLE: Final = "Ce dossier n'existe pas, ou il ne vous est pas accessible."


class ErreurMetier(Exception):
    """Base of every refusal of the domain; `message` is shown as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refus(ErreurMetier):
    """The règlement says no: a guard is not met, or the act is out of order.

    `constats` hold each guard not met (empty when the act itself is out of order); `hors_sequence` tells the two apart.
    """

    def __init__(self, message: str, constats: Sequence[Constat] = (), *, hors_sequence: bool = False) -> None:
        super().__init__(message)
        self.constats = list(constats)
        self.hors_sequence = hors_sequence


class ConflitDeVersion(ErreurMetier):
    """Somebody else moved the sujet since it was read."""


class Introuvable(ErreurMetier):
    """No such thing, or this person may not see it: the same answer, so that nothing is learnt."""


class DonneesInvalides(ErreurMetier):
    """The data given with the act are wrong; the message names the field."""
