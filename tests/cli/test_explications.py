"""The commands that explain: the page of a règlement, why a dossier is where it is, who owes what."""

from pathlib import Path

import pytest

from tests.support.ligne import Ami, ligne_de_commande
from tests.support.sources import RACINE

REGLEMENT = RACINE / "rules" / "habitat_participatif_2026.yaml"


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return ligne_de_commande(capsys)


def test_la_page_d_un_reglement_s_ecrit_ou_l_on_dit(ami: Ami, tmp_path: Path) -> None:
    assert "habitat_participatif_2026.html" in ami("reglement", "page", REGLEMENT).dit
    assert ami("reglement", "page", REGLEMENT, "--sortie", "relecture/page.html").code == 0
    assert (tmp_path / "relecture" / "page.html").read_bytes() == (
        tmp_path / "habitat_participatif_2026.html"
    ).read_bytes()
    assert sorted(chemin.name for chemin in (tmp_path / "relecture").iterdir()) == ["page.html"]


def test_un_reglement_faux_n_a_pas_de_page(ami: Ami, tmp_path: Path) -> None:
    faux = tmp_path / "faux.yaml"
    faux.write_text(REGLEMENT.read_text("utf-8").replace("vers: recevable\n", "vers: recevabl\n", 1), "utf-8")
    sortie = ami("reglement", "page", faux)
    assert sortie.code == 1
    assert "« recevabl »" in sortie.erreur
    assert not (tmp_path / "faux.html").exists()


def test_une_place_ou_l_on_ne_peut_pas_ecrire_est_dite_sans_rien_laisser(ami: Ami, tmp_path: Path) -> None:
    (tmp_path / "dossier").mkdir()
    assert ami("reglement", "page", REGLEMENT, "--sortie", "dossier").code == 3
    assert sorted(chemin.name for chemin in tmp_path.iterdir()) == ["dossier"]
    assert ami("reglement", "page", "absent.yaml").code == 1
