"""A contour as files give it: kept, reprojected, repaired and said so, or refused with what to do."""

from decimal import Decimal
from typing import Any

import pytest
from pyproj import Transformer
from shapely import transform
from shapely.geometry import mapping, shape

from ami.contours import ContourRefuse, preparer, transformation
from ami.geometrie import Lieu, empreinte, mesurer, part_commune

from .conftest import INVALIDES, distance_independante, entite, forme


def polygone(*sommets: tuple[object, object]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(sommet) for sommet in sommets]]}


CARRE = polygone((1.40, 43.60), (1.41, 43.60), (1.41, 43.61), (1.40, 43.61), (1.40, 43.60))


def renverse(geometrie: dict[str, Any]) -> dict[str, Any]:
    """Latitude first."""
    retourne: dict[str, Any] = mapping(transform(shape(geometrie), lambda x, y: (y, x), interleaved=False))
    return retourne


def en_lambert(geometrie: dict[str, Any]) -> dict[str, Any]:
    projection = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True)
    projete: dict[str, Any] = mapping(transform(shape(geometrie), projection.transform, interleaved=False))
    return projete


@pytest.mark.parametrize("code", ["QP031007", "QP031008"])
def test_un_contour_valide_est_garde_tel_quel(code: str) -> None:
    contour = preparer(entite(code)["geometry"], "31", None)
    assert contour.reparation is None
    assert shape(contour.geojson).equals(shape(entite(code)["geometry"]))


@pytest.mark.parametrize("code", sorted(INVALIDES))
def test_un_contour_invalide_est_repare_et_la_raison_dite_en_francais(code: str) -> None:
    contour = preparer(entite(code)["geometry"], code[3:5], None)
    assert shape(contour.geojson).is_valid
    assert contour.geojson["type"] in {"Polygon", "MultiPolygon"}
    assert contour.reparation is not None
    dit = str(contour.reparation)
    assert dit.startswith(("deux côtés se croisent en ", "le tracé repasse par un même point en "))
    assert "surface " in dit


def test_la_reparation_dit_la_surface_gagnee_et_les_lignes_retirees() -> None:
    reparation = preparer(entite("QP066006")["geometry"], "66", None).reparation
    assert str(reparation) == (
        "deux côtés se croisent en 2,89470 ; 42,68520 (lignes sans épaisseur retirées) ; surface +0,015 %"
    )


def test_un_noeud_papillon_dont_la_surface_etait_nulle_le_dit() -> None:
    noeud = polygone((1.40, 43.60), (1.41, 43.61), (1.41, 43.60), (1.40, 43.61), (1.40, 43.60))
    reparation = preparer(noeud, "31", None).reparation
    assert reparation is not None
    assert reparation.variation is None
    assert "incalculable" in str(reparation)


@pytest.mark.parametrize(
    ("geometrie", "departement", "raison"),
    [
        (None, "31", "n'a pas de contour"),
        ("POLYGON", "31", "de type « None »"),
        ({"type": "Point", "coordinates": [1.4, 43.6]}, "31", "de type « Point »"),
        ({"type": "Polygon", "coordinates": []}, "31", "est vide"),
        ({"type": "MultiPolygon", "coordinates": []}, "31", "est vide"),
        ({"type": "Polygon"}, "31", "illisibles"),
        ({"type": "Polygon", "coordinates": "x"}, "31", "illisibles"),
        (polygone((1.4, 43.6), (1.5, 43.6)), "31", "illisibles"),
        (polygone(("a", 43.6), (1.5, 43.6), (1.5, 43.7)), "31", "illisibles"),
        (polygone((float("nan"), 43.6), (1.5, 43.6), (1.5, 43.7)), "31", "illisibles"),
        ({"type": "Polygon", "coordinates": [[[[[[1.4]]]]]]}, "31", "illisibles"),
        (polygone((1.4, 43.6), (1.41, 43.6), (1.42, 43.6), (1.4, 43.6)), "31", "aucune surface"),
        (polygone((0, 0), (0.1, 0), (0.1, 0.1), (0, 0)), "31", "hors de France"),
        (polygone((0, 43), (5, 43), (5, 47), (0, 43)), "31", "trop étendu"),
        (CARRE, "974", "est ailleurs (métropole) : le code est celui du département 974"),
        (polygone((55.3, -21.1), (55.4, -21.1), (55.4, -21.0), (55.3, -21.1)), "31", "ailleurs (La Réunion)"),
        (renverse(CARRE), "31", "latitude est écrite avant la longitude"),
        (en_lambert(CARRE), "31", "Lambert-93"),
        (polygone((261848, 250566), (261858, 250566), (261848, 250576)), "31", "pas en degrés"),
    ],
)
def test_ce_qui_ne_peut_pas_etre_un_quartier_est_refuse(geometrie: object, departement: str, raison: str) -> None:
    with pytest.raises(ContourRefuse) as refus:
        preparer(geometrie, departement, None)
    assert raison in refus.value.raison
    assert refus.value.remede


