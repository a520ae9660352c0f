"""Coordinates given by FINESS, in degrees or in metres, to WGS84."""

from functools import cache

from pyproj import Transformer

from ..rapprochement import Position

_PROJECTIONS = {
    "LAMBERT_93": 2154,
    "UTM_N20": 5490,
    "UTM_N21": 4467,
    "UTM_N22": 2972,
    "UTM_S38": 4471,
    "UTM_S40": 2975,
}
"""Last token of `sourcecoordet` → EPSG (FINESS.md §1.1.2)."""

_PROJECTION_DU_DEPARTEMENT = {
    "971": "UTM_N20",
    "972": "UTM_N20",
    "973": "UTM_N22",
    "974": "UTM_S40",
    "975": "UTM_N21",
    "976": "UTM_S38",
    "977": "UTM_N20",
    "978": "UTM_N20",
}

_TERRITOIRES = (
    (41.2, 51.3, -5.5, 9.8),  # metropolis and Corsica
    (14.2, 18.3, -63.4, -60.7),  # Antilles
    (2.0, 6.0, -54.8, -51.4),  # Guyane
    (-21.6, -20.7, 55.0, 56.0),  # La Réunion
    (-13.2, -12.4, 44.8, 45.5),  # Mayotte
    (46.6, 47.3, -56.6, -56.0),  # Saint-Pierre-et-Miquelon
    (-14.5, -13.1, -178.3, -176.0),  # Wallis-et-Futuna
)
"""Latitude and longitude bounds in degrees."""


def depuis_projection(x: float, y: float, projection: str) -> Position | None:
    """WGS84 of a point in metres; None when the projection is unknown or the point outside any French territory."""
    code = _PROJECTIONS.get(projection)
    if code is None:
        return None
    longitude, latitude = _transformateur(code).transform(x, y)
    return _arrondir(latitude, longitude) if _francais(latitude, longitude) else None


def depuis_paire(a: float, b: float, departement: str) -> Position | None:
    """WGS84 of two numbers whose nature and order vary from record to record (FINESS+), told by their range."""
    for latitude, longitude in ((a, b), (b, a)):
        if _francais(latitude, longitude):
            return _arrondir(latitude, longitude)
    if abs(a) <= 180 and abs(b) <= 180:
        return None
    projection = _PROJECTION_DU_DEPARTEMENT.get(departement, "LAMBERT_93")
    return depuis_projection(a, b, projection) or depuis_projection(b, a, projection)


@cache
def _transformateur(code: int) -> Transformer:
    return Transformer.from_crs(code, 4326, always_xy=True)


def _francais(latitude: float, longitude: float) -> bool:
    return any(sud <= latitude <= nord and ouest <= longitude <= est for sud, nord, ouest, est in _TERRITOIRES)


def _arrondir(latitude: float, longitude: float) -> Position:
    """Six decimals, a tenth of a metre: what FINESS+ itself gives."""
    return round(latitude, 6), round(longitude, 6)
