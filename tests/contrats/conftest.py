"""The trees of the product's source live as long as the contracts that read them."""

from collections.abc import Iterator

import pytest

from tests.support.sources import oublier


@pytest.fixture(scope="package", autouse=True)
def _arbres_oublies() -> Iterator[None]:
    yield
    oublier()
