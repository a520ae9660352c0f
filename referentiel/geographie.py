"""Points on the Earth: how far apart, what may be within a radius, how a distance is said (pure).

Two steps, as the database does them: a box of latitudes and longitudes that an index answers, then the exact great
circle. Both hold across the antimeridian (Wallis-et-Futuna, Nouvelle-Calédonie) and near the poles.
"""

from math import asin, cos, degrees, pi, radians, sin, sqrt
from typing import NamedTuple

RAYON_TERRE_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

INSECABLE = "\u00a0"


class Point(NamedTuple):
    """WGS84 degrees."""

    latitude: float
    longitude: float


class Boite(NamedTuple):
    """All the points within a radius are in it, and a few others.

    Attributes:
        sud, nord: latitudes.
        longitudes: one interval from west to east, or two when the antimeridian is between.
    """

    sud: float
    nord: float
    longitudes: tuple[tuple[float, float], ...]

    def contient(self, point: Point) -> bool:
        """Tells whether a point is in the box."""
        return self.sud <= point.latitude <= self.nord and any(
            ouest <= point.longitude <= est for ouest, est in self.longitudes
        )


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Returns the great-circle distance between two (latitude, longitude), by the haversine formula."""
    (phi_a, lambda_a), (phi_b, lambda_b) = ((radians(p[0]), radians(p[1])) for p in (a, b))
    h = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin((lambda_b - lambda_a) / 2) ** 2
    return 2 * RAYON_TERRE_KM * asin(min(1.0, sqrt(h)))


def boite(centre: Point, rayon_km: float) -> Boite:
    """Returns the box around a point; it holds every point at `rayon_km` or less."""
    angle = rayon_km / RAYON_TERRE_KM + 1e-9
    sud, nord = centre.latitude - degrees(angle), centre.latitude + degrees(angle)
    if sud <= -90 or nord >= 90 or angle >= pi / 2:
        return Boite(max(sud, -90.0), min(nord, 90.0), ((-180.0, 180.0),))
    largeur = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.latitude)))))
    ouest, est = centre.longitude - largeur, centre.longitude + largeur
    if ouest < -180:
        return Boite(sud, nord, ((ouest + 360, 180.0), (-180.0, est)))
    if est > 180:
        return Boite(sud, nord, ((ouest, 180.0), (-180.0, est - 360)))
    return Boite(sud, nord, ((ouest, est),))


def dire_distance(km: float | None) -> str:
    """« à 300 m », « à 3,2 km », « à 48 km »: no more precise than the positions are; empty without one."""
    if km is None:
        return ""
    if km < 0.95:
        return f"à {max(100, round(km * 10) * 100)}{INSECABLE}m"
    if km < 9.95:
        return f"à {km:.1f}".replace(".", ",").removesuffix(",0") + f"{INSECABLE}km"
    return f"à {round(km)}{INSECABLE}km"
