"""Near a point, in the database: a box that an index answers, then the great circle, in core functions (B25)."""

from django.db import connection
from django.db.models import Case, Expression, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from .geographie import RAYON_TERRE_KM, Point, boite

ARRONDISSEMENTS = {
    "75056": [f"751{n:02}" for n in range(1, 21)],
    "69123": [f"6938{n}" for n in range(1, 10)],
    "13055": [f"132{n:02}" for n in range(1, 17)],
}
"""Paris, Lyon, Marseille: addresses there carry the code of an arrondissement."""


def distance_de(point: Point, *, latitude: str = "latitude", longitude: str = "longitude") -> Expression:
    """Returns the great-circle distance in kilometres from `point` to the position of each row, as an expression.

    Args:
        point: from where.
        latitude, longitude: the columns; a row without position has no distance.
    """
    phi, autre_phi = Radians(Value(point.latitude)), Radians(F(latitude))
    ecart_phi = (autre_phi - phi) / Value(2.0)
    ecart_lambda = (Radians(F(longitude)) - Radians(Value(point.longitude))) / Value(2.0)
    h = Power(Sin(ecart_phi), 2) + Cos(phi) * Cos(autre_phi) * Power(Sin(ecart_lambda), 2)
    # Rounding may pass 1, which asin refuses; LEAST alone would take 1 for a position that is missing.
    distance = Value(2 * RAYON_TERRE_KM) * ASin(Least(Value(1.0), Sqrt(h)))
    connue = {f"{latitude}__isnull": False, f"{longitude}__isnull": False}
    return Case(When(**connue, then=distance), default=None, output_field=FloatField())


def autour(
    lignes: QuerySet, point: Point, rayon_km: float, *, latitude: str = "latitude", longitude: str = "longitude"
) -> QuerySet:
    """Keeps the rows at `rayon_km` or less of `point`, with `distance_km`; the box first, for the index.

    Args:
        lignes: the rows.
        point: from where.
        rayon_km: how far.
        latitude, longitude: the columns of their position.
    """
    return (
        lignes.filter(dans_la_boite(point, rayon_km, latitude=latitude, longitude=longitude))
        .annotate(distance_km=distance_de(point, latitude=latitude, longitude=longitude))
        .filter(distance_km__lte=rayon_km)
    )


def dans_la_boite(point: Point, rayon_km: float, *, latitude: str = "latitude", longitude: str = "longitude") -> Q:
    """Returns the condition on the columns alone: what may be within the radius."""
    cadre = boite(point, rayon_km)
    bandes = Q()
    for ouest, est in cadre.longitudes:
        bandes |= Q(**{f"{longitude}__gte": ouest, f"{longitude}__lte": est})
    return Q(**{f"{latitude}__gte": cadre.sud, f"{latitude}__lte": cadre.nord}) & bandes


def centre_de_commune(code: str) -> Point | None:
    """Returns the middle of a commune: the median position of the establishments known there, None without any.

    The official list of communes has no position; the median is not moved by one address set wrongly.
    """
    with connection.cursor() as curseur:
        curseur.execute(_SQL_CENTRE, [ARRONDISSEMENTS.get(code, [code])])
        latitude, longitude = curseur.fetchone()
    return None if latitude is None else Point(round(latitude, 4), round(longitude, 4))


_SQL_CENTRE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude), percentile_cont(0.5) WITHIN GROUP (ORDER BY longitude)
FROM referentiel_entitegeographique
WHERE commune_cog = ANY(%s) AND latitude IS NOT NULL AND longitude IS NOT NULL
"""
