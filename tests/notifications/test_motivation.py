"""Every message that goes against somebody says why, with value and threshold, and how to contest, in both editions."""

from email import message_from_bytes, policy
from html import unescape

import pytest

from notifications.catalogue import CATALOGUE
from notifications.catalogue.base import FaitManquant, MessageDefavorable
from tests.notifications.exemples import FAITS, pret

DEFAVORABLES = sorted(code for code, message in CATALOGUE.items() if issubclass(message, MessageDefavorable))
# As the règlement's constats are worded: amounts and shares with their no-break spaces, a date.
RAISONS = [
    "L’aide demandée (6\u202f000,00\xa0€) dépasse le plafond de 5\u202f000,00\xa0€ (art. 6.1).",
    "Les compléments demandés (budget & lettre d’engagement) ne sont pas parvenus avant le 5 mai 2026.",
    "L’aide demandée représente 93,8\xa0% du coût de l’étude ; le maximum est de 80\xa0%.",
]


def simple(texte: str) -> str:
    return " ".join(unescape(texte).split())


def test_there_are_such_messages() -> None:
    assert {"irrecevabilite", "rejet", "selection_non_retenu", "place_non_acceptee"} <= set(DEFAVORABLES)


@pytest.mark.parametrize("message", DEFAVORABLES)
@pytest.mark.parametrize("genre", ["text/plain", "text/html"])
def test_it_quotes_each_reason_whole(message: str, genre: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAITS, "raisons", RAISONS)
    parties = message_from_bytes(pret(message=message).octets, policy=policy.default).walk()
    (lu,) = [simple(partie.get_content()) for partie in parties if partie.get_content_type() == genre]
    assert all(simple(raison) in lu for raison in RAISONS)
    assert simple(str(FAITS["voies_recours"])) in lu


@pytest.mark.parametrize("message", DEFAVORABLES)
def test_it_is_not_written_without_a_reason(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAITS, "raisons", [])
    with pytest.raises(FaitManquant, match="raisons"):
        pret(message=message)
