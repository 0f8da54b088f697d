"""The closed vocabulary and the code that carries it out say the same thing."""

import pytest

from ami.actes import ACTES as ACTES_ENREGISTRES
from ami.agir import CAS_D_USAGE
from notifications.catalogue import CATALOGUE
from rules.contexte import CONTEXTE
from rules.verification import verifier
from rules.vocabulaire import ACTES, DONNEES
from tests.rules.support import MESSAGES, contexte, habitat


def test_every_act_has_its_data_declared() -> None:
    assert set(DONNEES) == set(ACTES)


@pytest.mark.parametrize("acte", ACTES)
def test_the_data_a_reglement_may_read_are_those_the_act_brings(acte: str) -> None:
    assert CAS_D_USAGE
    assert set(ACTES_ENREGISTRES[acte].schema.model_fields) == set(DONNEES[acte])


def test_the_context_of_these_tests_is_the_documented_one() -> None:
    valeurs = contexte()
    assert set(valeurs) == set(CONTEXTE)
    for racine, champs in CONTEXTE.items():
        if isinstance(champs, dict):
            assert set(valeurs[racine]) == set(champs), racine


def test_the_reglement_shipped_uses_only_messages_of_the_catalogue() -> None:
    assert set(CATALOGUE) >= MESSAGES
    assert verifier(habitat(), messages_connus=CATALOGUE) == []
