"""The workbook of a choice: it says what the pack says, in words and numbers a funder reads, and nothing runs."""

from typing import Any

import openpyxl
import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from ami.exports import exporter_selection
from ami.exports_feuilles import hauteur
from ami.regards import OPERATEUR

from .campagne_choisie import INSTANT, planter_choix
from .test_pack_campagne import un_pack


@pytest.fixture(scope="module")
def classeur(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The workbook, read back."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        fichiers = exporter_selection(
            session, OPERATEUR, planter_choix(session, 0), tmp_path_factory.mktemp("c"), INSTANT
        )
    return openpyxl.load_workbook(fichiers.classeur)


def table(classeur: Any, nom: str) -> list[dict[str, Any]]:
    """The lines of a sheet by heading: the headings are above the frozen pane."""
    feuille = classeur[nom]
    entetes = int("".join(c for c in feuille.freeze_panes if c.isdigit())) - 1
    titres = [c.value for c in feuille[entetes]]
    rangees = feuille.iter_rows(min_row=entetes + 1, values_only=True)
    return [dict(zip(titres, ligne, strict=True)) for ligne in rangees if ligne[0] != "Total"]


def test_les_deux_classements_sont_ceux_de_la_preuve(classeur: Any) -> None:
    attendus = [(c.rang, c.dossier, float(c.total or 0)) for c in un_pack().resultats.classement]
    lignes = table(classeur, "Classement")
    assert [(n["Rang"], n["Dossier"], n["Note /100"]) for n in lignes] == attendus
    autres = {c.dossier: c.rang for c in un_pack().resultats.autre_classement}
    assert {n["Dossier"]: n["Rang, sans correction"] for n in lignes} == autres
    assert "éliminatoire : Usages et habitants" in {n["À savoir"] for n in lignes}


def test_la_proposition_dit_ce_qui_a_laisse_chacun_dehors(classeur: Any) -> None:
    assert "Scénario « selon rang », choisi par le comité" in classeur["Proposition"]["A3"].value
    lignes = {n["Dossier"]: n for n in table(classeur, "Proposition")}
    selection = un_pack().resultats.selection
    for retenu in selection.retenus:
        ligne = lignes[retenu.dossier]
        assert (ligne["Retenu"], ligne["Aide proposée"]) == ("oui", float(retenu.montant))
    for ecarte in selection.ecartes:
        assert lignes[ecarte.dossier]["Ce qui l'a laissé dehors"] == ecarte.raison
    assert lignes["CH26-0006"]["Ce qui l'a laissé dehors"] == "Note éliminatoire sur : « Usages et habitants »."


def test_les_notes_sont_sous_pseudonyme_et_ce_qui_est_sans_objet_est_dit(classeur: Any) -> None:
    lignes = table(classeur, "Notes par critère")
    assert len(lignes) == len(un_pack().donnees.notations)
    assert {n["Évaluateur"] for n in lignes} == {f"évaluateur {rang}" for rang in range(1, 6)}
    assert sum(n["Montage financier"] == "sans objet" for n in lignes) == 2
    assert "Juré" not in str([[c.value for c in r] for f in classeur for r in f.iter_rows()])


def test_le_calcul_est_dit_avec_les_chiffres_du_reglement(classeur: Any) -> None:
    dit = {n["Quoi"]: n["Comment"] for n in table(classeur, "Comment c'est calculé")}
    critere = dit["Critère « Usages et habitants »"]
    assert critere == "Poids : 60 ; éliminatoire quand sa moyenne est strictement sous 1,5."
    assert "« Usages et habitants »" in dit["À note égale"]
    assert "corrige les notes" in dit["Sévérité des évaluateurs"]
    assert dit["Enveloppe « Région d'essai »"].endswith("€ à attribuer, réservée : région Bretagne.")
    assert dit["Quota « Renouvellement urbain »"] == "Territoire NPNRU : au moins 1 dossier(s)."
    assert "2026" in dit["Fermeté des rangs"]


def test_les_textes_saisis_restent_des_textes(classeur: Any) -> None:
    motifs = [c for c in classeur["Décisions"]["G"] if c.value == "=Après débat."]
    assert len(motifs) == 4
    assert {c.data_type for c in motifs} == {"s"}
    assert all(f.page_setup.orientation == "landscape" and f.page_setup.paperSize == 9 for f in classeur)


def test_le_plan_et_les_territoires_disent_leur_base_et_leur_preuve(classeur: Any) -> None:
    emplois = {(n["Base"], n["Emploi"], n["Éligible"]) for n in table(classeur, "Plan de financement")}
    assert emplois == {("HT", 50000, "oui"), ("HT", 10000, "non")}
    lieux = {(n["Code"], n["Liste"], n["Millésime"], n["Commune"]) for n in table(classeur, "Territoires")}
    assert lieux == {("QP031001", "QPV", 2024, "Toulouse"), ("QN03501N", "NPNRU", 2024, "Rennes")}


def test_une_ligne_ne_depasse_pas_la_hauteur_qu_excel_ouvre() -> None:
    assert hauteur([("mot " * 5000, 30), ("court", 10)]) == 409
    assert hauteur([("court", 10)]) == 21
