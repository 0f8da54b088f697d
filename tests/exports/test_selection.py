"""The shortlist: who is on it, in what order, with which amounts, and nothing a spreadsheet would run (fault 26)."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from ami.exports import en_csv, exporter_selection, inerte
from ami.exports_selection import COLONNES, selection_de
from ami.models import Campagne
from ami.regards import OPERATEUR

from .conftest import MAINTENANT

TITRES = [colonne.titre for colonne in COLONNES]
FEUILLES = [
    "Sélection",
    "Comment lire",
    "Montants par enveloppe",
    "Comment c'est calculé",
    "Classement",
    "Proposition",
    "Notes par critère",
    "Sévérité",
    "Décisions",
    "Plan de financement",
    "Territoires",
    "Argent par aide",
]
ENTETES = 6  # line of the headings in the workbook, from 1


@pytest.fixture
def classeur(session: Session, campagne: Campagne, tmp_path: Path) -> Any:
    """The workbook, read back."""
    fichiers = exporter_selection(session, OPERATEUR, campagne, tmp_path / "exports", MAINTENANT)
    assert fichiers.nombre == 4
    return openpyxl.load_workbook(fichiers.classeur)


def colonne(feuille: Any, titre: str) -> list[Any]:
    rang = TITRES.index(titre) + 1
    return [feuille.cell(ligne, rang).value for ligne in range(ENTETES + 1, ENTETES + 5)]


def test_la_selection_suit_le_rang_puis_la_note_et_laisse_les_brouillons(session: Session, campagne: Campagne) -> None:
    lignes = selection_de(session, OPERATEUR, campagne, MAINTENANT).lignes
    assert [(ligne.numero, ligne.rang) for ligne in lignes] == [
        ("ES26-0002", 1),
        ("ES26-0001", 2),
        ("ES26-0005", None),
        ("ES26-0003", None),
    ]


def test_chaque_ligne_dit_les_lieux_la_note_la_decision_et_l_argent(session: Session, campagne: Campagne) -> None:
    ligne = selection_de(session, OPERATEUR, campagne, MAINTENANT).lignes[1]
    assert (ligne.quartiers, ligne.communes) == ("QP031001, QP031002", "Toulouse")
    assert (ligne.note, ligne.decision, ligne.situation) == (Decimal("71.250"), "Dossier reçu", "Dossier reçu")
    assert (ligne.engage, ligne.paye, ligne.reste_a_payer) == (
        Decimal("9000.10"),
        Decimal("4500.05"),
        Decimal("4500.05"),
    )


def test_le_classeur_a_des_nombres_des_dates_et_des_textes(classeur: Any) -> None:
    feuille = classeur["Sélection"]
    assert [cellule.value for cellule in feuille[ENTETES]] == TITRES
    assert colonne(feuille, "Engagé") == [12000, 9000.1, 0, 0]
    assert colonne(feuille, "Note /100") == [83.4, 71.25, 64.999, 48]
    # 23:30 UTC is already the next day in Paris.
    assert colonne(feuille, "Depuis le")[0] == datetime(2026, 11, 20)
    assert feuille.cell(ENTETES + 1, TITRES.index("Engagé") + 1).number_format.startswith("#,##0.00")


def test_le_classeur_se_lit_et_s_imprime(classeur: Any) -> None:
    feuille = classeur["Sélection"]
    assert classeur.sheetnames == FEUILLES
    assert feuille["A1"].value == "Essai 2026 : sélection"
    assert "20 novembre 2026 à 10" in feuille["A3"].value
    assert feuille.freeze_panes == "D7"
    assert feuille.page_setup.orientation == "landscape"
    assert feuille.print_title_rows == "$6:$6"
    assert feuille.auto_filter.ref == "A6:Q10"


def test_les_textes_dangereux_restent_des_textes_dans_le_classeur(classeur: Any) -> None:
    feuille = classeur["Sélection"]
    cellule = feuille.cell(ENTETES + 1, TITRES.index("Projet") + 1)
    assert (cellule.value, cellule.data_type) == ('=HYPERLINK("http://example.org")', "s")
    formules = [c.value for rangee in feuille.iter_rows() for c in rangee if c.data_type == "f"]
    assert formules
    assert all(formule.startswith("=SUBTOTAL(109,") for formule in formules)


def test_les_montants_par_enveloppe_se_totalisent(classeur: Any) -> None:
    feuille = classeur["Montants par enveloppe"]
    lignes = [[cellule.value for cellule in rangee] for rangee in feuille.iter_rows(min_row=4, max_row=7)]
    assert lignes[0][:4] == ["Enveloppe", "Financeur", "Doté", "Engagé"]
    assert lignes[1] == ["Aide à l'étude", "Fondation d'essai", 10000.5, 0, 0, 0, 0, 10000.5]
    assert lignes[2] == ["Aide au projet", "Fondation d'essai", 50000, 21000.1, 10500.05, 0, 0, 28999.9]
    assert (lignes[3][0], lignes[3][2]) == ("Total, Aide à l'étude", 10000.5)  # natures are never added up


def test_la_notice_explique_chaque_colonne(classeur: Any) -> None:
    mots = {cellule.value for rangee in classeur["Comment lire"].iter_rows() for cellule in rangee}
    assert set(TITRES) <= mots
    assert "Plus rien n'est attendu." in mots


def test_le_csv_s_ouvre_dans_un_tableur_francais(session: Session, campagne: Campagne, tmp_path: Path) -> None:
    fichiers = exporter_selection(session, OPERATEUR, campagne, tmp_path, MAINTENANT)
    octets = fichiers.csv.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert lignes[0] == TITRES
    premiere = dict(zip(TITRES, lignes[1], strict=True))
    assert premiere["Projet"] == '\'=HYPERLINK("http://example.org")'
    assert premiere["Porteur"] == "'+Habitat & Cie"
    assert (premiere["Engagé"], premiere["Note /100"], premiere["Depuis le"]) == ("12000,00", "83,400", "20/11/2026")


def test_deux_exports_du_meme_instant_sont_identiques_octet_pour_octet(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    premier = exporter_selection(session, OPERATEUR, campagne, tmp_path / "a", MAINTENANT)
    second = exporter_selection(session, OPERATEUR, campagne, tmp_path / "b", MAINTENANT)
    assert premier.classeur.read_bytes() == second.classeur.read_bytes()
    assert premier.csv.read_bytes() == second.csv.read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
        "selection-ESSAI-2026-2026-11-20.csv",
        "selection-ESSAI-2026-2026-11-20.xlsx",
    ]


def test_une_campagne_sans_dossier_donne_des_fichiers_vides_mais_lisibles(session: Session, campagne: Campagne) -> None:
    vide = selection_de(session, OPERATEUR, campagne, MAINTENANT)
    sans_lignes = type(vide)(vide.campagne, vide.reglement, [], [], vide.arretee_a)
    assert en_csv(sans_lignes).strip().split(";") == TITRES


@given(st.text(max_size=30))
def test_aucun_texte_n_est_jamais_une_formule(texte: str) -> None:
    rendu = inerte(texte)
    assert rendu in (texte, f"'{texte}")
    assert not rendu.lstrip().startswith(("=", "+", "-", "@"))
    assert not rendu.startswith(("\t", "\r"))
