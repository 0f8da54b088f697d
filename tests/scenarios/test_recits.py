"""The stories of the règlements' authors, played line by line on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from ami.journal import verifier
from tests.support.recit import jouer, lire, planter
from tests.support.recit_modele import RECITS, nom_de


@pytest.mark.parametrize("chemin", RECITS, ids=nom_de)
def test_the_story_unfolds_line_by_line_and_nothing_else_happens(engine: Engine, tmp_path: Path, chemin: Path) -> None:
    recit = lire(chemin)
    scene = planter(engine, tmp_path / "pieces", recit)
    lignes = list(jouer(scene, recit))
    assert len(lignes) == len(recit.histoire)
    with Session(engine) as session:
        assert verifier(session) == []
