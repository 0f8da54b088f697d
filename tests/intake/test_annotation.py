"""The annotated copy: the lines where the person knows them, bad cells coloured and explained, every text inert."""

import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.imports_annotation import annoter, destination_rapport
from ami.imports_rapport import RapportImport
from ami.models import Structure

from .conftest import MAINTENANT
from .outils import ecrire

TEXTE = """\
Structures de la région;;;
Nom;Type;SIRET;Commune
Régie des Lilas;association;;Toulouse

=2+3;assocation;73282932000075;@SOMME(A1)
+33 6 12;association;;-Foix
Trop;association;;Auch;31;000
"""


def copie(engine: Engine, fichier: Path, **options: Any) -> tuple[RapportImport, Any]:
    """Import, annotate, open the copy."""
    with Session(engine) as session:
        rapport = importer(session, "structures", fichier, maintenant=MAINTENANT, mode="bonnes_lignes", **options)
        session.commit()
    destination = destination_rapport(fichier.parent / "rapports" / "annote.xlsx", fichier)
    annoter(rapport, destination)
    return rapport, openpyxl.load_workbook(destination)


def test_chaque_cellule_fautive_est_coloree_et_expliquee_a_sa_place(engine_sqlite: Engine, tmp_path: Path) -> None:
    _rapport, livre = copie(engine_sqlite, ecrire(tmp_path, "s.csv", TEXTE))
    feuille = livre["Lignes annotées"]
    assert feuille["A1"].value == "Structures de la région"
    assert [cellule.value for cellule in feuille[2]][:7] == [
        "Nom",
        "Type",
        "SIRET",
        "Commune",
        "Motif du refus",
        "Que faire",
        "Cellules en trop",
    ]
    assert feuille["A3"].value == "Régie des Lilas"
    assert feuille["A3"].fill.fgColor.rgb == "00000000"
    assert feuille["C5"].fill.fgColor.rgb == "FFFFC7CE"
    assert "clé de contrôle" in feuille["C5"].comment.text
    assert "SIRET : La clé de contrôle" in feuille["E5"].value
    assert "Insee" in feuille["F5"].value
    assert feuille["E7"].value.startswith("Cette ligne a 6 cellules pour 4 colonnes")
    assert feuille["G7"].value == "31 | 000"
    assert feuille.auto_filter.ref == "A2:G7"


def test_tout_ce_qui_est_ecrit_est_un_texte_inerte(engine_sqlite: Engine, tmp_path: Path) -> None:
    _rapport, livre = copie(engine_sqlite, ecrire(tmp_path, "s.csv", TEXTE))
    feuille = livre["Lignes annotées"]
    for ou, texte in (("A5", "=2+3"), ("D5", "@SOMME(A1)"), ("A6", "+33 6 12"), ("D6", "-Foix")):
        assert (feuille[ou].value, feuille[ou].data_type, feuille[ou].quotePrefix) == (texte, "s", True)
    with zipfile.ZipFile(tmp_path / "rapports" / "annote.xlsx") as archive:
        xml = b"".join(archive.read(nom) for nom in archive.namelist() if nom.startswith("xl/worksheets/sheet"))
    assert b"<f>" not in xml
    assert b"<hyperlink" not in xml


def test_les_erreurs_sont_aussi_listees_avec_leur_lettre(engine_sqlite: Engine, tmp_path: Path) -> None:
    rapport, livre = copie(engine_sqlite, ecrire(tmp_path, "s.csv", TEXTE))
    feuille = livre["Erreurs"]
    assert feuille["A2"].value == "4 lues, 2 créées, 0 mises à jour, 0 inchangées, 2 refusées."
    listees = [tuple(cellule.value for cellule in ligne[:3]) for ligne in feuille.iter_rows(min_row=5)]
    assert listees == [(e.ligne, e.lettre, e.colonne) for e in rapport.erreurs]
    assert (5, "C", "SIRET") in listees


def test_la_copie_corrigee_s_importe_a_son_tour(engine_sqlite: Engine, tmp_path: Path) -> None:
    _rapport, livre = copie(engine_sqlite, ecrire(tmp_path, "s.csv", TEXTE))
    feuille = livre["Lignes annotées"]
    corrections = {"A5": "Les Aînés", "B5": "association", "C5": "73282932000074", "D5": "Foix", "A6": "La Ruche"}
    for ou, valeur in corrections.items():
        feuille[ou].value = valeur
    livre.save(tmp_path / "corrige.xlsx")
    with Session(engine_sqlite) as session:
        rapport = importer(session, "structures", tmp_path / "corrige.xlsx", maintenant=MAINTENANT)
        assert rapport.refusees == 0, rapport.erreurs
        assert set(session.exec(select(Structure.nom))) >= {"Régie des Lilas", "Les Aînés", "La Ruche"}


def test_un_classeur_et_un_fichier_json_ont_aussi_leur_copie(engine_sqlite: Engine, tmp_path: Path) -> None:
    objets = [{"nom": "A", "type": "association"}, {"nom": "\u0000B", "type": "confrérie"}]
    _rapport, livre = copie(engine_sqlite, ecrire(tmp_path, "s.json", json.dumps(objets)))
    feuille = livre["Lignes annotées"]
    assert [feuille["A1"].value, feuille["A2"].value, feuille["B3"].value] == ["nom", "A", "confrérie"]
    assert feuille["B3"].fill.fgColor.rgb == "FFFFC7CE"
    assert [cellule.value for cellule in livre["Erreurs"]["A"]][3:] == ["Objet", 2, 2]
    source = openpyxl.Workbook()
    for ligne in (["nom", "type"], [None, None], ["C", "confrérie"]):
        source.active.append(ligne)
    source.save(tmp_path / "s.xlsx")
    rapport, livre = copie(engine_sqlite, tmp_path / "s.xlsx")
    assert rapport.erreurs[0].ou == "B · type"
    assert livre["Lignes annotées"]["B3"].fill.fgColor.rgb == "FFFFC7CE"


def test_un_octet_illisible_n_empeche_pas_d_ecrire_la_copie(engine_sqlite: Engine, tmp_path: Path) -> None:
    fichier = tmp_path / "s.csv"
    fichier.write_bytes("nom;type\nÉmile;association\nZoé;association\n".encode() + b"R\xe9gie;association\n")
    _rapport, livre = copie(engine_sqlite, fichier)
    assert livre["Lignes annotées"]["A4"].value == "R\ufffdgie"


def test_la_destination_est_un_fichier_ou_un_dossier_jamais_la_source(tmp_path: Path) -> None:
    source = tmp_path / "s.xlsx"
    assert destination_rapport(tmp_path, source) == tmp_path / "s-annote.xlsx"
    assert destination_rapport(tmp_path / "nouveau", source) == tmp_path / "nouveau" / "s-annote.xlsx"
    assert destination_rapport(tmp_path / "r.XLSX", source) == tmp_path / "r.XLSX"
    with pytest.raises(DonneesInvalides, match="prendre la place"):
        destination_rapport(tmp_path / "sous" / ".." / "s.xlsx", source)
    with pytest.raises(DonneesInvalides, match="extension"):
        destination_rapport(tmp_path / "r.csv", source)
