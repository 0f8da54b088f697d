"""Measures on the contours of quartiers: inside or outside, metres to the edge, share in common, fingerprint.

How exact: the distance is taken in an azimuthal equidistant projection centred on the point (WGS84 ellipsoid), where
every distance from the point is the geodesic one; sides are first cut every hundred metres or so, so that one straight
in degrees stays so. The error is under a centimetre, and whole metres are given: outside rounded up, inside rounded
down, so that « 0 m, outside » never happens. What is not known better is the contour itself: published with four
decimals, it is true to about ten metres.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from math import ceil, cos, floor, hypot, radians
from typing import Any, Final

import shapely
from pyproj import Proj
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from shapely.geometry import shape

# PROJ can fetch correction grids by itself: never.
set_network_enabled(active=False)

MILLION: Final = 1_000_000
PAS_DES_COTES: Final = 0.001  # degrees: a hundred metres or so
METRES_PAR_DEGRE: Final = 110_574  # shortest degree of latitude on the ellipsoid: distances are never overestimated
MARGE: Final = 0.8  # the estimate of `au_moins` forgets that meridians converge


@dataclass(frozen=True)
class Lieu:
    """A place, in millionths of a degree (eleven centimetres), WGS84."""

    longitude: int
    latitude: int

    @classmethod
    def en_degres(cls, longitude: Decimal, latitude: Decimal) -> "Lieu":
        """From degrees, rounded to the millionth."""
        return cls(*(int((d * MILLION).quantize(Decimal(1), ROUND_HALF_EVEN)) for d in (longitude, latitude)))

    def __str__(self) -> str:
        """« 1,401200 ; 43,578900 » : longitude, then latitude."""
        return " ; ".join(f"{Decimal(d) / MILLION:.6f}".replace(".", ",") for d in (self.longitude, self.latitude))


@dataclass(frozen=True)
class Bornes:
    """The box around a contour, in millionths of a degree, rounded outwards."""

    ouest: int
    sud: int
    est: int
    nord: int


@dataclass(frozen=True)
class Mesure:
    """Where a point is with regard to a contour: on the edge counts as inside; metres to the edge in both cases."""

    dedans: bool
    distance_m: int


def bornes_de(contour: Mapping[str, Any]) -> Bornes:
    """The box around a contour."""
    ouest, sud, est, nord = shape(contour).bounds
    return Bornes(floor(ouest * MILLION), floor(sud * MILLION), ceil(est * MILLION), ceil(nord * MILLION))


def mesurer(contour: Mapping[str, Any], lieu: Lieu) -> Mesure:
    """Inside or not, and the distance to the nearest edge (see the head of this module for how exact it is)."""
    forme = shape(contour)
    longitude, latitude = lieu.longitude / MILLION, lieu.latitude / MILLION
    dedans = bool(forme.covers(shapely.Point(longitude, latitude)))
    plan = Proj(proj="aeqd", lon_0=longitude, lat_0=latitude, datum="WGS84")
    bord = shapely.transform(shapely.segmentize(forme.boundary, PAS_DES_COTES), plan, interleaved=False)
    metres = shapely.Point(0, 0).distance(bord)
    return Mesure(dedans, floor(metres) if dedans else ceil(metres))


def au_moins(bornes: Bornes, lieu: Lieu) -> int:
    """Metres that surely part a place from all that is in a box; 0 inside it. Quick: it spares reading a contour."""
    ecart_x = max(bornes.ouest - lieu.longitude, lieu.longitude - bornes.est, 0) / MILLION
    ecart_y = max(bornes.sud - lieu.latitude, lieu.latitude - bornes.nord, 0) / MILLION
    extreme = max(abs(lieu.latitude), abs(bornes.sud), abs(bornes.nord)) / MILLION
    return floor(MARGE * METRES_PAR_DEGRE * hypot(ecart_x * cos(radians(extreme)), ecart_y))


def part_commune(ancien: Mapping[str, Any], nouveau: Mapping[str, Any]) -> int:
    """How much of a contour another one covers, in whole per cent.

    Areas are taken in degrees: across a few kilometres the scale is the same for both, and only their ratio is used.
    """
    forme = shape(ancien)
    part: int = round(100 * forme.intersection(shape(nouveau)).area / forme.area)
    return part


def empreinte(contour: Mapping[str, Any]) -> str:
    """SHA-256 of a contour, whatever the order in which its rings and vertices are written."""
    forme = shapely.normalize(shape(contour))
    return sha256(shapely.to_wkb(forme, byte_order=1)).hexdigest()
