"""The commands as an operator runs them: their own database, their exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ligne import Ami
from tests.support.sources import RACINE

from .conftest import REGLEMENT

CAMPAGNE = """\
code: ESSAI-2026
nom: Essai 2026
prefixe: ES26
reglement: reglement.yaml
ouverture: 2020-01-01
cloture: 2090-01-01
"""
STRUCTURES = "nom;type\nHabitat du Mirail;bailleur\n"
PERSONNES = "prenom;nom;courriel;roles\nPaul;Agent;paul@example.org;agent\nAnne;Martin;anne@example.org;\n"
DOSSIERS = "reference;titre;porteur;contact;quartiers\nA-1;Les Terrasses;Habitat du Mirail;anne@example.org;QP031001\n"


@pytest.fixture
def poste(tmp_path: Path) -> Path:
    """A folder with the files an operator has."""
    fichiers = {
        "reglement.yaml": REGLEMENT,
        "campagne.yaml": CAMPAGNE,
        "structures.csv": STRUCTURES,
        "personnes.csv": PERSONNES,
        "dossiers.csv": DOSSIERS,
        "fautif.csv": STRUCTURES + "Sans type;\n",
    }
    for nom, texte in fichiers.items():
        (tmp_path / nom).write_text(texte, encoding="utf-8")
    return tmp_path


def processus(poste: Path, *arguments: str) -> str:
    """What `ami` prints in a process of its own, on a terminal of 80 columns."""
    fait = subprocess.run(
        [sys.executable, "-m", "ami.cli", *arguments],
        cwd=poste,
        env=os.environ | {"COLUMNS": "80", "PYTHONPATH": str(RACINE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return fait.stdout


def test_de_la_campagne_ouverte_au_classeur_ecrit(ami: Ami, poste: Path, occitanie: Path) -> None:
    for arguments in (
        ("campagne", "ouvrir", "campagne.yaml"),
        ("importer", "territoires", str(occitanie)),
        ("importer", "structures", "structures.csv"),
        ("importer", "personnes", "personnes.csv", "--campagne", "ESSAI-2026"),
        ("importer", "dossiers", "dossiers.csv", "--campagne", "ESSAI-2026", "--par", "paul@example.org"),
    ):
        fait = ami(*arguments)
        assert fait.code == 0, fait.dit + fait.erreur
    reponse = processus(poste, "pourquoi", "ES26-0001")
    assert "On attend le porteur : Anne Martin." in reponse
    assert "Déposer" not in reponse
    assert "Dépôt de la candidature" in reponse
    assert max(map(len, reponse.splitlines())) <= 80
    assert "Les Terrasses" in ami("dossiers", "lister").dit
    assert "Dossier ouvert" in ami("campagne", "montrer", "ESSAI-2026").dit
    export = ami("exporter", "selection", "ESSAI-2026", "--vers", "sorties")
    assert export.code == 0
    assert {chemin.suffix for chemin in (poste / "sorties").iterdir()} == {".xlsx", ".csv"}


def test_des_lignes_refusees_donnent_le_code_1_et_rien_n_est_garde(ami: Ami) -> None:
    refuse = ami("importer", "structures", "fautif.csv")
    assert refuse.code == 1
    assert "Rien n'a été enregistré" in refuse.dit
    garde = ami("importer", "structures", "fautif.csv", "--bonnes-lignes")
    assert garde.code == 1
    assert "1 créé(s)" in garde.dit
    assert "1 inchangé(s)" in ami("importer", "structures", "structures.csv").dit


def test_une_simulation_n_enregistre_rien(ami: Ami) -> None:
    for _ in range(2):
        simule = ami("importer", "structures", "structures.csv", "--simulation")
        assert simule.code == 0
        assert "1 créé(s)" in simule.dit
        assert "rien n'a été enregistré" in simule.dit


def test_un_reglement_fautif_empeche_d_ouvrir_la_campagne(ami: Ami, poste: Path) -> None:
    fautif = REGLEMENT.replace("de: [ouvert]", "de: [inconnu]")
    (poste / "reglement.yaml").write_text(fautif, encoding="utf-8")
    refuse = ami("campagne", "ouvrir", "campagne.yaml")
    assert refuse.code == 1
    assert "reglement.yaml:" in refuse.erreur
    assert "Traceback" not in refuse.erreur
    assert "ESSAI-2026" not in ami("campagne", "lister").dit


def test_un_dossier_inconnu_est_dit_introuvable(ami: Ami) -> None:
    refuse = ami("pourquoi", "ES26-0001")
    assert refuse.code == 1
    assert "Aucun dossier ne porte le numéro" in refuse.erreur
