"""The world of the use cases: on both databases, or on SQLite alone where no database could tell the difference."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from tests.usecases.monde import Monde, planter


@pytest.fixture
def monde(session: Session) -> Monde:
    """A campagne of the real règlement, with the people of a dossier."""
    return planter(session)


@pytest.fixture
def monde_leger(engine_sqlite: Engine) -> Iterator[Monde]:
    """The same, for checks made before anything reaches a database."""
    with Session(engine_sqlite, expire_on_commit=False) as session:
        yield planter(session)
