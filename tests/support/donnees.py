"""Real public files too big to be kept here: beside the repository, or where AMI_DONNEES_PARTAGEES says.

Read when this module is loaded: fixtures take every AMI_* variable away from the tests.
"""

import os
from pathlib import Path

import pytest

from tests.support.sources import RACINE

_DONNE = os.environ.get("AMI_DONNEES_PARTAGEES")
PARTAGEES = Path(_DONNE) if _DONNE else RACINE.parent / "shared" / "data"


def donnee_partagee(nom: str) -> Path:
    """A shared file; the test is skipped, aloud, only on a machine where the whole folder is absent and not named."""
    if _DONNE is None and not PARTAGEES.parent.is_dir():
        pytest.skip(
            f"les fichiers publics partagés ({nom}) ne sont pas sur cette machine : voyez AMI_DONNEES_PARTAGEES"
        )
    fichier = PARTAGEES / nom
    assert fichier.is_file(), f"{nom} devrait être dans {PARTAGEES}"
    return fichier
