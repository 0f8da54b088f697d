"""The whole public list of 2015 of a region, 105 quartiers: imported, repaired, every quartier found by a point."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from shapely.geometry import shape
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.geometrie import Lieu
from ami.imports import importer
from ami.imports_geojson import RapportContours, importer_contours
from ami.imports_rapport import RapportImport
from ami.models import Territoire
from ami.territoires import situer, situer_point
from tests.support.donnees import donnee_partagee

from .conftest import distance_independante

MAINTENANT = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


@dataclass
class Liste:
    """The list once imported: in a session, with its contours and the accounts of the imports."""

    session: Session
    rapports: list[RapportImport] = field(default_factory=list)

    def quartiers(self) -> list[tuple[Territoire, Any]]:
        return [(quartier, shape(quartier.contour)) for quartier in self.session.exec(select(Territoire)).all()]


@pytest.fixture(scope="module")
def liste(base_du_module: Engine) -> Iterator[Liste]:
    """CSV, then GeoJSON, then both again."""
    csv, geojson = donnee_partagee("qpv_2015_occitanie.csv"), donnee_partagee("qpv_2015_occitanie.geojson")
    with Session(base_du_module) as session:
        liste = Liste(session)
        for _ in range(2):
            liste.rapports.append(importer(session, "territoires", csv, maintenant=MAINTENANT))
            liste.rapports.append(importer_contours(session, geojson))
            session.commit()
        yield liste


def lieu(x: float, y: float) -> Lieu:
    return Lieu.en_degres(Decimal(str(x)), Decimal(str(y)))


def test_la_liste_puis_ses_contours_completent_les_memes_lignes_et_rien_ne_change_ensuite(liste: Liste) -> None:
    comptes = [(r.lues, r.crees, r.mis_a_jour, r.inchanges, r.refusees) for r in liste.rapports]
    assert comptes == [(105, 105, 0, 0, 0), (105, 0, 105, 0, 0), (105, 0, 0, 105, 0), (105, 0, 0, 105, 0)]
    assert all(contour.is_valid for _, contour in liste.quartiers())


def test_les_trente_deux_contours_invalides_sont_repares_et_dits(liste: Liste) -> None:
    premier, second = (rapport for rapport in liste.rapports if isinstance(rapport, RapportContours))
    assert len({reparee.code for reparee in premier.reparations}) == len(premier.reparations) == 32
    assert (second.reparations, second.remplaces) == (premier.reparations, [])
    variations = {r.code: r.reparation.variation for r in premier.reparations}
    changees = {code: variation for code, variation in variations.items() if variation}
    assert changees == {"QP030003": Decimal("0.004"), "QP066006": Decimal("0.015"), "QP030010": Decimal("0.002")}


def test_un_point_de_chacun_des_quartiers_y_est_trouve_a_la_bonne_distance_du_bord(liste: Liste) -> None:
    for quartier, contour in liste.quartiers():
        point = contour.representative_point()
        ou = lieu(point.x, point.y)
        trouves = situer_point(liste.session, ou).dedans
        assert [situation.quartier.code for situation in trouves] == [quartier.code]
        assert -1.1 < trouves[0].mesure.distance_m - distance_independante(contour, ou) < 0.1


def test_un_point_hors_de_chacun_des_quartiers_en_est_dit_dehors_a_la_bonne_distance(liste: Liste) -> None:
    for rang, (quartier, contour) in enumerate(liste.quartiers()):
        ouest, _, _, nord = contour.bounds
        ou = lieu(ouest - 0.0007 * (rang % 40 + 1), nord + 0.0001 * rang)
        trouve = situer(liste.session, quartier, ou)
        assert trouve is not None
        assert not trouve.mesure.dedans
        assert -0.1 < trouve.mesure.distance_m - distance_independante(contour, ou) < 1.1


@pytest.mark.parametrize(("x", "y"), [(1.44, 43.6), (3.1, 43.3), (2.9, 42.69), (0.5, 44.5), (-1.5, 48.1)])
def test_hors_de_tout_quartier_le_plus_proche_est_bien_le_plus_proche(liste: Liste, x: float, y: float) -> None:
    ou = lieu(x, y)
    position = situer_point(liste.session, ou)
    assert (position.dedans, position.contours) == ([], 105)
    assert position.proche is not None
    distances = {quartier.code: distance_independante(contour, ou) for quartier, contour in liste.quartiers()}
    assert position.proche.quartier.code == min(distances, key=lambda code: distances[code])
    assert -0.1 < position.proche.mesure.distance_m - min(distances.values()) < 1.1
