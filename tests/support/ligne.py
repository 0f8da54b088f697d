"""Run the command `ami` inside a test, with its own folder and settings."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ami.cli import construire
from ami.commandes.commun import reglages
from ami.commandes.erreurs import executer


@dataclass(frozen=True)
class Sortie:
    """What a command left: exit code, what it printed, what it complained of (blanks folded)."""

    code: int
    dit: str
    erreur: str


Ami = Callable[..., Sortie]


def ligne_de_commande(capsys: pytest.CaptureFixture[str]) -> Ami:
    """A callable that runs `ami` with these arguments."""

    def ami(*arguments: object) -> Sortie:
        reglages.cache_clear()
        capsys.readouterr()
        code = executer(construire(), [str(argument) for argument in arguments])
        lu = capsys.readouterr()
        return Sortie(code, " ".join(lu.out.split()), " ".join(lu.err.split()))

    return ami
