"""The dashboard and the completeness in a real browser: accessible, narrow, by the keyboard, without script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from pilotage import calcul
from referentiel.models import Role, Structure
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, RegionFactory, UFFactory, UOFactory, code

from .accessibilite import violations_axe
from .navigation import ouvrir_contexte
from .test_comptes import deborde, ouvrir_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]


@pytest.fixture
def region() -> Structure:
    """Two départements, two champs, offers re-read and not; the figures are computed. Returns an offer."""
    RegionFactory()
    for liste, valeur in (("JDV_J37", "a"), ("JDV_J222", "2"), ("JDV_J225", "2"), ("JDV_J29", "01")):
        code(liste, valeur)
    eg, hopital = EGFactory(nom="EHPAD Les Tilleuls"), EGFactory(nom="CH de Valmont", groupe="MCO", departement="91")
    uf = UFFactory(parent=PoleFactory(parent=hopital, departement="91"), departement="91")
    offres = [UOFactory(parent=eg, nom="Unité d’hébergement"), UOFactory(parent=uf, nom="Unité de cardiologie")]
    offres[1].unite.relue_le = timezone.now() - timedelta(days=3)
    offres[1].unite.save()
    calcul.calculer_tout()
    return offres[0]


PAGES = (
    "/ror/tableau-de-bord/",
    "/ror/tableau-de-bord/etablissements/",
    "/ror/tableau-de-bord/offres/?filtre=non-verifiees",
    "/ror/tableau-de-bord/poids/",
    "/ror/fiche/{offre}/",
    "/ror/fiche/{eg}/",
)


@pytest.mark.parametrize("largeur", [1280, 390])
def test_the_pages_are_accessible_and_hold_in_the_screen(page: Page, live_server, client, region, largeur):
    ouvrir_session(page, live_server, client, HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    page.set_viewport_size({"width": largeur, "height": 800})
    for adresse in PAGES:
        page.goto(adresse.format(offre=region.pk, eg=region.parent_id))
        for repli in page.locator("details").all():
            repli.evaluate("d => d.open = true")
        assert violations_axe(page) == [], adresse
        assert not deborde(page), adresse


@pytest.mark.exigence("S66", "B30")
def test_a_manager_goes_from_a_figure_to_its_list_by_the_keyboard(page: Page, live_server: LiveServer, client, region):
    ouvrir_session(page, live_server, client, HabilitationFactory(role=Role.GESTIONNAIRE, structure=None).utilisateur)
    page.goto("/ror/tableau-de-bord/")
    expect(page.get_by_role("img", name="Offres relues depuis moins d’un an par champ")).to_be_visible()
    lien = page.get_by_role("list", name="Indicateurs").get_by_role("link", name="Offres non vérifiées")
    lien.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Offres non vérifiées")
    expect(page.get_by_role("link", name="Unité d’hébergement")).to_be_visible()
    expect(page.get_by_role("link", name="Unité de cardiologie")).to_have_count(0)
    page.get_by_label("Département").select_option(label="Essonne (91)")
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_text("Aucune offre dans cette liste.")).to_be_visible()


@pytest.mark.exigence("B27")
def test_a_missing_element_puts_the_cursor_in_its_field(page: Page, live_server: LiveServer, client, region):
    ouvrir_session(page, live_server, client, HabilitationFactory(structure=region.parent).utilisateur)
    page.goto(f"/ror/fiche/{region.pk}/")
    carte = page.locator("#completude")
    expect(carte.get_by_role("img")).to_have_accessible_name(page.locator("#completude svg title").text_content() or "")
    carte.locator("details").first.evaluate("d => d.open = true")
    for libelle, cible in (
        ("Informations complémentaires", "#id_informations_complementaires"),
        ("Un téléphone que le public peut lire", "#contact-ajouter"),
        ("Public pris en charge", "#id_publics"),
    ):
        page.goto(f"/ror/fiche/{region.pk}/")
        page.locator("#completude details").first.evaluate("d => d.open = true")
        page.locator("#completude").get_by_role("link", name=libelle).click()
        expect(page.locator(cible)).to_be_focused()


def test_everything_works_without_script(navigateur: Browser, live_server: LiveServer, client, region):
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    page = contexte.new_page()
    ouvrir_session(page, live_server, client, HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    page.goto("/ror/tableau-de-bord/?groupe=MSS")
    expect(page.get_by_role("link", name="Unité")).to_have_count(0)
    page.get_by_role("link", name="Par établissement").click()
    expect(page.get_by_role("link", name="EHPAD Les Tilleuls")).to_be_visible()
    expect(page.get_by_role("link", name="CH de Valmont")).to_have_count(0)
    page.goto("/ror/tableau-de-bord/poids/")
    page.get_by_label("Horaires").fill("101")
    page.get_by_role("button", name="Enregistrer les poids").click()
    expect(page.get_by_text("Un poids est un nombre entier de 0 à 100.")).to_be_visible()
    page.get_by_label("Horaires").fill("20")
    page.get_by_role("button", name="Enregistrer les poids").click()
    expect(page.get_by_text("Poids enregistrés.")).to_be_visible()
    contexte.close()
