"""The lists of the dashboard leave as files, with the rows and the filters of their page (B56)."""

import csv
import io

import pytest
from django.urls import reverse

from pilotage import calcul
from referentiel.models import Role
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory

LISTES = ("tableau-etablissements", "tableau-offres", "comptes-orphelins")
pytestmark = pytest.mark.django_db


@pytest.fixture
def gestionnaire(client):
    RegionFactory()
    for departement, nom in (("77", "EHPAD TEST"), ("77", "SSIAD du Val"), ("75", "EHPAD Hors périmètre")):
        UOFactory(parent=EGFactory(nom=nom, departement=departement, groupe="MSS"), nom=f"Unité de {nom}")
    calcul.calculer_tout()
    personne = HabilitationFactory(structure=None, role=Role.GESTIONNAIRE, departements=["77"]).utilisateur
    client.force_login(personne)
    return personne


def exporter(client, liste: str, suite: str = "") -> list[list[str]]:
    reponse = client.get(reverse("export", args=[liste, "csv"]) + suite)
    assert reponse.status_code == 200
    return list(csv.reader(io.StringIO(reponse.getvalue().decode("utf-8-sig")), delimiter=";"))


@pytest.mark.exigence("B56")
@pytest.mark.parametrize(("liste", "attendus"), [(n, {"EHPAD TEST", "SSIAD du Val"}) for n in LISTES])
def test_the_file_has_the_rows_of_the_page_and_no_other(client, gestionnaire, liste, attendus):
    page = client.get(reverse(liste)).content.decode()
    assert reverse("export", args=[liste, "csv"]) in page
    entete, *lignes = exporter(client, liste)
    colonne = entete.index("Établissement")
    assert {ligne[colonne] for ligne in lignes} == attendus


@pytest.mark.exigence("B56")
def test_the_filters_of_the_page_are_those_of_the_file(client, gestionnaire):
    _, *toutes = exporter(client, "tableau-offres", "?filtre=non-verifiees&tri=nom")
    assert [ligne[0] for ligne in toutes] == ["Unité de EHPAD TEST", "Unité de SSIAD du Val"]
    _, *aucune = exporter(client, "tableau-etablissements", "?groupe=MCO&filtre=re12")
    assert {ligne[0] for ligne in aucune} <= {"EHPAD TEST", "SSIAD du Val"}  # a champ that is not hers is left out
    _, *trouves = exporter(client, "comptes-orphelins", "?q=ssiad")
    assert [ligne[0] for ligne in trouves] == ["SSIAD du Val"]


@pytest.mark.parametrize("liste", LISTES)
def test_who_does_not_open_the_page_gets_no_file(client, gestionnaire, liste):
    client.force_login(UtilisateurFactory())
    assert client.get(reverse("export", args=[liste, "csv"])).status_code == 403


@pytest.mark.parametrize("suite", ["?filtre=x&tri=%00&departement=999&manque=zz", "?q=" + "é" * 500, "?territoire=<>"])
def test_what_the_address_asks_wrongly_is_left_out(client, gestionnaire, suite):
    for liste in LISTES:
        assert client.get(reverse(liste) + suite).status_code == 200
        assert client.get(reverse("export", args=[liste, "csv"]) + suite).status_code == 200
