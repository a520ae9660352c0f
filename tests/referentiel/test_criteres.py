"""The address of a search: read with tolerance, written back the same (B23)."""

from datetime import datetime

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referentiel.recherche import Autour, Cible, Criteres, Facette, Tri


def lus(adresse: str) -> Criteres:
    return Criteres.depuis(QueryDict(adresse))


@pytest.mark.exigence("B23")
def test_the_address_is_the_whole_state_and_comes_back_the_same():
    criteres = Criteres(
        cible=Cible.COMPETENCE,
        texte="accueil de jour",
        exact=True,
        facettes={Facette.GROUPE: ("MCO", "MSS"), Facette.DEPARTEMENT: ("2A",)},
        fermees=True,
        ouvert_le=datetime.fromisoformat("2026-11-28T14:30"),
        autour=Autour(48.858, 2.294, 20),
        tri=Tri.DISTANCE,
        page=3,
    )
    assert lus(criteres.adresse()) == criteres
    assert lus("").adresse() == ""
    assert lus("").vides


@pytest.mark.parametrize(
    "adresse",
    [
        "cible=n'importe&tri=%00&page=-1&km=abc&lat=1&lon=x",
        "lat=nan&lon=2&km=5",
        "lat=91&lon=2",
        "commune=abcde&km=5",
        "le=demain&page=99999999999999999999",
        "le=2026-11-28T14:00%2B01:00",
        "groupe=%27%3B--&groupe=&niveau=" + "x" * 300,
    ],
)
def test_what_is_unreadable_is_left_out(adresse):
    criteres = lus(adresse)
    assert criteres.vides
    assert criteres.page in (1, 400)


def test_oversized_input_is_cut():
    assert len(lus("q=" + "x" * 5000).texte) == 200
    assert len(lus("&".join(f"departement={n:03d}" for n in range(500))).facettes[Facette.DEPARTEMENT]) == 40


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["q", "cible", "km", "lat", "lon", "page", "ouvert", "le", "groupe", "commune"]),
        st.text(max_size=40),
    )
)
def test_any_address_is_read_and_reads_the_same_once_written(parametres):
    requete = QueryDict(mutable=True)
    requete.update(parametres)
    criteres = Criteres.depuis(requete)
    assert lus(criteres.adresse()) == criteres


def test_a_filter_is_taken_away_alone():
    criteres = lus("q=ehpad&groupe=MCO&groupe=MSS&departement=77&page=4")
    assert criteres.sans_valeur(Facette.GROUPE, "MCO").adresse() == "q=ehpad&groupe=MSS&departement=77"
    assert criteres.sans_facette(Facette.GROUPE).adresse() == "q=ehpad&departement=77"
