"""The country of the benchmarks is a right one: its tree, its details, its grants; the report says what it measured."""

import importlib
import pkgutil

import pytest
from django.db import connection

import bancs
from bancs import __main__ as lancement
from bancs import population
from bancs.mesures import Mesure, p50_p95
from referentiel import arbre, fiches
from referentiel.models import Habilitation, Structure


@pytest.mark.django_db(transaction=True)
def test_a_small_country_has_right_trees_and_is_made_once(monkeypatch):
    monkeypatch.setattr(population, "DROITS", {"undroit": 1, "mildroits": 40})
    taille = population.Taille(noeuds=1_000, ej=100, eg=200, hopitaux=3, association=20)
    assert population.peupler(taille) is not None
    assert arbre.verifier() == []
    par_niveau = {n: Structure.objects.filter(niveau=n).count() for n in ("EJ", "EG", "P", "S", "UF")}
    assert par_niveau == {"EJ": 100, "EG": 200, "P": 12, "S": 36, "UF": 72}
    assert all(fiches.detail_de(s).pk for s in Structure.objects.order_by("?")[:20])
    assert Habilitation.objects.count() == 41
    assert population.peupler(taille) is None
    with connection.cursor() as curseur:
        curseur.execute("SELECT nextval(pg_get_serial_sequence('referentiel_structure', 'id'))")
        assert curseur.fetchone()[0] == 1_001


def test_every_benchmark_can_be_called():
    modules = {m.name for m in pkgutil.iter_modules(bancs.__path__)}
    assert modules > lancement._OUTILS
    for nom in modules - lancement._OUTILS:
        assert callable(importlib.import_module(f"bancs.{nom}").mesurer), nom


def test_a_lost_budget_is_told():
    assert not Mesure("Déplier", 120.0, 20.0, budget=100).tenu
    assert "plancher 20 ms, 6.0 ×" in str(Mesure("Déplier", 120.0, 20.0, budget=100))
    assert "DÉPASSÉ" in str(Mesure("Déplier", 120.0, budget=100))
    assert Mesure("Vérifier", 1549.0).tenu
    assert str(Mesure("Vérifier", 1549.0)) == "Vérifier : 1 549 ms"


def test_centiles():
    assert p50_p95(range(101)) == (50, 95)
