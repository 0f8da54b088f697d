"""A newer list of quartiers against live dossiers: what changes is told, and nothing changes by itself."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides, Introuvable
from ami.exports_recontrole import COLONNES, exporter_recontrole
from ami.geometrie import Lieu
from ami.imports_geojson import importer_contours
from ami.lieu import Verification
from ami.models import Dossier, DossierTerritoire, Territoire
from ami.preuves import derniere_preuve
from ami.recontrole import recontroler
from ami.recontrole_rapport import Devenir, LigneRecontrole, Place, RapportRecontrole
from ami.regards import OPERATEUR
from ami.sujets import identifiant
from tests.usecases.monde import JOUR, Monde, planter

from .conftest import EXTRAIT, distance_independante, forme, moities

APRES = JOUR + timedelta(days=30)


@pytest.fixture
def monde(session: Session, liste_2024: Path) -> Monde:
    """Both vintages, and five live dossiers: nothing changes, new code, gone, point outside, cut in two."""
    monde = planter(session)
    importer_contours(session, EXTRAIT)
    importer_contours(session, liste_2024)
    ajouter(monde, "inchangé", "QN03107I", forme("QP031007").representative_point())
    ajouter(monde, "nouveau code", "QP031007", forme("QP031007").representative_point())
    ajouter(monde, "disparu", "QP031010", forme("QP031010").representative_point())
    ajouter(monde, "dehors", "QP066006", moities("QP066006")[1].representative_point())
    ajouter(monde, "coupé", "QP031008", None)
    termine = ajouter(monde, "terminé", "QP031010", None)
    termine.etat = "clos"
    session.flush()
    return monde


def ajouter(monde: Monde, titre: str, code: str, point: Any) -> Dossier:
    """A live dossier that names one quartier, and maybe a point."""
    reponses = {"point": {"longitude": f"{point.x:.6f}", "latitude": f"{point.y:.6f}"}} if point is not None else {}
    dossier = monde.dossier("recevable", titre=titre, reponses=reponses)
    monde.session.add(DossierTerritoire(dossier_id=identifiant(dossier), code=code))
    monde.session.flush()
    return dossier


def controler(monde: Monde, millesime: int = 2024, **options: Any) -> RapportRecontrole:
    return recontroler(monde.session, OPERATEUR, monde.campagne, millesime, kind="QPV", maintenant=APRES, **options)


def par_titre(rapport: RapportRecontrole) -> dict[str, LigneRecontrole]:
    return {ligne.titre: ligne for ligne in rapport.lignes}


def photographier(session: Session) -> dict[str, list[Any]]:
    """Every row of every table."""
    tables = inspect(session.connection()).get_table_names()
    return {t: sorted(map(str, session.execute(text(f'SELECT * FROM "{t}"')).all())) for t in tables}


def test_le_rapport_dit_ce_que_devient_chaque_dossier_en_cours(monde: Monde) -> None:
    rapport = controler(monde)
    lignes = par_titre(rapport)
    assert {titre: ligne.devenir for titre, ligne in lignes.items()} == {
        "inchangé": Devenir.INCHANGE,
        "nouveau code": Devenir.NOUVEAU_CODE,
        "disparu": Devenir.DISPARU,
        "dehors": Devenir.REMPLACE,
        "coupé": Devenir.REMPLACE,
    }
    assert {titre: (str(ligne.avant), ligne.apres.place) for titre, ligne in lignes.items()} == {
        "inchangé": ("dedans", Place.DEDANS),
        "nouveau code": ("dedans", Place.DEDANS),
        "disparu": ("dedans", Place.DEHORS),
        "dehors": ("dedans", Place.DEHORS),
        "coupé": ("sans point", Place.SANS_POINT),
    }
    assert {titre for titre, ligne in lignes.items() if not ligne.change} == {"inchangé"}
    assert (rapport.dossiers, len(rapport.lignes), rapport.avertissements) == (5, 5, [])


def test_les_parts_et_les_distances_sont_dites_dans_des_phrases(monde: Monde) -> None:
    dits = {titre: ligne.expliquer(2024) for titre, ligne in par_titre(controler(monde)).items()}
    assert dits["nouveau code"] == (
        "Le code n'est plus dans la liste de 2024. À sa place : QN03107I Grand Mirail (100 % de l'ancien, tient le "
        "point). Le point reste dedans."
    )
    assert "QN03108M Arènes (" in dits["coupé"]
    un, autre = (suite.part or 0 for suite in par_titre(controler(monde))["coupé"].suites)
    assert un > 50 > autre > 0
    assert un + autre == 100
    assert dits["disparu"].startswith(
        "Le code n'est plus dans la liste de 2024. Aucun quartier connu ne le recouvre. Le point était dedans, il est "
        "maintenant dehors, à "
    )
    point, reste = moities("QP066006")[1].representative_point(), moities("QP066006")[0]
    attendue = distance_independante(reste, Lieu.en_degres(Decimal(f"{point.x:.6f}"), Decimal(f"{point.y:.6f}")))
    assert dits["dehors"].endswith(f"Le point était dedans, il est maintenant dehors, à {ceil(attendue)} mètres.")


def test_le_controle_ne_change_rien_dans_la_base(monde: Monde) -> None:
    monde.session.commit()
    avant = photographier(monde.session)
    controler(monde)
    assert not monde.session.new
    assert not monde.session.dirty
    monde.session.commit()
    assert photographier(monde.session) == avant


def test_enregistrer_garde_le_nouveau_controle_comme_preuve_et_rien_d_autre(monde: Monde) -> None:
    monde.session.commit()
    avant = photographier(monde.session)
    controler(monde, enregistrer=True)
    monde.session.commit()
    apres = photographier(monde.session)
    assert {table for table in apres if apres[table] != avant[table]} == {"preuve_territoire"}
    vues = {d.titre: _preuves(monde, d) for d in monde.session.exec(select(Dossier)).all()}
    assert vues["nouveau code"] == [("QN03107I", 2024, True, True)]
    assert vues["disparu"] == [("QP031010", 2024, True, False)]
    assert vues["dehors"] == [("QN06606M", 2024, True, False)]
    assert vues["coupé"] == [("QN03108M", 2024, True, None), ("QN03180N", 2024, True, None)]
    assert vues["terminé"] == []
    # Judged again, the dossiers start from what was kept.
    assert {titre: str(ligne.avant.place) for titre, ligne in par_titre(controler(monde)).items()} == {
        "inchangé": "dedans", "nouveau code": "dedans", "disparu": "dehors", "dehors": "dehors", "coupé": "sans point",
    }  # fmt: skip


def _preuves(monde: Monde, dossier: Dossier) -> list[tuple[str, int | None, bool, bool | None]]:
    trouvees = derniere_preuve(monde.session, identifiant(dossier))
    return [(p.code, p.millesime, p.designe, p.dedans) for p in trouvees]


def test_la_preuve_gardee_au_depot_prime_sur_un_nouveau_calcul(monde: Monde) -> None:
    dossier = monde.session.exec(select(Dossier).where(Dossier.titre == "dehors")).one()
    verification = Verification(identifiant(dossier), Lieu.en_degres(Decimal("2.89"), Decimal("42.68")), JOUR)
    preuve = verification.absence("QP066006")
    preuve.dedans, preuve.distance_m = False, 12
    verification.conserver(monde.session, [preuve])
    assert str(par_titre(controler(monde))["dehors"].avant) == "dehors, à 12 mètres"


def test_un_nom_change_et_un_contour_change_sous_le_meme_code_sont_dits(monde: Monde) -> None:
    ancien = monde.session.exec(select(Territoire).where(Territoire.code == "QN03108M")).one()
    valeurs = {**ancien.model_dump(exclude={"id"}), "millesime": 2030, "nom": "Arènes - Cartoucherie"}
    monde.session.add(Territoire(**valeurs))
    ajouter(monde, "renommé", "QN03108M", None)
    ligne = par_titre(controler(monde, 2030))["renommé"]
    assert ligne.devenir is Devenir.RENOMME
    assert ligne.expliquer(2030) == (
        "Le code est dans la liste de 2030, sous le nom « Arènes - Cartoucherie ». Il couvre 100 % de son ancien "
        "contour."
    )


def test_une_liste_absente_ou_sans_contours_est_dite(monde: Monde) -> None:
    with pytest.raises(Introuvable, match="millésime 2031"):
        controler(monde, 2031)
    monde.session.add(Territoire(code="QN03107I", millesime=2031, kind="QPV", nom="Grand Mirail", commune="Toulouse"))
    monde.session.flush()
    rapport = controler(monde, 2031)
    assert "sans contours" in rapport.avertissements[0]
    lignes = par_titre(rapport)
    assert (lignes["inchangé"].devenir, lignes["nouveau code"].devenir) == (Devenir.INCHANGE, Devenir.DISPARU)
    assert lignes["nouveau code"].apres.place is Place.NON_VERIFIABLE


def test_un_code_que_nulle_liste_ne_connait_et_un_point_impossible_n_arretent_rien(monde: Monde) -> None:
    dossier = ajouter(monde, "inconnu", "QP031099", None)
    dossier.reponses = {"point": {"longitude": "0", "latitude": "0"}}
    monde.session.flush()
    ligne = par_titre(controler(monde))["inconnu"]
    assert (ligne.devenir, ligne.apres.place) == (Devenir.INCONNU, Place.NON_VERIFIABLE)
    assert ligne.expliquer(2024) == "Aucune liste importée ne connaît ce code. Le point reste non vérifiable."


@pytest.fixture
def rapport(monde: Monde) -> RapportRecontrole:
    """An account with a title that spreadsheets and Markdown readers could take for something else."""
    monde.session.exec(select(Dossier).where(Dossier.titre == "coupé")).one().titre = "=1+1 | <b>"
    return controler(monde)


def test_le_rapport_s_ecrit_en_csv_en_classeur_et_en_markdown(rapport: RapportRecontrole, tmp_path: Path) -> None:
    fichiers = {suffixe: tmp_path / "sorties" / f"r{suffixe}" for suffixe in (".csv", ".xlsx", ".md")}
    for fichier in fichiers.values():
        exporter_recontrole(rapport, fichier)
        octets = fichier.read_bytes()
        exporter_recontrole(rapport, fichier)
        assert fichier.read_bytes() == octets
    lignes = list(csv.reader(io.StringIO(fichiers[".csv"].read_text("utf-8-sig")), delimiter=";"))
    assert lignes[0] == [colonne.titre for colonne in COLONNES]
    assert [ligne[1] for ligne in lignes[1:]] == ["inchangé", "nouveau code", "disparu", "dehors", "'=1+1 | <b>"]
    feuille = openpyxl.load_workbook(fichiers[".xlsx"]).active
    cellules = [[cellule.value for cellule in rangee] for rangee in feuille.iter_rows()]
    assert "face à la liste QPV de 2024" in cellules[0][0]
    assert [rangee[1] for rangee in cellules if rangee[2] == "Recevable"][-1] == "=1+1 | <b>"
    assert all(cellule.data_type != "f" for rangee in feuille.iter_rows() for cellule in rangee)
    page = fichiers[".md"].read_text("utf-8")
    assert "5 dossier(s) en cours, 5 quartier(s) nommé(s), 4 à regarder." in page
    assert "| =1+1 \\| \\<b> |" in page
    assert sorted(chemin.name for chemin in (tmp_path / "sorties").iterdir()) == ["r.csv", "r.md", "r.xlsx"]


def test_un_nom_de_fichier_d_un_autre_format_est_refuse(rapport: RapportRecontrole, tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match=r"\.xlsx, \.csv ou \.md"):
        exporter_recontrole(rapport, tmp_path / "rapport.pdf")


def test_une_preuve_ne_peut_pas_dire_dedans_sans_distance(monde: Monde) -> None:
    dossier = monde.session.exec(select(Dossier)).first()
    preuve = Verification(identifiant(dossier), None, JOUR).absence("QP031007")
    preuve.dedans = True
    monde.session.add(preuve)
    with pytest.raises(IntegrityError):
        monde.session.flush()
