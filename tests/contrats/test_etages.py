"""The floors of the house: who may import whom, and where each framework lives."""

from collections.abc import Iterator
from fnmatch import fnmatch

import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.cli import lint_imports

from tests.support.sources import RACINE, Source, exiger_aucun, lire, sources

DEMEURES = {
    "prefect": ("flows/*", "ami/declencheur.py"),
    "fastapi": ("ami/portal/*",),
    "starlette": ("ami/portal/*",),
    "aiosmtplib": ("notifications/*",),
    "smtplib": (),
    "pandas": ("ami/exports*.py", "ami/imports*.py"),
    "typer": ("ami/cli.py", "ami/commandes/*", "flows/demonstration/*"),
    "rich": ("ami/cli.py", "ami/commandes/*", "flows/demonstration/*"),
}


def _egares(source: Source) -> Iterator[str]:
    for ligne, module in source.modules_importes():
        demeures = DEMEURES.get(module.split(".")[0])
        if demeures is not None and not any(fnmatch(source.chemin, motif) for motif in demeures):
            yield f"{source.chemin}:{ligne}: {module}"


def test_les_contrats_d_import_tiennent(capsys: pytest.CaptureFixture[str]) -> None:
    code = lint_imports(config_filename=str(RACINE / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_les_contrats_d_import_sont_bien_declares() -> None:
    contrats = read_user_options(config_filename=str(RACINE / "pyproject.toml")).contracts_options
    assert {contrat["type"] for contrat in contrats} == {"layers", "forbidden"}


def test_chaque_cadre_logiciel_reste_chez_lui() -> None:
    exiger_aucun(egare for source in sources() for egare in _egares(source))


@pytest.mark.parametrize(
    ("chemin", "texte"),
    [
        ("ami/depot.py", "import pandas as pd"),
        ("ami/workflow.py", "from prefect.client import x"),
        ("ami/cli.py", "def f():\n    import fastapi"),
        ("flows/courriels.py", "import aiosmtplib"),
    ],
)
def test_un_cadre_egare_est_vu(chemin: str, texte: str) -> None:
    assert list(_egares(lire(chemin, texte)))


@pytest.mark.parametrize("chemin", ["flows/a.py", "ami/declencheur.py"])
def test_prefect_est_permis_chez_lui(chemin: str) -> None:
    assert not list(_egares(lire(chemin, "import prefect")))