def test_un_imbroglio_de_crochets_est_refuse_sans_epuiser_la_pile() -> None:
    coordonnees: list[Any] = [1.4, 43.6]
    for _ in range(50_000):
        coordonnees = [coordonnees]
    with pytest.raises(ContourRefuse, match="illisibles"):
        preparer({"type": "Polygon", "coordinates": coordonnees}, "31", None)


@pytest.mark.parametrize(
    "nom", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "epsg:4326", None]
)
def test_le_wgs84_sous_ses_noms_habituels_ne_demande_aucune_conversion(nom: str | None) -> None:
    assert transformation(nom) is None


@pytest.mark.parametrize("nom", ["urn:ogc:def:crs:EPSG::2154", "EPSG:2154"])
def test_le_lambert_93_annonce_par_le_fichier_est_converti(nom: str) -> None:
    converti = preparer(en_lambert(CARRE), "31", transformation(nom)).geojson
    assert part_commune(CARRE, converti) == part_commune(converti, CARRE) == 100
    assert mesurer(converti, Lieu.en_degres(Decimal("1.41"), Decimal("43.605"))).distance_m <= 1


@pytest.mark.parametrize("nom", ["EPSG:999999", "+init=file:essai", "urn:ogc:def:crs:EPSG::2154; x", "", "2154"])
def test_un_systeme_de_coordonnees_inconnu_est_refuse(nom: str) -> None:
    with pytest.raises(ContourRefuse, match="est inconnu"):
        transformation(nom)


def test_l_empreinte_ne_depend_pas_de_l_ordre_ou_le_contour_est_ecrit() -> None:
    tourne = polygone((1.41, 43.61), (1.40, 43.61), (1.40, 43.60), (1.41, 43.60), (1.41, 43.61))
    assert empreinte(CARRE) == empreinte(tourne)
    assert empreinte(CARRE) != empreinte(mapping(forme("QP031007")))


@pytest.mark.parametrize(
    ("longitude", "dedans", "distance_m"), [("1.41", True, 0), ("1.410001", False, 1), ("1.4101", False, 9)]
)
def test_le_bord_est_dedans_et_un_point_hors_n_est_jamais_a_zero_metre(
    longitude: str, dedans: bool, distance_m: int
) -> None:
    mesure = mesurer(CARRE, Lieu.en_degres(Decimal(longitude), Decimal("43.605")))
    assert (mesure.dedans, mesure.distance_m) == (dedans, distance_m)


def test_un_cote_de_quarante_kilometres_reste_droit_en_degres() -> None:
    """Straight between its ends in the projection, it would pass some thirty metres away."""
    large = polygone((1.0, 43.0), (1.5, 43.0), (1.5, 43.5), (1.0, 43.5), (1.0, 43.0))
    lieu = Lieu.en_degres(Decimal("1.25"), Decimal("43.51"))
    attendue = distance_independante(shape(large), lieu)
    assert 0 <= mesurer(large, lieu).distance_m - attendue < 1.1
