"""« Recherche » in a real browser: by the keyboard, on a phone, without script; filters ticked, results announced."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from referentiel.models import UniteOperationnelle
from referentiel.recherche.index import recompter
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import attendre_calme, ouvrir_contexte
from tests.fabriques import EGFactory, RegionFactory, UOFactory, UtilisateurFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lectrice(transactional_db):
    RegionFactory()
    for groupe, nom in (("MSS", "EHPAD Les Glycines"), ("VIL", "Cabinet des Glycines")):
        eg = EGFactory(nom=nom, groupe=groupe, _detail={"localite": "VALMONT", "telephone": "0199002700"})
        for rang in range(14):
            UOFactory(parent=eg, groupe="MSS", nom=f"Unité des Glycines {groupe} {rang}")
    assert UniteOperationnelle.objects.count() == 28
    recompter()
    return UtilisateurFactory()


def connecter(page: Page, personne) -> None:
    client = Client()
    client.force_login(personne)
    valeur = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": valeur, "domain": "localhost", "path": "/"}])


def propre(page: Page) -> None:
    assert violations_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.exigence("S46", "B22", "B23")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_from_a_mistyped_word_to_the_fiche(page: Page, lectrice, largeur):
    page.set_viewport_size({"width": largeur, "height": 900})
    connecter(page, lectrice)
    page.goto("/ror/recherche/")
    expect(page.get_by_label("Quoi ?")).to_be_focused()
    propre(page)
    page.keyboard.type("glycnies")
    page.keyboard.press("Enter")
    expect(page.locator("#t-resultats")).to_contain_text("30")
    expect(page.locator("#trouvailles")).to_contain_text("Résultats pour « glycines »")
    expect(page.get_by_role("link", name="Chercher exactement « glycnies »")).to_be_visible()
    expect(page.locator("#annonces")).to_have_text("30\u00a0résultats")
    propre(page)
    if largeur < 992:
        page.locator("#filtres > summary").click()
    mss = page.get_by_role("checkbox", name="MSS")
    mss.check()
    expect(page.locator("#t-resultats")).to_contain_text("15")
    expect(mss).to_be_focused()
    expect(page.locator("#filtres")).to_have_attribute("open", "")
    assert "groupe=MSS" in page.url
    propre(page)
    adresse = page.url
    page.get_by_role("link", name="Retirer le filtre MSS, médico-social et social").click()
    expect(page.locator("#t-resultats")).to_contain_text("30")
    page.goto(adresse)
    expect(page.locator("#t-resultats")).to_contain_text("15")
    page.get_by_role("link", name="EHPAD Les Glycines", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EHPAD Les Glycines")


def test_a_search_is_asked_once_and_the_moments_exclude_each_other(page: Page, lectrice):
    connecter(page, lectrice)
    page.goto("/ror/recherche/")
    demandes: list[str] = []
    page.on("request", lambda r: demandes.append(r.url) if "/recherche/?" in r.url else None)
    page.keyboard.type("glycines")
    page.keyboard.press("Enter")
    expect(page.locator("#t-resultats")).to_contain_text("30")
    attendre_calme(page)
    assert len(demandes) == 1, "Enter, and leaving the box, ask only once"
    page.go_back()
    expect(page).to_have_url(re.compile(r"/ror/recherche/$"))
    page.goto("/ror/recherche/?q=glycines")
    le, maintenant = page.get_by_label("ou ouvert le"), page.get_by_role("switch", name="Ouvert maintenant")
    demain = timezone.localtime() + timedelta(days=1)
    le.fill(f"{demain:%Y-%m-%dT10:00}")
    le.dispatch_event("change")
    expect(page).to_have_url(re.compile("le="))
    maintenant.check()
    expect(le).to_have_value("")
    expect(page).to_have_url(re.compile("ouvert=maintenant"))
    assert "le=" not in page.url


@pytest.mark.exigence("B23")
def test_the_swap_shows_what_the_whole_page_shows(page: Page, lectrice):
    connecter(page, lectrice)
    page.goto("/ror/recherche/?q=glycines")
    page.get_by_role("checkbox", name="Unité opérationnelle").check()
    expect(page.locator("#t-resultats")).to_contain_text("28")
    page.get_by_role("link", name="Page suivante").click()
    expect(page.locator(".resultat .rang").first).to_have_text("21")
    attendre_calme(page)
    par_morceau = page.locator("#trouvailles").inner_text()
    page.reload()
    attendre_calme(page)
    assert page.locator("#trouvailles").inner_text() == par_morceau


@pytest.mark.exigence("S46", "B23")
def test_without_script_the_buttons_do_it(navigateur: Browser, live_server, lectrice):
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    page = contexte.new_page()
    connecter(page, lectrice)
    page.goto("/ror/recherche/")
    page.get_by_label("Quoi ?").fill("glycines")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.locator("#t-resultats")).to_contain_text("30")
    page.get_by_role("checkbox", name="VIL").check()
    page.get_by_role("button", name="Appliquer les filtres").click()
    expect(page.locator("#t-resultats")).to_contain_text("15")
    page.get_by_label("Trier par").select_option("nom")
    page.get_by_role("button", name="Trier").click()
    expect(page.locator(".resultat h3").first).to_contain_text("Cabinet des Glycines")
    contexte.close()


@pytest.mark.exigence("S46")
@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_first_result_is_on_the_first_screen(navigateur: Browser, live_server, lectrice, script):
    contexte = ouvrir_contexte(
        navigateur, live_server.url, java_script_enabled=script, viewport={"width": 390, "height": 844}
    )
    page = contexte.new_page()
    connecter(page, lectrice)
    page.goto("/ror/recherche/")
    expect(page.get_by_label("Où ?")).to_be_visible()
    page.get_by_label("Quoi ?").fill("glycines")
    page.keyboard.press("Enter")
    expect(page.locator("#t-resultats")).to_contain_text("30")
    expect(page.get_by_label("Où ?")).to_be_hidden()
    if script:
        attendre_calme(page)
        assert page.locator(".resultat h3").first.bounding_box()["y"] < 844
    page.get_by_text("Où, quand et autres options").click()
    page.get_by_label("Y compris fermées définitivement").check()
    if not script:
        page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_label("Retirer le filtre Y compris fermées définitivement")).to_be_visible()
    expect(page.get_by_label("Où ?")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 844})
    page.goto("/ror/recherche/?q=glycines")
    expect(page.get_by_label("Où ?")).to_be_visible()
    expect(page.get_by_text("Où, quand et autres options")).to_be_hidden()
    if script:
        propre(page)
    contexte.close()
