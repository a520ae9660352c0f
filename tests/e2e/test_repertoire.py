"""The Répertoire in a real browser: keyboard, lazy branches, fiche at the right, search, dialogues, small screens."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from referentiel.models import Contact, EntiteGeographique, Structure
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
)

from .accessibilite import violations_axe
from .navigation import ouvrir_contexte

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]


@pytest.fixture
def hopital() -> Structure:
    """CH de Valmont: two pôles, a service, UF, offers; an EHPAD beside it."""
    RegionFactory()
    ej = EJFactory(nom="Centre hospitalier de Valmont")
    eg = EGFactory(parent=ej, nom="CH de Valmont", groupe="MCO")
    EntiteGeographique.objects.filter(structure=eg).update(
        siret="26770012300019",
        numero_voie="12",
        libelle_voie="rue des Tilleuls",
        code_postal="77990",
        localite="Valmont-sur-Lys",
        finess_recu_le=date(2026, 11, 12),
    )
    Contact.objects.create(structure=eg, nom="Standard")
    pole = PoleFactory(parent=eg, nom="Pôle Médecine et urgences")
    PoleFactory(parent=eg, nom="Pôle Femme, mère, enfant")
    uf = UFFactory(parent=ServiceFactory(parent=pole, nom="Service de cardiologie"), nom="UF 2101 Cardiologie")
    UOFactory(parent=uf, nom="Unité de consultation de cardiologie")
    UOFactory(parent=uf, nom="Unité de rythmologie", etat="PRO")
    EGFactory(parent=EJFactory(nom="Association Les Horizons"), nom="EHPAD TEST")
    return eg


@pytest.fixture
def referente(page: Page, live_server: LiveServer, hopital: Structure, client) -> Page:
    """The page of a référent of the hospital, signed in."""
    client.force_login(HabilitationFactory(structure=hopital).utilisateur)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    return page


def noeud(page: Page, nom: str):
    return page.get_by_role("treeitem", name=re.compile(rf"^{re.escape(nom)}"))


@pytest.mark.exigence("S34", "S35", "S36", "S37", "S38", "S39", "S40", "S41")
def test_from_the_home_page_to_the_offers_of_a_uf(referente: Page):
    referente.goto("/ror/")
    assert violations_axe(referente) == []
    referente.get_by_role("navigation", name="Accès rapides").get_by_role("link", name="Mes Etablissements").click()
    expect(referente.get_by_role("link", name="Mes établissements géographiques (EG)")).to_be_visible()
    assert violations_axe(referente) == []
    referente.get_by_role("link", name="Détails : CH de Valmont").click()
    expect(referente.get_by_role("heading", name="Dans cet établissement")).to_be_visible()
    assert violations_axe(referente) == []
    referente.get_by_role("link", name="Détails : Pôle Médecine et urgences").click()
    expect(referente.get_by_role("heading", name="Structure interne du pôle")).to_be_visible()
    referente.get_by_role("link", name="Détails : Service de cardiologie").click()
    referente.get_by_role("link", name="Détails : UF 2101 Cardiologie").click()
    expect(referente.get_by_role("link", name="Détails : Unité de rythmologie")).to_be_visible()
    expect(referente.get_by_role("link", name="Créer +")).to_be_visible()
    assert violations_axe(referente) == []


def test_searching_my_establishments_as_one_types(referente: Page):
    referente.goto("/ror/mes-etablissements/")
    referente.get_by_role("searchbox", name="Nom ou n° FINESS").press_sequentially("introuvable")
    expect(referente.get_by_text("Aucun de vos établissements ne porte ce nom")).to_be_visible()
    expect(referente).to_have_url(re.compile("q=introuvable"))
    assert violations_axe(referente) == []


@pytest.mark.exigence("S45", "S47", "S52", "S63")
def test_the_tree_is_walked_with_the_keyboard(referente: Page):
    referente.goto("/ror/repertoire/")
    assert violations_axe(referente) == []
    noeud(referente, "77 – Seine-et-Marne").focus()
    referente.keyboard.press("ArrowRight")
    ej = noeud(referente, "Centre hospitalier de Valmont")
    expect(ej).to_be_visible()
    expect(noeud(referente, "77 – Seine-et-Marne")).to_have_attribute("aria-expanded", "true")
    referente.keyboard.press("ArrowRight")
    expect(ej).to_be_focused()
    expect(ej).to_have_attribute("aria-level", "2")
    for nom in ("CH de Valmont", "Pôle Femme, mère, enfant"):
        referente.keyboard.press("ArrowRight")
        expect(noeud(referente, nom)).to_be_visible()
        referente.keyboard.press("ArrowRight")
    referente.keyboard.type("pol")
    pole = noeud(referente, "Pôle Médecine et urgences")
    expect(pole).to_be_focused()
    referente.keyboard.press("Enter")
    expect(referente.get_by_role("heading", name="Pôle Médecine et urgences", level=2)).to_be_visible()
    expect(referente).to_have_url(re.compile(r"fiche=\d+"))
    expect(pole).to_have_attribute("aria-selected", "true")
    assert violations_axe(referente) == []
    referente.reload()
    expect(noeud(referente, "Pôle Médecine et urgences")).to_have_attribute("aria-selected", "true")
    referente.go_back()
    expect(referente.get_by_text("Choisissez une structure dans l’arborescence")).to_be_visible()


def test_search_in_the_tree_opens_the_way_and_the_fiche(referente: Page):
    referente.goto("/ror/repertoire/")
    referente.get_by_role("searchbox", name="Chercher dans l’arborescence").press_sequentially("rythmo")
    expect(referente.get_by_text("1 résultat dans l’arborescence")).to_be_visible()
    offre = noeud(referente, "Unité de rythmologie")
    expect(offre).to_be_visible()
    expect(offre).to_contain_text("Fermée provisoirement")
    assert violations_axe(referente) == []
    referente.keyboard.press("Enter")
    expect(offre).to_be_focused()
    referente.keyboard.press("Enter")
    expect(referente.get_by_role("heading", name="Unité de rythmologie", level=2)).to_be_visible()
    expect(referente.get_by_role("link", name="Ouvrir l’offre")).to_be_visible()


@pytest.mark.exigence("S60")
def test_renaming_from_the_actions_of_a_node(referente: Page, hopital: Structure):
    referente.goto(f"/ror/repertoire/?fiche={hopital.pk}")
    noeud(referente, "CH de Valmont").focus()
    referente.keyboard.press("Shift+F10")
    entree = referente.get_by_role("menuitem", name="Renommer")
    expect(entree).to_be_visible()
    assert violations_axe(referente) == []
    entree.click()
    nom = referente.get_by_role("textbox", name="Nom")
    expect(nom).to_be_focused()
    expect(nom).to_have_value("CH de Valmont")
    assert violations_axe(referente) == []
    nom.fill("CH Valmont-Est")
    referente.get_by_role("button", name="Enregistrer").click()
    expect(referente.get_by_role("heading", name="CH Valmont-Est", level=2)).to_be_visible()
    referente.get_by_role("link", name="Historique").click()
    expect(referente.get_by_role("heading", name="Versions")).to_be_visible()
    expect(referente.get_by_text("CH Valmont-Est").first).to_be_visible()
    assert violations_axe(referente) == []


@pytest.mark.exigence("S91", "S92", "S93", "S94")
def test_asking_for_a_correction_from_the_dialogue(referente: Page, hopital: Structure, anomalies):
    anomalies.statuts_admis.add(422)
    referente.goto(f"/ror/fiche/{hopital.pk}/")
    referente.get_by_role("link", name="Demander une correction : SIRET").click()
    expect(referente.get_by_role("heading", name="Demander une correction")).to_be_visible()
    assert violations_axe(referente) == []
    referente.get_by_role("button", name="Envoyer la demande").click()
    expect(referente.get_by_text("Donnez la valeur proposée").first).to_be_visible()
    referente.get_by_role("textbox", name="Valeur proposée").fill("26770012300024")
    referente.get_by_role("button", name="Envoyer la demande").click()
    expect(referente.get_by_text("Votre demande est envoyée au support")).to_be_visible()
    expect(referente.get_by_text(re.compile(r"valeur proposée « 267\s700\s123\s00024 »"))).to_be_visible()
    assert violations_axe(referente) == []


def test_on_a_phone_choosing_a_name_shows_the_fiche(referente: Page, hopital: Structure):
    referente.set_viewport_size({"width": 390, "height": 844})
    referente.goto("/ror/repertoire/?ouvert=df-77")
    noeud(referente, "Centre hospitalier de Valmont").locator(".lib").click()
    expect(referente.get_by_role("heading", name="Centre hospitalier de Valmont", level=2)).to_be_visible()
    expect(noeud(referente, "77 – Seine-et-Marne")).to_be_hidden()
    assert violations_axe(referente) == []
    referente.get_by_role("button", name="Arborescence").click()
    expect(noeud(referente, "77 – Seine-et-Marne")).to_be_visible()


@pytest.mark.parametrize("largeur", [1280, 390, 320])
def test_no_page_scrolls_sideways(referente: Page, hopital: Structure, largeur: int):
    referente.set_viewport_size({"width": largeur, "height": 800})
    for adresse in (
        "",
        "mes-etablissements/",
        "repertoire/",
        f"repertoire/?fiche={hopital.pk}",
        f"fiche/{hopital.pk}/",
        f"fiche/{hopital.pk}/historique/",
    ):
        referente.goto(f"/ror/{adresse}")
        assert referente.evaluate("document.documentElement.scrollWidth <= innerWidth"), adresse


def test_without_script_every_level_is_reached_by_links(navigateur, live_server: LiveServer, hopital, client):
    client.force_login(HabilitationFactory(structure=hopital).utilisateur)
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    contexte.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = contexte.new_page()
    page.goto("/ror/repertoire/")
    page.get_by_role("link", name="Déplier 77 – Seine-et-Marne").click()
    page.get_by_role("link", name="Centre hospitalier de Valmont", exact=True).click()
    page.get_by_role("link", name="CH de Valmont", exact=True).first.click()
    expect(page.get_by_role("heading", name="Dans cet établissement")).to_be_visible()
    contexte.close()
