"""The world of the use cases, on both databases."""

import pytest
from sqlmodel import Session

from tests.usecases.monde import Monde, planter


@pytest.fixture
def monde(session: Session) -> Monde:
    """A campagne of the real règlement, with the people of a dossier."""
    return planter(session)
