"""Distances and boxes: pure, and as the database computes them (B25)."""

import math

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from referentiel.geographie import RAYON_TERRE_KM, Point, boite, dire_distance, distance_km
from referentiel.models import EntiteGeographique
from referentiel.proximite import centre_de_commune
from referentiel.recherche import Autour, Criteres, Facette, Tri
from referentiel.recherche.filtres import DISTANCE
from referentiel.recherche.index import reindexer
from referentiel.recherche.resultats import cles_des_resultats
from tests.fabriques import EGFactory, UtilisateurFactory

PARIS, LYON = Point(48.8566, 2.3522), Point(45.7640, 4.8357)
NOUMEA, WALLIS, SUVA = Point(-22.2758, 166.4580), Point(-13.2825, -176.1764), Point(-18.1248, 178.4501)

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("a", "b", "attendu"),
    [(PARIS, LYON, 391.5), (PARIS, PARIS, 0), (NOUMEA, WALLIS, 2110), (WALLIS, SUVA, 785), (PARIS, NOUMEA, 16_730)],
)
def test_known_distances(a, b, attendu):
    assert distance_km(a, b) == pytest.approx(attendu, rel=0.01)
    assert distance_km(b, a) == pytest.approx(distance_km(a, b))


@given(points, points, st.floats(0.1, 500))
@example(Point(0, 179.99), Point(0, -179.99), 5)
@example(Point(89.99, 0), Point(89.99, 180), 5)
@example(Point(-90, 0), Point(-89.9, 77), 20)
def test_the_box_holds_all_that_is_within_the_radius(centre, point, rayon):
    if distance_km(centre, point) <= rayon:
        assert boite(centre, rayon).contient(point)


@given(points, st.floats(0, 2 * math.pi), st.floats(0.1, 500))
def test_the_box_holds_the_edge_of_the_circle(centre, cap, rayon):
    angle, phi = rayon / RAYON_TERRE_KM, math.radians(centre.latitude)
    autre = math.asin(
        max(-1, min(1, math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(cap)))
    )
    ecart = math.atan2(
        math.sin(cap) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * math.sin(autre)
    )
    longitude = (centre.longitude + math.degrees(ecart) + 540) % 360 - 180
    assert boite(centre, rayon + 1e-3).contient(Point(math.degrees(autre), longitude))


def test_the_box_is_not_the_world():
    cadre = boite(PARIS, 10)
    assert cadre.contient(Point(48.90, 2.40))
    assert not cadre.contient(Point(49.0, 2.35))
    assert not cadre.contient(LYON)
    assert len(boite(WALLIS, 500).longitudes) == 2


@pytest.mark.parametrize(
    ("km", "texte"),
    [
        (None, ""),
        (0.0, "à 100\u00a0m"),
        (0.34, "à 300\u00a0m"),
        (0.94, "à 900\u00a0m"),
        (0.96, "à 1\u00a0km"),
        (3.24, "à 3,2\u00a0km"),
        (9.94, "à 9,9\u00a0km"),
        (9.96, "à 10\u00a0km"),
        (48.4, "à 48\u00a0km"),
    ],
)
def test_a_distance_is_said_no_more_precisely_than_it_is_known(km, texte):
    assert dire_distance(km) == texte


def placer(point: Point | None, commune: str = "77288") -> int:
    """An establishment there, as the search knows it. Returns its key."""
    eg = EGFactory()
    latitude, longitude = point or (None, None)
    EntiteGeographique.objects.filter(structure=eg).update(latitude=latitude, longitude=longitude, commune_cog=commune)
    reindexer([eg.pk])
    return eg.pk


def proches(centre: Point, rayon: int) -> dict[int, float]:
    """What a search finds around a point: key → kilometres."""
    personne = UtilisateurFactory(is_superuser=True)
    criteres = Criteres(autour=Autour(*centre, rayon), facettes={Facette.NIVEAU: ("EG",)}, tri=Tri.DISTANCE)
    return dict(cles_des_resultats(criteres, personne, 1000))


@pytest.mark.django_db
@pytest.mark.exigence("B25")
@pytest.mark.parametrize("centre", [PARIS, SUVA, Point(0, 180), Point(-89.9, 12)])
def test_the_database_measures_as_the_pure_rule_does(centre):
    lieux = (PARIS, LYON, NOUMEA, WALLIS, SUVA, Point(90, 0), Point(-PARIS.latitude, PARIS.longitude - 180), None)
    places = {placer(point): point for point in lieux}
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT structure_id, {DISTANCE} FROM referentiel_ficherecherche r"
            " WHERE structure_id = ANY(%(cles)s) AND latitude IS NOT NULL",
            {"cles": list(places), "latitude": centre.latitude, "longitude": centre.longitude},
        )
        mesures = dict(curseur.fetchall())
    assert len(mesures) == len(lieux) - 1
    for pk, km in mesures.items():
        assert km == pytest.approx(distance_km(centre, places[pk]), abs=1e-6)


@pytest.mark.django_db
@pytest.mark.exigence("B25")
def test_near_is_exact_and_crosses_the_antimeridian():
    paris, versailles, loin = placer(PARIS), placer(Point(48.8049, 2.1204)), placer(Point(48.95, 2.62))
    placer(None)
    suva, wallis = placer(SUVA), placer(WALLIS)
    assert list(proches(PARIS, 20)) == [paris, versailles]
    assert list(proches(PARIS, 50)) == [paris, versailles, loin]
    assert set(proches(WALLIS, 500)) == {wallis}
    assert set(proches(Point(-15.5, 180), 500)) == {suva, wallis}
    assert proches(PARIS, 20)[versailles] == pytest.approx(17.9, abs=0.2)


@pytest.mark.django_db
@pytest.mark.exigence("B25")
def test_the_middle_of_a_commune_is_that_of_its_establishments():
    placer(Point(48.54, 2.65))
    placer(Point(48.55, 2.66))
    placer(Point(48.53, 2.64))
    placer(Point(2.66, 48.54))  # latitude and longitude exchanged by the source
    placer(None)
    latitude, longitude = centre_de_commune("77288")
    assert latitude == pytest.approx(48.535, abs=0.01)
    assert longitude == pytest.approx(2.655, abs=0.01)
    assert centre_de_commune("01001") is None
    placer(Point(45.76, 4.83), "69381")
    assert centre_de_commune("69123") == Point(45.76, 4.83)
