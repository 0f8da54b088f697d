"""`ami territoire` and `ami importer territoires` as an operator runs them."""

import shutil
from pathlib import Path

import pytest

from tests.support.ligne import Ami, ligne_de_commande

from .conftest import EXTRAIT, collection, entite

REGLEMENT = Path(__file__).parents[2] / "rules" / "habitat_participatif_2026.yaml"
CAMPAGNE = """\
code: ESSAI-2026
nom: Essai 2026
prefixe: ES26
reglement: {}
ouverture: 2020-01-01
cloture: 2090-01-01
"""


@pytest.fixture
def ami(modele: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in a folder where there is only an empty database."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "donnees").mkdir()
    shutil.copyfile(modele, tmp_path / "donnees" / "ami.db")
    return ligne_de_commande(capsys)


@pytest.fixture
def ami_2015(ami: Ami) -> Ami:
    """The six quartiers of 2015 are imported."""
    assert ami("importer", "territoires", EXTRAIT).code == 0
    return ami


def test_un_geojson_s_importe_et_ses_reparations_sont_montrees(ami: Ami) -> None:
    fait = ami("importer", "territoires", EXTRAIT)
    assert fait.code == 0, fait.erreur
    assert "Contours réparés" in fait.dit
    assert "4 contour(s) sur 6 n'étaient pas valides" in fait.dit
    assert "6 créé(s)" in fait.dit
    assert "6 inchangé(s)" in ami("importer", "territoires", EXTRAIT, "--simulation").dit


def test_une_liste_du_npnru_s_importe_avec_son_type_et_son_interet(ami: Ami, tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("code_qp;nom_qp;commune;interet\nQP031007;Mirail;Toulouse;PRIN\n", "utf-8")
    refuse = ami("importer", "territoires", "n.csv")
    assert (refuse.code, "--kind NPNRU" in refuse.dit) == (1, True)
    assert ami("importer", "territoires", "n.csv", "--kind", "npnru").code == 0
    assert (
        "QP031007 │ Mirail │ Toulouse │ NPNRU │ 2015 │ national │ non"
        in ami("territoire", "lister", "--kind", "NPNRU").dit
    )


def test_des_contours_refuses_donnent_le_code_1(ami: Ami, tmp_path: Path) -> None:
    point = {**entite("QP031007"), "geometry": {"type": "Point", "coordinates": [1.4, 43.6]}}
    (tmp_path / "q.geojson").write_text(collection(point), "utf-8")
    refuse = ami("importer", "territoires", "q.geojson")
    assert refuse.code == 1
    assert "Rien n'a été enregistré" in refuse.dit
    (tmp_path / "faux.geojson").write_text("{", "utf-8")
    assert "pas du GeoJSON lisible" in ami("importer", "territoires", "faux.geojson").erreur


def test_les_listes_se_montrent(ami: Ami) -> None:
    assert "Aucune liste importée" in ami("territoire", "lister").dit
    ami("importer", "territoires", EXTRAIT)
    assert "2015 │ QPV │ 6 │ 6" in ami("territoire", "lister").dit
    assert "QP066006" in ami("territoire", "lister", "--departement", "66").dit
    assert "Aucun quartier ne répond" in ami("territoire", "lister", "--millesime", "2024").dit


@pytest.mark.parametrize(
    ("arguments", "code", "phrase"),
    [
        (("1.4012", "43.57"), 0, "est dans QP031007 Grand Mirail (Toulouse), QPV 2015, à "),
        (("1,4012", "43,57"), 0, "est dans QP031007"),
        (("1.4012", "43.5789"), 1, "Le plus proche : QP031007 Grand Mirail (Toulouse), QPV 2015, à 138 mètres"),
        (("-61.5", "16.2"), 1, "n'est dans aucun quartier"),
        (("1.4012", "43.5789", "--code", "QP031008"), 1, "est hors de QP031008"),
        (("1.4012", "43.57", "--code", "qp031007"), 0, "est dans QP031007"),
        (("--code", "QP031007"), 0, "QP031007 Grand Mirail (Toulouse), QPV 2015 : contour connu."),
    ],
)
def test_un_point_ou_un_code_se_situe(ami_2015: Ami, arguments: tuple[str, ...], code: int, phrase: str) -> None:
    fait = ami_2015("territoire", "situer", *arguments)
    assert fait.code == code, fait.erreur
    assert phrase in fait.dit


@pytest.mark.parametrize(
    ("arguments", "code", "phrase"),
    [
        (("43.57", "1.40"), 1, "longitude et sa latitude inversées"),
        (("--code", "QP031007", "--millesime", "2024"), 1, "Il existe au millésime : 2015 (QPV)."),
        (("--code", "QP031017"), 1, "Codes proches : QP031010 (Empalot, Toulouse, 2015), QP031007"),
        (("1.40", "43.57", "--millesime", "2024"), 1, "Aucun contour du millésime 2024"),
        ((), 2, "donnez une longitude et une latitude, ou --code CODE."),
        (("1.40",), 2, "donnez la longitude puis la latitude"),
        (("ici", "là"), 2, "« ici là » n'est pas une longitude suivie d'une latitude."),
        (("NaN", "1e400"), 2, "n'est pas une longitude"),
    ],
)
def test_ce_qui_ne_se_situe_pas_est_dit_sans_trace(
    ami_2015: Ami, arguments: tuple[str, ...], code: int, phrase: str
) -> None:
    refuse = ami_2015("territoire", "situer", *arguments)
    assert refuse.code == code
    assert phrase in refuse.erreur
    assert "Traceback" not in refuse.erreur
    assert "Invalid" not in refuse.erreur


def test_un_nouveau_millesime_se_recontrole_et_le_rapport_s_ecrit(
    ami_2015: Ami, tmp_path: Path, liste_2024: Path
) -> None:
    (tmp_path / "campagne.yaml").write_text(CAMPAGNE.format(REGLEMENT), "utf-8")
    assert ami_2015("campagne", "ouvrir", "campagne.yaml").code == 0
    options = ("--campagne", "ESSAI-2026", "--millesime", "2024")
    absente = ami_2015("territoire", "recontroler", *options)
    assert (absente.code, "ami importer territoires" in absente.erreur) == (1, True)
    assert ami_2015("importer", "territoires", liste_2024).code == 0
    fait = ami_2015("territoire", "recontroler", *options, "--vers", "rapport.xlsx")
    assert fait.code == 0, fait.erreur
    assert "0 dossier(s) en cours" in fait.dit
    assert "Rien n'a été modifié" in fait.dit
    assert (tmp_path / "rapport.xlsx").is_file()
    assert ami_2015("territoire", "recontroler", *options, "--vers", "rapport.pdf").code == 1
