"""Bringing in official files, in all their shapes: several files complete one row, and the bad features are told."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

import ami.imports_geojson
from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.imports_geojson import RapportContours, importer_contours
from ami.imports_rapport import RapportImport
from ami.imports_schemas import LigneTerritoire
from ami.models import Territoire

from .conftest import INVALIDES, collection, entite, forme, moities, quartier_2024
from .test_liste_entiere import MAINTENANT

CSV_2015 = '\ufeffcode_qp,nom_qp,nom_commune\nQP065003,Tarbes Est,"Séméac, Tarbes"\nQP082001,Coeur de Ville,Montauban\n'
INSEE = (
    "QP;LIB_QP;LIST_COM;LIST_LIB_COM;REG;DEP\n"
    "QP065003;Tarbes Est;65417, 65440;Séméac, Tarbes;76;65\nQP082001;Coeur de Ville;82121;Montauban;76;82\n"
)


def ecrire(dossier: Path, nom: str, texte: str) -> Path:
    fichier = dossier / nom
    fichier.write_text(texte, encoding="utf-8")
    return fichier


def comptes(rapport: RapportImport) -> tuple[int, int, int, int]:
    return rapport.crees, rapport.mis_a_jour, rapport.inchanges, rapport.refusees


def geojson(dossier: Path, *entites: dict[str, Any], **membres: Any) -> Path:
    return ecrire(dossier, "quartiers.geojson", collection(*entites, **membres))


def quartier(session: Session, code: str, kind: str = "QPV") -> Territoire:
    return session.exec(select(Territoire).filter_by(code=code, kind=kind)).one()


def test_l_extrait_entre_avec_ses_contours_et_dit_ce_qu_il_a_repare(session: Session, extrait: Path) -> None:
    rapport = importer_contours(session, extrait)
    assert comptes(rapport) == (6, 0, 0, 0)
    assert {reparee.code for reparee in rapport.reparations} == INVALIDES
    mirail = quartier(session, "QP031007")
    assert (mirail.nom, mirail.commune, mirail.departement, mirail.region) == (
        "Grand Mirail", "Toulouse", "31", "Occitanie",
    )  # fmt: skip
    assert (mirail.ouest, mirail.sud, mirail.est, mirail.nord) == (1_390_900, 43_558_300, 1_418_300, 43_586_400)


@pytest.mark.parametrize("ordre", ["csv insee geojson", "geojson insee csv", "insee geojson csv"])
def test_les_fichiers_d_un_meme_millesime_se_completent_dans_n_importe_quel_ordre(
    session: Session, tmp_path: Path, extrait: Path, ordre: str
) -> None:
    fichiers = {"csv": ecrire(tmp_path, "l.csv", CSV_2015), "insee": ecrire(tmp_path, "i.csv", INSEE)}

    def passer(nom: str) -> RapportImport:
        if nom == "geojson":
            return importer_contours(session, extrait)
        return importer(session, "territoires", fichiers[nom], maintenant=MAINTENANT)

    for nom in ordre.split():
        passer(nom)
    tarbes, montauban = quartier(session, "QP065003"), quartier(session, "QP082001")
    assert (tarbes.commune, tarbes.ouest is not None) == ("Séméac, Tarbes", True)
    assert montauban.nom in {"Coeur de Ville", "Cœur de Ville"}
    for nom in ordre.split():
        rapport = passer(nom)
        assert (rapport.crees, rapport.mis_a_jour) == (0, 0)


def test_le_geojson_tire_du_fichier_de_formes_n_appauvrit_pas_la_liste_des_communes(
    session: Session, tmp_path: Path
) -> None:
    importer(session, "territoires", ecrire(tmp_path, "l.csv", CSV_2015), maintenant=MAINTENANT)
    proprietes = {"CODE_QP": "QP065003", "NOM_QP": "Tarbes Est", "COMMUNE_QP": "Tarbes"}
    rapport = importer_contours(session, geojson(tmp_path, {**entite("QP065003"), "properties": proprietes}))
    assert comptes(rapport) == (0, 1, 0, 0)
    assert quartier(session, "QP065003").commune == "Séméac, Tarbes"


def test_les_millesimes_et_les_types_vivent_cote_a_cote(
    session: Session, tmp_path: Path, extrait: Path, liste_2024: Path
) -> None:
    importer_contours(session, extrait)
    assert comptes(importer_contours(session, liste_2024)) == (4, 0, 0, 0)
    anru = "Code quartier;Nom quartier;Commune;Intérêt\nQP031007;Grand Mirail;Toulouse;Intérêt national\n"
    anru += "QP031008;Arènes;Toulouse;PRIR\n"
    fichier = ecrire(tmp_path, "npnru.csv", anru)
    rapport = importer(session, "territoires", fichier, maintenant=MAINTENANT, kind_territoire="NPNRU")
    assert comptes(rapport) == (2, 0, 0, 0), rapport.erreurs
    requete = select(Territoire.millesime, Territoire.kind, func.count()).group_by(
        col(Territoire.millesime), col(Territoire.kind)
    )
    assert set(session.exec(requete).all()) == {(2015, "QPV", 6), (2015, "NPNRU", 2), (2024, "QPV", 4)}
    assert quartier(session, "QP031007", "NPNRU").interet == "national"
    assert quartier(session, "QP031008", "NPNRU").interet == "regional"
    assert quartier(session, "QP031007").interet is None


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [
        ("Intérêt national", "national"),
        ("Quartier d'intérêt régional", "regional"),
        ("PRIN", "national"),
        ("prir", "regional"),
        ("N", "national"),
    ],
)
def test_l_interet_d_un_quartier_se_lit_sous_ses_noms_usuels(ecrit: str, lu: str) -> None:
    ligne = {"code": "QP031007", "nom": "Grand Mirail", "commune": "Toulouse", "kind": "NPNRU", "interet": ecrit}
    assert LigneTerritoire.model_validate(ligne).interet == lu


def test_un_interet_inconnu_est_refuse() -> None:
    with pytest.raises(ValidationError, match="intérêt est inconnu"):
        LigneTerritoire.model_validate({"code": "QP031007", "nom": "M", "commune": "T", "interet": "municipal"})


def test_une_liste_du_npnru_importee_sans_le_dire_est_refusee(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "n.csv", "code_qp;nom_qp;commune;interet\nQP031007;Grand Mirail;Toulouse;national\n")
    rapport = importer(session, "territoires", fichier, maintenant=MAINTENANT)
    assert [(e.colonne, "--kind NPNRU" in e.remede) for e in rapport.erreurs] == [("interet", True)]


def test_la_base_refuse_un_interet_hors_du_npnru(session: Session) -> None:
    session.add(Territoire(code="QP031007", millesime=2015, kind="QPV", nom="M", commune="T", interet="national"))
    with pytest.raises(IntegrityError):
        session.flush()


def fautives() -> list[dict[str, Any]]:
    """Six features, one of them right."""
    sans_code = {**entite("QP031007"), "properties": {"nom_qp": "Sans code", "commune_qp": "Toulouse"}}
    point = {**entite("QP031008"), "geometry": {"type": "Point", "coordinates": [1.4, 43.6]}}
    code_faux = {**entite("QP031010"), "properties": {**entite("QP031010")["properties"], "code_qp": "QP31"}}
    return [entite("QP066006"), sans_code, point, code_faux, entite("QP066006"), {"type": "Feature"}]


def test_chaque_mauvaise_entite_est_nommee_et_les_bonnes_gardees_si_on_le_demande(
    session: Session, tmp_path: Path
) -> None:
    fichier = geojson(tmp_path, *fautives())
    rapport = importer_contours(session, fichier, mode="bonnes_lignes")
    assert comptes(rapport) == (1, 0, 0, 5)
    assert {(e.ligne, e.colonne) for e in rapport.erreurs} == {
        (2, "code"), (3, "contour"), (4, "code_qp"), (5, "code_qp"), (6, "code"), (6, "nom"), (6, "commune"),
    }  # fmt: skip
    assert "QP031008 Arènes : Un contour est un polygone" in next(e.raison for e in rapport.erreurs if e.ligne == 3)
    assert session.exec(select(Territoire.code)).all() == ["QP066006"]


def test_en_tout_ou_rien_une_mauvaise_entite_fait_tout_renoncer(session: Session, tmp_path: Path) -> None:
    rapport = importer_contours(session, geojson(tmp_path, *fautives()))
    session.commit()
    assert (rapport.retenu, comptes(rapport)) == (False, (0, 0, 0, 5))
    assert session.exec(select(Territoire.code)).all() == []


def test_un_contour_remplace_par_un_autre_est_dit(session_2015: Session, tmp_path: Path) -> None:
    autre = {**entite("QP031008"), "geometry": quartier_2024("", "", moities("QP031008")[0])["geometry"]}
    rapport = importer_contours(session_2015, geojson(tmp_path, autre))
    assert rapport.remplaces == ["QP031008"]
    assert any("QP031008" in a and "recontroler" in a for a in rapport.avertissements)


def test_le_lambert_93_annonce_est_converti_et_dit(session: Session, tmp_path: Path) -> None:
    lambert = {"type": "Polygon", "coordinates": [[[574000, 6279000], [575000, 6279000], [575000, 6280000]]]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    rapport = importer_contours(session, geojson(tmp_path, {**entite("QP031007"), "geometry": lambert}, crs=crs))
    assert comptes(rapport) == (1, 0, 0, 0), rapport.erreurs
    assert "Lambert-93" in rapport.avertissements[0]
    assert 1_400_000 < (quartier(session, "QP031007").ouest or 0) < 1_500_000


LIEN = {"type": "link", "properties": {"href": "http://exemple.invalid/crs", "type": "proj4"}}
ILLISIBLES: list[tuple[str, bytes, str]] = [
    ("vide", b"", "pas du GeoJSON lisible"),
    ("coupe", b'{"type":"FeatureCollection","features":[{"type":"Feature"', "pas du GeoJSON lisible"),
    ("latin", '{"type":"FeatureCollection","name":"Nîmes","features":[]}'.encode("latin-1"), "UTF-8"),
    ("tableau", b"[1, 2]", "n'est pas une collection"),
    ("seule", b'{"type":"Feature","geometry":null}', "n'est pas une collection"),
    ("sans", b'{"type":"FeatureCollection","features":[]}', "aucun quartier"),
    ("autre", b'{"type":"FeatureCollection"}', "aucun quartier"),
    ("lien", collection(crs=LIEN).encode(), "rien n'est téléchargé"),
    ("mars", collection(crs={"type": "name", "properties": {"name": "MARS:1"}}).encode(), "est inconnu"),
]


@pytest.mark.parametrize(("octets", "attendu"), [c[1:] for c in ILLISIBLES], ids=[c[0] for c in ILLISIBLES])
def test_un_fichier_illisible_est_refuse_avec_sa_raison(
    session_sqlite: Session, tmp_path: Path, octets: bytes, attendu: str
) -> None:
    fichier = tmp_path / "quartiers.geojson"
    fichier.write_bytes(octets)
    with pytest.raises(DonneesInvalides, match=attendu):
        importer_contours(session_sqlite, fichier)


def test_une_couche_d_un_autre_format_dit_comment_la_convertir(session_sqlite: Session, tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match="Convertissez cette couche en GeoJSON"):
        importer_contours(session_sqlite, tmp_path / "QP_METROPOLE.shp")


def test_un_fichier_absent_ou_demesure_est_refuse(
    session_sqlite: Session, tmp_path: Path, extrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DonneesInvalides, match="n'existe pas"):
        importer_contours(session_sqlite, tmp_path / "absent.geojson")
    monkeypatch.setattr(ami.imports_geojson, "ELEMENTS_MAX", 100)
    with pytest.raises(DonneesInvalides, match="trop de sommets"):
        importer_contours(session_sqlite, extrait)
    monkeypatch.setattr(ami.imports_geojson, "TAILLE_MAX", 1000)
    with pytest.raises(DonneesInvalides, match="dépasse"):
        importer_contours(session_sqlite, extrait)


def test_la_marque_d_ordre_des_octets_et_les_membres_inconnus_ne_genent_pas(
    session_sqlite: Session, tmp_path: Path
) -> None:
    fichier = tmp_path / "quartiers.geojson"
    contenu = {"bbox": [0, 0, 1, 1], **json.loads(collection(entite("QP031007"))), "crs": None}
    fichier.write_bytes(b"\xef\xbb\xbf" + json.dumps(contenu).encode())
    rapport: RapportContours = importer_contours(session_sqlite, fichier)
    assert comptes(rapport) == (1, 0, 0, 0)


def test_des_entites_qui_n_en_sont_pas_sont_refusees_une_a_une(session_sqlite: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "q.json", '{"type": "FeatureCollection", "features": [3, null, [1, [2]], "x", {}]}')
    rapport = importer_contours(session_sqlite, fichier, mode="bonnes_lignes")
    assert (rapport.lues, rapport.refusees, rapport.crees) == (5, 5, 0)


def test_le_contour_d_un_quartier_connu_par_sa_seule_liste_est_ajoute(session: Session, tmp_path: Path) -> None:
    importer(session, "territoires", ecrire(tmp_path, "l.csv", CSV_2015), maintenant=MAINTENANT)
    assert quartier(session, "QP082001").ouest is None
    rapport = importer_contours(session, geojson(tmp_path, entite("QP082001")))
    assert comptes(rapport) == (0, 1, 0, 0)
    assert forme("QP082001").area > 0
    assert quartier(session, "QP082001").nom == "Coeur de Ville"
