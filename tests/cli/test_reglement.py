"""`ami reglement`: several files at once, for a person or a program, and the schema an editor reads."""

import json
from pathlib import Path

import pytest

from tests.support.ligne import Ami, ligne_de_commande
from tests.support.sources import RACINE

REGLEMENT = RACINE / "rules" / "habitat_participatif_2026.yaml"


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in a folder that holds a sound règlement, one with an error, one with a warning."""
    texte = REGLEMENT.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sain.yaml").write_text(texte, encoding="utf-8")
    (tmp_path / "fautif.yaml").write_text(texte.replace("  quorum: 3\n", "  quorum: 6\n"), encoding="utf-8")
    (tmp_path / "douteux.yaml").write_text(texte.replace("mois: 120", "mois: 3650"), encoding="utf-8")
    return ligne_de_commande(capsys)


def test_plusieurs_fichiers_se_verifient_ensemble_et_un_seul_fautif_suffit_au_code_1(ami: Ami) -> None:
    sortie = ami("reglement", "verifier", "sain.yaml", "fautif.yaml", "absent.yaml")
    assert sortie.code == 1
    assert sortie.dit.count("règlement utilisable") == 1
    assert "erreur : le quorum (6) dépasse" in sortie.erreur
    assert "absent.yaml:1: erreur : le fichier ne peut pas être lu : il n’existe pas" in sortie.erreur
    assert ami("reglement", "verifier", "sain.yaml", "sain.yaml").code == 0


def test_un_avertissement_laisse_passer_sauf_si_l_on_est_strict(ami: Ami) -> None:
    sortie = ami("reglement", "verifier", "douteux.yaml")
    assert (sortie.code, "avertissement : un dossier serait gardé 3650 mois" in sortie.erreur) == (0, True)
    assert ami("reglement", "verifier", "douteux.yaml", "--strict").code == 1


def test_un_programme_lit_les_defauts_en_json_et_rien_d_autre(ami: Ami) -> None:
    sortie = ami("reglement", "verifier", "sain.yaml", "fautif.yaml", "absent.yaml", "--format", "json")
    assert (sortie.code, sortie.erreur) == (1, "")
    sain, fautif, absent = json.loads(sortie.dit)
    assert (sain["utilisable"], sain["defauts"], len(sain["empreinte"])) == (True, [], 64)
    [defaut] = fautif["defauts"]
    lignes = (Path.cwd() / "fautif.yaml").read_text(encoding="utf-8").splitlines()
    assert lignes[defaut.pop("ligne") - 1] == "  quorum: 6"
    assert defaut == {
        "fichier": "fautif.yaml",
        "chemin": "comite.quorum",
        "gravite": "erreur",
        "raison": "le quorum (6) dépasse le nombre de membres (5)",
        "remede": "Baissez le quorum, ou complétez les membres.",
    }
    assert (absent["utilisable"], absent["empreinte"]) == (False, None)
    assert ami("reglement", "verifier", "sain.yaml", "--format", "json").code == 0


def test_le_schema_s_ecrit_ou_l_on_veut_et_c_est_celui_qui_est_livre(ami: Ami, tmp_path: Path) -> None:
    livre = (RACINE / "rules" / "reglement.schema.json").read_text(encoding="utf-8")
    assert json.loads(ami("reglement", "json-schema").dit) == json.loads(livre)
    assert ami("reglement", "json-schema", "--sortie", "schema.json").code == 0
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == livre


def test_un_schema_ne_s_ecrit_pas_dans_un_dossier_absent(ami: Ami) -> None:
    sortie = ami("reglement", "json-schema", "--sortie", "nulle/part.json")
    assert sortie.code == 3
    assert "nulle/part.json" in sortie.erreur
    assert "Traceback" not in sortie.erreur
