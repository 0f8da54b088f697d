"""A contour as a file gives it, made fit to keep: reprojected, repaired and said so, or refused with what to do.

Contours in official files are often invalid (a side that crosses another, a spike without width). They are repaired by
`make_valid`, keeping only what has an area; nothing is moved. What cannot be a quartier of France is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.validation import explain_validity

SURFACIQUES: Final = {"Polygon": 3, "MultiPolygon": 4}  # levels of brackets around the numbers
# Bounds beyond which nothing French lies, in degrees: west, south, east, north.
METROPOLE: Final = "métropole"
EMPRISES: Final[dict[str, tuple[float, float, float, float]]] = {
    METROPOLE: (-5.3, 41.2, 9.7, 51.2),
    "Guadeloupe": (-61.9, 15.7, -60.9, 16.6),
    "Martinique": (-61.3, 14.3, -60.7, 15.0),
    "Guyane": (-54.7, 2.0, -51.5, 6.0),
    "La Réunion": (55.1, -21.5, 55.9, -20.8),
    "Saint-Pierre-et-Miquelon": (-56.6, 46.6, -56.0, 47.3),
    "Mayotte": (44.9, -13.2, 45.4, -12.5),
    "Saint-Barthélemy et Saint-Martin": (-63.2, 17.8, -62.7, 18.2),
    "Wallis-et-Futuna": (-178.3, -14.5, -176.0, -13.0),
    "Polynésie française": (-154.9, -28.0, -134.0, -7.7),
    "Nouvelle-Calédonie": (163.4, -22.9, 168.3, -19.3),
}
_EMPRISE_DU_DEPARTEMENT: Final = {
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "975": "Saint-Pierre-et-Miquelon",
    "976": "Mayotte",
    "977": "Saint-Barthélemy et Saint-Martin",
    "978": "Saint-Barthélemy et Saint-Martin",
    "986": "Wallis-et-Futuna",
    "987": "Polynésie française",
    "988": "Nouvelle-Calédonie",
}
LARGEUR_MAX: Final = 1  # degrees; the widest quartiers are under a tenth of that
LAMBERT_93: Final = (99_000, 6_000_000, 1_300_000, 7_200_000)  # metres
_NOM_CRS: Final = re.compile(r"^(?:urn:ogc:def:crs:)?(EPSG|OGC):(?:[\d.]*:)?(\w{1,10})$", re.ASCII | re.IGNORECASE)
_RAISONS: Final[dict[str, str]] = {
    "Self-intersection": "deux côtés se croisent",
    "Ring Self-intersection": "le tracé repasse par un même point",
    "Hole lies outside shell": "un trou est hors du contour",
    "Holes are nested": "un trou est dans un autre",
    "Interior is disconnected": "un trou coupe le contour en deux",
    "Nested shells": "une partie est dans une autre",
    "Duplicate Rings": "une partie est écrite deux fois",
    "Too few points in geometry component": "une partie n'a pas assez de sommets",
}
_OU: Final = re.compile(r"^(?P<raison>[^\[]+)\[(?P<x>\S+) (?P<y>\S+)\]$")
WGS84_REMEDE: Final = "Réexportez le fichier en WGS84 (EPSG:4326), longitude puis latitude."


class ContourRefuse(Exception):
    """A contour that cannot be kept: why, and what to do."""

    def __init__(self, raison: str, remede: str) -> None:
        super().__init__(raison)
        self.raison = raison
        self.remede = remede


@dataclass(frozen=True)
class Reparation:
    """What was wrong with a contour, and how its area changed (per cent; None when it had none before)."""

    defaut: str
    variation: Decimal | None
    retire: bool  # parts without any area were dropped

    def __str__(self) -> str:
        """One line for the report."""
        return f"{self.raison} ; {self.surface}"

    @property
    def raison(self) -> str:
        """What was wrong, where, and what was taken away."""
        return self.defaut + (" (lignes sans épaisseur retirées)" if self.retire else "")

    @property
    def surface(self) -> str:
        """The change of area, in words."""
        if self.variation is None:
            return "surface incalculable avant réparation"
        if self.variation == 0:
            return "surface inchangée (à 0,001 % près)"
        return f"surface {self.variation:+.3f} %".replace(".", ",")


@dataclass(frozen=True)
class Contour:
    """A contour fit to keep: GeoJSON, valid, WGS84; `reparation` when it was not valid as it came."""

    geojson: dict[str, Any]
    reparation: Reparation | None


def transformation(nom: str | None) -> Transformer | None:
    """How to bring coordinates to WGS84 from the system a file's `crs` names; None when they already are.

    Raises `ContourRefuse` when the name is not that of a known system.
    """
    if nom is None:
        return None
    lu = _NOM_CRS.match(nom.strip())
    try:
        systeme = CRS.from_authority(lu[1].upper(), lu[2].upper()) if lu else None
    except CRSError:
        systeme = None
    if systeme is None:
        raise ContourRefuse(f"Le système de coordonnées « {nom[:80]} » est inconnu.", WGS84_REMEDE)
    wgs84 = CRS.from_authority("OGC", "CRS84")
    if systeme == wgs84 or systeme.to_epsg() == 4326:
        return None
    return Transformer.from_crs(systeme, wgs84, always_xy=True)


def preparer(geometrie: object, departement: str, vers_wgs84: Transformer | None) -> Contour:
    """Make the contour of a quartier of that département fit to keep.

    Raises `ContourRefuse` when it is absent, no polygon, empty, unreadable, or not where that département is.
    """
    forme = _lire(geometrie)
    if vers_wgs84 is not None:
        forme = shapely.transform(forme, vers_wgs84.transform, interleaved=False)
    _controler_emprise(tuple(forme.bounds), departement)
    reparee, reparation = _reparer(forme)
    return Contour(_en_geojson(reparee), reparation)


def dans_une_emprise(x: float, y: float) -> str | None:
    """The part of France a longitude and a latitude fall in (its box), or None."""
    return _emprise_de((x, y, x, y))


def _lire(geometrie: object) -> Any:
    if geometrie is None:
        raise ContourRefuse("Ce quartier n'a pas de contour.", "Retirez-le, ou importez sa liste en CSV.")
    membres = geometrie if isinstance(geometrie, Mapping) else {}
    genre = str(membres.get("type"))
    if genre not in SURFACIQUES:
        raise ContourRefuse(
            f"Un contour est un polygone ; celui-ci est de type « {genre[:40]} ».",
            "Exportez les quartiers en polygones, pas en points ni en lignes.",
        )
    try:
        if _trop_profond(membres["coordinates"], SURFACIQUES[genre]):
            raise ValueError("brackets within brackets")  # the library would follow them until the stack is full
        forme = shapely.force_2d(shape(membres))
    except (GEOSException, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError) as erreur:
        raise ContourRefuse("Les coordonnées de ce contour sont illisibles.", "Réexportez le fichier.") from erreur
    if forme.is_empty:
        raise ContourRefuse("Ce contour est vide.", "Réexportez le fichier, ou retirez ce quartier.")
    return forme


def _trop_profond(coordonnees: object, niveaux: int) -> bool:
    if not isinstance(coordonnees, list | tuple):
        return False
    return niveaux == 0 or any(_trop_profond(element, niveaux - 1) for element in coordonnees)


def _controler_emprise(bornes: tuple[float, ...], departement: str) -> None:
    attendue = _EMPRISE_DU_DEPARTEMENT.get(departement, METROPOLE)
    ouest, sud, est, nord = bornes
    if _contenu(bornes, EMPRISES[attendue]):
        if max(est - ouest, nord - sud) > LARGEUR_MAX:
            raise ContourRefuse("Ce contour est bien trop étendu pour un quartier.", "Vérifiez ses coordonnées.")
        return
    ailleurs = _emprise_de(bornes)
    if ailleurs is not None:
        raise ContourRefuse(
            f"Ce contour est ailleurs ({ailleurs}) : le code est celui du département {departement}.",
            "Vérifiez que le code et le contour vont ensemble.",
        )
    if _emprise_de((sud, ouest, nord, est)) is not None:
        raise ContourRefuse("La latitude est écrite avant la longitude.", WGS84_REMEDE)
    if _contenu(bornes, LAMBERT_93):
        remede = f"{WGS84_REMEDE} Ou faites dire au fichier, par son membre « crs », qu'il est en EPSG:2154."
        raise ContourRefuse("Les coordonnées sont en Lambert-93 (mètres), pas en degrés.", remede)
    if not _contenu(bornes, (-180, -90, 180, 90)):
        raise ContourRefuse("Les coordonnées ne sont pas en degrés.", WGS84_REMEDE)
    raise ContourRefuse("Ce contour est hors de France.", f"Vérifiez ses coordonnées. {WGS84_REMEDE}")


def _emprise_de(bornes: tuple[float, ...]) -> str | None:
    return next((nom for nom, emprise in EMPRISES.items() if _contenu(bornes, emprise)), None)


def _contenu(bornes: tuple[float, ...], emprise: tuple[float, ...]) -> bool:
    # Written so that a NaN, which compares as false, is outside.
    return bornes[0] >= emprise[0] and bornes[1] >= emprise[1] and bornes[2] <= emprise[2] and bornes[3] <= emprise[3]


def _reparer(forme: Any) -> tuple[Any, Reparation | None]:
    """The valid equivalent of a shape, and what was done; an already valid one is left as it is."""
    if forme.is_valid:
        return forme, None
    reparee = shapely.make_valid(forme)
    surfaces = [partie for partie in _parties(reparee) if partie.geom_type == "Polygon" and partie.area > 0]
    if not surfaces:
        raise ContourRefuse(
            f"Ce contour n'entoure aucune surface : {_defaut(forme)}.", "Demandez un autre fichier, ou retirez-le."
        )
    propre = surfaces[0] if len(surfaces) == 1 else shapely.MultiPolygon(surfaces)
    retire = any(partie.geom_type != "Polygon" for partie in _parties(reparee))
    return propre, Reparation(_defaut(forme), _variation(forme.area, propre.area), retire)


def _parties(forme: Any) -> list[Any]:
    """The simple shapes a shape is made of, at any depth."""
    return [p for partie in forme.geoms for p in _parties(partie)] if hasattr(forme, "geoms") else [forme]


def _variation(avant: float, apres: float) -> Decimal | None:
    """In per cent, to the thousandth; degrees are as good as metres for a ratio at one place."""
    if avant == 0:
        return None
    return round(Decimal(100 * (apres - avant) / avant), 3)


def _defaut(forme: Any) -> str:
    """Why a shape is not valid, and where, in French."""
    explication = str(explain_validity(forme))
    lu = _OU.match(explication)
    if lu is None:
        return _RAISONS.get(explication.strip(), "le tracé n'est pas valide")
    raison = _RAISONS.get(lu["raison"].strip(), "le tracé n'est pas valide")
    x, y = (f"{Decimal(lu[axe]):.5f}".replace(".", ",") for axe in ("x", "y"))
    return f"{raison} en {x} ; {y}"


def _en_geojson(forme: Any) -> dict[str, Any]:
    """As the database keeps it: lists, in an order that does not depend on how the file wrote it."""
    normale = shapely.normalize(forme)
    parties = [_anneaux(partie) for partie in _parties(normale)]
    if len(parties) == 1:
        return {"type": "Polygon", "coordinates": parties[0]}
    return {"type": "MultiPolygon", "coordinates": parties}


def _anneaux(polygone: Any) -> list[list[list[float]]]:
    return [[[x, y] for x, y in anneau.coords] for anneau in (polygone.exterior, *polygone.interiors)]
