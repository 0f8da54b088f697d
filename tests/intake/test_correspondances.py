"""What a person says of the columns of a file: used, remembered for the same headings, said, replaced, forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.imports_rapport import RapportImport
from ami.models import CorrespondanceImport, Structure

from .conftest import MAINTENANT
from .outils import combien, ecrire

FICHIER = "Association;Genre;Ville du siège;Remarques\nRégie des Lilas;association;Toulouse;à rappeler\n"
DITES = {"Association": "nom", "Genre": "type", "Ville du siège": "commune"}


def lire(session: Session, fichier: Path, **options: object) -> RapportImport:
    return importer(session, "structures", fichier, maintenant=MAINTENANT, **options)  # type: ignore[arg-type]


def dit(rapport: RapportImport) -> str:
    return " ".join(rapport.avertissements)


def test_ce_qui_est_dit_une_fois_sert_au_fichier_suivant_de_memes_en_tetes(session: Session, tmp_path: Path) -> None:
    premier = lire(session, ecrire(tmp_path, "a.csv", FICHIER), colonnes=DITES)
    assert premier.bilan == (1, 0, 0, 0)
    assert "mémorisée pour les mêmes en-têtes" in dit(premier)
    assert session.exec(select(Structure.commune)).one() == "Toulouse"
    autre_ordre = "remarques;GENRE;association;Ville du siege\n;association;Les Aînés;Nîmes\n"
    second = lire(session, ecrire(tmp_path, "b.csv", "Liste 2026\n" + autre_ordre))
    assert second.bilan == (1, 0, 0, 0)
    assert "Correspondance mémorisée le" in dit(second)
    assert "« Association » → nom" in dit(second)
    assert "Colonnes laissées de côté : remarques." in dit(second)


def test_ce_qui_est_dit_a_nouveau_remplace(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "a.csv", FICHIER)
    lire(session, fichier, colonnes=DITES)
    lire(session, fichier, colonnes={**DITES, "Remarques": "-"})
    garde = session.exec(select(CorrespondanceImport)).one()
    assert garde.colonnes["Remarques"] == "-"
    assert "laissées de côté" not in dit(lire(session, fichier))


def test_ce_qui_est_oublie_n_est_plus_repris(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "a.csv", FICHIER)
    lire(session, fichier, colonnes=DITES)
    with pytest.raises(DonneesInvalides, match="absente"):
        lire(session, fichier, oublier_colonnes=True)
    assert combien(session, CorrespondanceImport) == 0


def test_la_correspondance_reste_quand_les_lignes_sont_refusees(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "a.csv", FICHIER + ";association;;\n")
    rapport = lire(session, fichier, colonnes=DITES)
    assert (rapport.retenu, combien(session, Structure)) == (False, 0)
    assert (rapport.erreurs[0].colonne, rapport.erreurs[0].lettre) == ("Association", "A")
    assert combien(session, CorrespondanceImport) == 1


def test_une_correspondance_ne_vaut_que_pour_son_import(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "a.csv", FICHIER)
    lire(session, fichier, colonnes=DITES)
    with pytest.raises(DonneesInvalides, match="absente"):
        importer(session, "personnes", fichier, maintenant=MAINTENANT + timedelta(days=1))


@pytest.mark.parametrize(
    ("dites", "raison"),
    [
        ({"Associasion": "nom"}, "n'a pas de colonne « Associasion »\\. Vouliez-vous dire « Association »"),
        ({"Association": "nomm"}, "ne s'appelle « nomm »\\. Vouliez-vous dire « nom »"),
        ({"Association": "nom", "Genre": "nom"}, "Deux colonnes sont données pour « nom »"),
        ({"Association": "nom"}, "absente\\(s\\) : type"),
    ],
)
def test_une_correspondance_fausse_est_refusee_et_n_est_pas_memorisee(
    session: Session, tmp_path: Path, dites: dict[str, str], raison: str
) -> None:
    with pytest.raises(DonneesInvalides, match=raison):
        lire(session, ecrire(tmp_path, "a.csv", FICHIER), colonnes=dites)
    assert combien(session, CorrespondanceImport) == 0
