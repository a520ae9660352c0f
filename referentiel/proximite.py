"""Where a commune is: the official list has no position, its establishments have one (B25)."""

from django.db import connection

from .geographie import Point

ARRONDISSEMENTS = {
    "75056": [f"751{n:02}" for n in range(1, 21)],
    "69123": [f"6938{n}" for n in range(1, 10)],
    "13055": [f"132{n:02}" for n in range(1, 17)],
}
"""Paris, Lyon, Marseille: addresses there carry the code of an arrondissement."""


def centre_de_commune(code: str) -> Point | None:
    """Returns the middle of a commune: the median position of the establishments known there, None without any.

    The median is not moved by one address set wrongly.
    """
    with connection.cursor() as curseur:
        curseur.execute(_SQL_CENTRE, [ARRONDISSEMENTS.get(code, [code])])
        latitude, longitude = curseur.fetchone()
    return None if latitude is None else Point(round(latitude, 4), round(longitude, 4))


_SQL_CENTRE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude), percentile_cont(0.5) WITHIN GROUP (ORDER BY longitude)
FROM referentiel_ficherecherche
WHERE niveau = 'EG' AND commune = ANY(%s) AND latitude IS NOT NULL AND longitude IS NOT NULL
"""
