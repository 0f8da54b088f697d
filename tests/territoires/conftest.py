"""Quartiers for the tests: six real ones of 2015 with their contours, and a list of 2024 derived from them.

`donnees/qpv_2015_extrait.geojson` is cut from the public file of the QPV of 2015 (Occitanie): four of its six contours
are invalid, as published.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Geod
from shapely.geometry import box, mapping, shape
from sqlalchemy import Engine
from sqlmodel import Session

from ami.geometrie import Lieu
from ami.imports_geojson import importer_contours
from tests.support.bases import base_postgres, base_sqlite

EXTRAIT = Path(__file__).parent / "donnees" / "qpv_2015_extrait.geojson"
GEODE = Geod(ellps="WGS84")
INVALIDES = {"QP031010", "QP066006", "QP065003", "QP082001"}


def entite(code: str) -> dict[str, Any]:
    """A feature of the extract, as published."""
    entites = json.loads(EXTRAIT.read_text(encoding="utf-8"))["features"]
    trouvee: dict[str, Any] = next(e for e in entites if e["properties"]["code_qp"] == code)
    return trouvee


def forme(code: str) -> Any:
    """The contour of a quartier of the extract, made valid."""
    return shapely.make_valid(shape(entite(code)["geometry"]))


def collection(*entites: dict[str, Any], **membres: Any) -> str:
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", **membres, "features": list(entites)}, ensure_ascii=False)


def quartier_2024(code: str, nom: str, geometrie: Any) -> dict[str, Any]:
    """A feature shaped as those of the official file of 2024."""
    proprietes = {
        "code_qp": code, "lib_qp": nom, "insee_reg": "76", "lib_reg": "Occitanie", "insee_dep": code[3:5],
        "lib_dep": "", "insee_com": "31555", "lib_com": "Toulouse", "siren_epci": "243100518",
    }  # fmt: skip
    return {"type": "Feature", "properties": proprietes, "geometry": mapping(geometrie)}


def moities(code: str) -> tuple[Any, Any]:
    """A contour cut in two along a meridian, the western part about two thirds of its width."""
    entiere = forme(code)
    ouest, sud, est, nord = entiere.bounds
    coupe = ouest + (est - ouest) * 2 / 3
    return entiere.intersection(box(ouest, sud, coupe, nord)), entiere.intersection(box(coupe, sud, est, nord))


def distance_independante(contour: Any, lieu: Lieu) -> float:
    """Geodesic distance to the nearest of the points set every five metres along the edge."""
    points = shapely.get_coordinates(shapely.segmentize(contour.boundary, 0.00005))
    x, y = ([valeur / 1_000_000] * len(points) for valeur in (lieu.longitude, lieu.latitude))
    return float(min(GEODE.inv(x, y, points[:, 0], points[:, 1])[2]))


@pytest.fixture
def extrait() -> Path:
    """The six quartiers of 2015."""
    return EXTRAIT


@pytest.fixture
def liste_2024(tmp_path: Path) -> Path:
    """Not a real list: DERIVED, for these tests, from the contours of 2015, under codes of the real form.

    Grand Mirail keeps its contour under a new code; Arènes is cut in two; Rois de Majorque loses its eastern third;
    Empalot is gone.
    """
    arenes_ouest, arenes_est = moities("QP031008")
    fichier = tmp_path / "qpv_2024_derive.geojson"
    fichier.write_text(
        collection(
            quartier_2024("QN03107I", "Grand Mirail", forme("QP031007")),
            quartier_2024("QN03108M", "Arènes", arenes_ouest),
            quartier_2024("QN03180N", "Cartoucherie", arenes_est),
            quartier_2024("QN06606M", "Rois De Majorque", moities("QP066006")[0]),
        ),
        encoding="utf-8",
    )
    return fichier


@pytest.fixture
def session_2015(session: Session, extrait: Path) -> Session:
    """A session where the six quartiers of 2015 are known with their contours."""
    importer_contours(session, extrait)
    return session


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def base_du_module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for a whole file of tests, on each kind: what is imported there is imported once."""
    with ExitStack() as pile:
        if request.param == "sqlite":
            dossier = tmp_path_factory.mktemp("territoires")
            yield pile.enter_context(base_sqlite(request.getfixturevalue("modele"), dossier))
        else:
            yield pile.enter_context(base_postgres(request.getfixturevalue("postgres")))


@pytest.fixture
def session_sqlite(engine_sqlite: Engine) -> Iterator[Session]:
    """A session on SQLite alone, for what no database could answer differently."""
    with Session(engine_sqlite) as session:
        yield session
