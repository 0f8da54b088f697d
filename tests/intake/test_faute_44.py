"""Fault 44 in full: each bad row named with line, column and reason; good rows kept or none; nothing half-imported."""

from pathlib import Path

import pytest
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.imports import Mode, importer
from ami.imports_rapport import RapportImport
from ami.models import Dossier, Journal, Structure

from .conftest import MAINTENANT
from .outils import Notation, combien, ecrire, erreurs, planter

STRUCTURES = """\
Nom;Type;SIRET
Première;association;
Clé fausse;association;73282932000075
Première;association;
Dernière;association;
"""
DOSSIERS = """\
Référence;Titre;Porteur;Contact;Quartiers;Coût prévu;Montant demandé;Début des travaux
B-1;Bon;Habitat du Mirail;anne@example.org;QP031001;12 000,50 €;4000;28/02/2027
B-2;Quartier inventé;Habitat du Mirail;anne@example.org;QP031999;8000;4000;
B-3;Date impossible;Habitat du Mirail;anne@example.org;QP031001;8000;4000;29/02/2027
B-1;Répété;Habitat du Mirail;anne@example.org;QP031001;8000;4000;
"""
MODES: tuple[Mode, ...] = ("tout_ou_rien", "bonnes_lignes")


@pytest.fixture
def monde(session: Session) -> Notation:
    return planter(session)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("separateur", [";", ","])
@pytest.mark.parametrize("encodage", ["utf-8-sig", "cp1252"])
def test_le_siret_faux_et_la_ligne_repetee_sont_nommes(
    session: Session, monde: Notation, tmp_path: Path, mode: Mode, separateur: str, encodage: str
) -> None:
    fichier = ecrire(tmp_path, "s.csv", STRUCTURES.replace(";", separateur), encodage)
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT, mode=mode)
    assert erreurs(rapport) == [(3, "SIRET"), (4, "(toute la ligne)")]
    siret, repetee = rapport.erreurs
    assert (siret.lettre, siret.valeur) == ("C", "73282932000075")
    assert "clé de contrôle" in siret.raison
    assert repetee.raison == "Cette ligne répète la ligne 2."
    noms = set(session.exec(select(Structure.nom))) - {"Habitat du Mirail"}
    assert noms == ({"Première", "Dernière"} if mode == "bonnes_lignes" else set())


@pytest.mark.parametrize("mode", MODES)
def test_le_quartier_invente_et_la_date_impossible_sont_nommes_et_le_montant_francais_est_admis(
    session: Session, monde: Notation, tmp_path: Path, mode: Mode
) -> None:
    rapport = importer_dossiers(session, monde, ecrire(tmp_path, "d.csv", DOSSIERS), mode)
    assert erreurs(rapport) == [(3, "Quartiers"), (4, "Début des travaux"), (5, "(toute la ligne)")]
    quartier, jour, repetee = rapport.erreurs
    assert "QP031999" in quartier.raison
    assert (jour.lettre, jour.valeur) == ("H", "29/02/2027")
    assert "n'existe pas au calendrier" in jour.raison
    assert "répète la ligne 2" in repetee.raison
    importes = session.exec(select(Dossier).where(Dossier.numero != monde.dossier.numero)).all()
    assert [str(d.cout_prevu) for d in importes] == (["12000.50"] if mode == "bonnes_lignes" else [])
    assert combien(session, Journal) == (2 if mode == "bonnes_lignes" else 0)


def importer_dossiers(session: Session, monde: Notation, fichier: Path, mode: Mode) -> RapportImport:
    return importer(
        session,
        "dossiers",
        fichier,
        maintenant=MAINTENANT,
        mode=mode,
        campagne=monde.campagne,
        acteur=monde.agent,
    )


@pytest.mark.parametrize("mode", MODES)
def test_une_colonne_absente_est_nommee_avec_celle_qui_lui_ressemble(
    session: Session, monde: Notation, tmp_path: Path, mode: Mode
) -> None:
    fichier = ecrire(tmp_path, "d.csv", DOSSIERS.replace("Référence", "Réferance").replace("Titre", "Sujet"))
    with pytest.raises(DonneesInvalides) as refus:
        importer_dossiers(session, monde, fichier, mode)
    message = refus.value.message
    assert "« d.csv », ligne 1 : colonne(s) absente(s) : reference, titre." in message
    assert "« Réferance » ressemble à « reference »" in message
    assert '--colonne "Réferance=reference"' in message
    assert combien(session, Journal) == 0


@pytest.mark.parametrize("mode", MODES)
def test_un_fichier_d_un_encodage_illisible_n_est_pas_lu_du_tout(
    session: Session, monde: Notation, tmp_path: Path, mode: Mode
) -> None:
    fichier = tmp_path / "s.csv"
    fichier.write_bytes(b"nom;type\nBonne;association\n\x81\x8d;association\n")
    with pytest.raises(DonneesInvalides, match=r"encodage de « s\.csv » est illisible"):
        importer(session, "structures", fichier, maintenant=MAINTENANT, mode=mode)
    assert combien(session, Structure) == 1
