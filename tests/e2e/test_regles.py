"""The national rules and the corrections of FINESS values in a real browser: in place, accessible, at 390 pixels."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from referentiel.models import EntiteGeographique, Structure
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, RegionFactory, UFFactory, UOFactory, code

from .accessibilite import violations_axe
from .navigation import attendre_calme

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]
SIRET, AUTRE_SIRET = "73282932000074", "44306184100047"


@pytest.fixture
def etablissement() -> Structure:
    RegionFactory()
    for liste, valeur, libelle in (
        ("JDV_J17", "089", "Médecine pénitentiaire"),
        ("JDV_J17", "157", "Urgences polyvalentes hospitalières"),
        ("JDV_J19", "33", "Accueil des urgences"),
        ("JDV_J37", "a", "année"),
    ):
        code(liste, valeur, libelle)
    eg = EGFactory(nom="CH de Valmont", groupe="MCO")
    EntiteGeographique.objects.filter(structure=eg).update(
        siret=SIRET,
        categorie="355",
        numero_voie="12",
        libelle_voie="rue des Tilleuls",
        code_postal="77990",
        localite="Valmont-sur-Lys",
        finess_recu_le=date(2026, 11, 12),
    )
    return eg


@pytest.fixture
def offre(etablissement) -> Structure:
    return UOFactory(parent=UFFactory(parent=PoleFactory(parent=etablissement)), nom="Unité d’accueil", groupe="MCO")


def entrer(page: Page, live_server: LiveServer, client, personne) -> None:
    # Nothing of the former person is still on its way when her session ends: her page is whole, then left.
    attendre_calme(page)
    page.goto("about:blank")
    client.force_login(personne)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


@pytest.mark.exigence("B31")
def test_a_rule_about_two_sections_is_answered_in_one(page: Page, live_server, client, offre, anomalies):
    anomalies.statuts_admis.add(422)
    entrer(page, live_server, client, HabilitationFactory(structure=offre).utilisateur)
    page.goto(f"/ror/fiche/{offre.pk}/")
    activites = page.locator("#activites")
    activites.get_by_role("link", name="Modifier").click()
    activites.get_by_text("Sélectionnez").click()
    activites.get_by_label("Médecine pénitentiaire").check()
    activites.get_by_role("button", name="Ajouter").click()
    expect(activites.get_by_role("button", name="Retirer Médecine pénitentiaire")).to_be_visible()
    activites.get_by_role("button", name="Enregistrer").last.click()
    expect(activites.get_by_label("Unité sensible")).to_be_visible()
    expect(activites.get_by_role("button", name="Retirer Médecine pénitentiaire")).to_be_visible()
    assert violations_axe(page) == []
    activites.get_by_label("Unité sensible").select_option(label="Oui")
    activites.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("Activités opérationnelles : enregistré, non diffusé.")).to_be_visible()
    informations = page.locator("#informations")
    informations.get_by_role("link", name="Modifier").click()
    informations.get_by_label("Mode de prise en charge").select_option(label="Accueil des urgences")
    informations.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("Informations générales : enregistré, non diffusé.")).to_be_visible()
    activites.get_by_role("link", name="Modifier").click()
    activites.get_by_text("Sélectionnez").click()
    activites.get_by_label("Urgences polyvalentes hospitalières").check()
    activites.get_by_role("button", name="Ajouter").click()
    expect(activites.get_by_role("button", name="Retirer Urgences polyvalentes hospitalières")).to_be_visible()
    activites.get_by_role("button", name="Enregistrer").last.click()
    expect(page.locator("#suivi").get_by_text("1 point à vérifier")).to_be_visible()
    assert violations_axe(page) == []
    page.locator("#suivi").get_by_role("link", name="Aller au champ « Nom »").click()
    expect(page.locator("#id_nom")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/ror/fiche/{offre.pk}/valider/")
    expect(page.locator("#regles").get_by_text("Cette offre accueille des urgences")).to_be_visible()
    assert violations_axe(page) == []
    page.goto(f"/ror/fiche/{etablissement_de(offre)}/")
    assert violations_axe(page) == []


def etablissement_de(offre: Structure) -> int:
    return offre.get_ancestors().get(niveau="EG").pk


@pytest.mark.exigence("S91", "S93")
def test_asked_by_one_applied_by_the_other(page: Page, live_server, client, etablissement):
    entrer(page, live_server, client, HabilitationFactory(structure=etablissement).utilisateur)
    page.goto(f"/ror/fiche/{etablissement.pk}/")
    for champ, libelle, valeur in (("SIRET", "Valeur proposée", AUTRE_SIRET), ("Adresse", "N° de voie", "14")):
        page.get_by_role("link", name=f"Demander une correction : {champ}").click()
        page.get_by_label(libelle).fill(valeur)
        assert violations_axe(page) == []
        page.get_by_role("button", name="Envoyer la demande").click()
        expect(page.get_by_text("Votre demande est envoyée au support")).to_be_visible()
    entrer(page, live_server, client, HabilitationFactory(structure=None, role="support").utilisateur)
    page.goto("/ror/demandes-de-correction/")
    assert violations_axe(page) == []
    page.get_by_role("link", name="Répondre : CH de Valmont, SIRET").click()
    expect(page.get_by_role("button", name="Sans suite")).to_be_visible()
    page.get_by_text("Appliquer autrement").click()
    assert violations_axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Appliquer : CH de Valmont, SIRET").click()
    expect(page.get_by_text("réponse envoyée à")).to_be_visible()
    page.goto(f"/ror/fiche/{etablissement.pk}/")
    expect(page.locator("#administratives").get_by_text("443 061 841 00047")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/ror/demandes-de-correction/")
    assert violations_axe(page) == []
