"""The tree of the Répertoire in a real browser: six ways, keyboard, screen reader, favourites, places kept, phones."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from referentiel import regroupements
from referentiel.models import Favori, Habilitation, Structure, UniteOperationnelle
from referentiel.models.unite import CodePorte
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)

from .accessibilite import violations_axe
from .navigation import attendre_calme, ouvrir_contexte

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]
VOIES = {
    "Entité Juridique": ["C", "Centre hospitalier de Valmont", "CH de Valmont", "Pôle Médecine"],
    "Département Français": ["77 – Seine-et-Marne", "Centre hospitalier de Valmont", "CH de Valmont", "Pôle Médecine"],
    "Catégorie de Besoins": ["Cardiologie", "Centre hospitalier de Valmont", "CH de Valmont", "Pôle Médecine"],
    "Territoire de Santé": ["Brie", "Centre hospitalier de Valmont", "CH de Valmont", "Pôle Médecine"],
    "Filière": ["Endométriose", "Centre hospitalier de Valmont", "CH de Valmont", "Pôle Médecine"],
    "Favoris": ["CH de Valmont", "Pôle Médecine"],
}
"""Each way, and the names on the way down to a pôle."""


@pytest.fixture
def hopital() -> Structure:
    """CH de Valmont with an offer that has a type and a level of expertise; an EHPAD, hidden by default."""
    RegionFactory()
    regroupements.importer(
        "axe,regroupement,nomenclature,code\n"
        f"besoins,Cardiologie,TRE_R244,{code('TRE_R244', '40', 'Cardiologie').code}\n"
        f"filiere,Endométriose,JDV_J227,{code('JDV_J227', '31', 'Filière endométriose').code}\n"
    )
    eg = EGFactory(parent=EJFactory(nom="Centre hospitalier de Valmont"), nom="CH de Valmont", groupe="MCO")
    pole = PoleFactory(parent=eg, nom="Pôle Médecine")
    PoleFactory(parent=eg, nom="Pôle Femme, mère, enfant")
    uf = UFFactory(parent=ServiceFactory(parent=pole, nom="Service de cardiologie"), nom="UF 2101")
    offre = UOFactory(parent=uf, nom="Consultation de cardiologie", groupe="MCO")
    UniteOperationnelle.objects.filter(structure=offre).update(type_offre=code("TRE_R244", "40"))
    CodePorte.objects.create(structure=offre, attribut="niveaux_expertise", code=code("JDV_J227", "31"))
    CodePorte.objects.create(structure=eg, attribut="territoires_sante", code=code("JDV_J249", "077", "Brie"))
    EGFactory(parent=EJFactory(nom="Association Les Horizons"), nom="EHPAD TEST")
    regroupements.classer()
    return Structure.objects.get(pk=eg.pk)


def connecter(contexte: BrowserContext, personne, base: str) -> None:
    client = Client()
    client.force_login(personne)
    contexte.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])


@pytest.fixture
def referente(page: Page, live_server: LiveServer, hopital: Structure) -> Page:
    """The page of a référent of the hospital, signed in."""
    connecter(page.context, HabilitationFactory(structure=hopital).utilisateur, live_server.url)
    return page


def _personne(hopital: Structure) -> int:
    return Habilitation.objects.get(structure=hopital).utilisateur_id


def noeud(page: Page, nom: str) -> Locator:
    return page.get_by_role("treeitem", name=re.compile(rf"^{re.escape(nom)},"))


def ouvertes(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("ouvert", [""])[0].split(".")


@pytest.mark.exigence("S47", "S52", "S53", "S55", "S58", "B57", "M6")
@pytest.mark.parametrize("largeur", [1280, 390])
@pytest.mark.parametrize("voie", VOIES)
def test_each_way_is_walked_with_the_keyboard_alone(referente: Page, hopital: Structure, voie: str, largeur: int):
    if voie == "Favoris":
        Favori.objects.create(utilisateur_id=_personne(hopital), structure=hopital)
    referente.set_viewport_size({"width": largeur, "height": 800})
    referente.goto("/ror/repertoire/")
    choix = referente.get_by_role("combobox", name="Afficher par :")
    choix.focus()
    referente.keyboard.type(voie[:5])
    referente.keyboard.press("Tab")
    referente.keyboard.press("Enter")
    expect(referente.get_by_role("tree")).to_be_visible()
    expect(choix.locator("option:checked")).to_have_text(voie)
    premier = noeud(referente, VOIES[voie][0])
    premier.focus()
    for rang, nom in enumerate(VOIES[voie]):
        ligne = noeud(referente, nom)
        expect(ligne).to_be_focused()
        expect(ligne).to_have_attribute("aria-level", str(rang + 1))
        if nom != VOIES[voie][-1]:
            referente.keyboard.press("ArrowRight")
            expect(ligne).to_have_attribute("aria-expanded", "true")
            referente.keyboard.type(VOIES[voie][rang + 1][:6].lower().replace("ô", "o"))  # without accents
    assert violations_axe(referente) == []
    assert referente.evaluate("document.documentElement.scrollWidth <= innerWidth")
    referente.keyboard.press("Enter")
    expect(referente.get_by_role("heading", name="Pôle Médecine", level=2)).to_be_visible()
    referente.reload()
    expect(noeud(referente, "Pôle Médecine").or_(referente.locator("[aria-selected=true]")).first).to_have_attribute(
        "aria-selected", "true"
    )


@pytest.mark.exigence("M6", "B20")
def test_a_screen_reader_is_told_names_levels_and_positions(referente: Page, hopital: Structure):
    """What Chromium gives to NVDA, JAWS or VoiceOver, read in its own accessibility tree."""
    Favori.objects.create(utilisateur_id=_personne(hopital), structure=hopital)
    referente.goto(f"/ror/repertoire/?fiche={hopital.pk}")
    attendre_calme(referente)
    session = referente.context.new_cdp_session(referente)
    arbre = session.send("Accessibility.getFullAXTree")["nodes"]
    dits = {}
    for n in arbre:
        if n.get("role", {}).get("value") == "treeitem":
            proprietes = {p["name"]: p["value"].get("value") for p in n.get("properties", [])}
            rang = referente.evaluate(
                "(nom) => { const e = [...document.querySelectorAll('[role=treeitem]')].find(x => x.ariaLabel === nom);"
                " return [e.ariaPosInSet, e.ariaSetSize]; }",
                n["name"]["value"],
            )
            dits[n["name"]["value"]] = (proprietes["level"], proprietes.get("expanded"), *map(int, rang))
    assert dits == {
        "77 – Seine-et-Marne, département français, 1\u00a0EG": (1, True, 1, 1),
        "Centre hospitalier de Valmont, entité juridique, 1\u00a0EG": (2, True, 1, 1),
        "CH de Valmont, entité géographique, favori, 1\u00a0UO": (3, True, 1, 1),
        "Pôle Femme, mère, enfant, pôle": (4, None, 1, 2),
        "Pôle Médecine, pôle, 1\u00a0UO": (4, False, 2, 2),
    }
    noeud(referente, "Pôle Médecine").focus()
    referente.keyboard.press("ArrowRight")
    expect(referente.locator("#annonces")).to_have_text("Pôle Médecine : déplié, 1 élément")


@pytest.mark.exigence("S53", "S54")
def test_the_browser_s_own_search_finds_every_row_of_a_branch(referente: Page, hopital: Structure):
    service = Structure.objects.get(nom="Service de cardiologie")
    for rang in range(120):
        UFFactory(parent=service, nom=f"Unité fonctionnelle {rang:03}")
    referente.goto(f"/ror/repertoire/?ouvert=n-{service.pk}")
    expect(noeud(referente, "Unité fonctionnelle 119")).to_be_attached()
    for rang in (0, 63, 119):
        assert referente.evaluate(f"getSelection().empty() || window.find('fonctionnelle {rang:03}')")
        assert "fonctionnelle" in referente.evaluate("getSelection().toString()")
    assert referente.locator(".noeud .lib", has_text="Unité fonctionnelle").count() == 120
    noeud(referente, "Service de cardiologie").focus()
    referente.keyboard.press("ArrowLeft")
    expect(noeud(referente, "Unité fonctionnelle 119")).to_be_hidden()


@pytest.mark.exigence("S56", "S57", "S58", "B57")
def test_a_favourite_is_kept_and_given_back_with_the_keyboard(referente: Page, hopital: Structure):
    referente.goto(f"/ror/repertoire/?fiche={hopital.pk}")
    ligne = noeud(referente, "CH de Valmont")
    fleche, libelle = (ligne.locator(selecteur).bounding_box() for selecteur in (".act", ".lib"))
    assert fleche["x"] + fleche["width"] <= libelle["x"]
    ligne.focus()
    referente.keyboard.press("Shift+F10")
    referente.get_by_role("menuitem", name="Ajouter aux favoris").press("Enter")
    expect(ligne).to_have_accessible_name("CH de Valmont, entité géographique, favori, 1\u00a0UO")
    expect(ligne).to_be_focused()
    expect(ligne).to_have_attribute("aria-selected", "true")
    expect(referente.get_by_role("button", name="Retirer des favoris")).to_be_visible()
    expect(referente.locator("#annonces")).to_contain_text("est dans vos favoris")
    assert violations_axe(referente) == []
    referente.get_by_role("combobox", name="Afficher par :").select_option("Favoris")
    referente.get_by_role("button", name="Afficher", exact=True).click()
    ligne = noeud(referente, "CH de Valmont")
    expect(ligne).to_contain_text("Centre hospitalier de Valmont")
    assert violations_axe(referente) == []
    referente.get_by_role("button", name="Retirer des favoris").click()
    expect(referente.get_by_text("Ajoutez une structure aux favoris depuis sa flèche Actions.")).to_be_visible()
    assert violations_axe(referente) == []
    assert not Favori.objects.exists()


@pytest.mark.exigence("S59", "S60")
def test_renaming_in_the_tree_loses_neither_place_nor_focus(referente: Page, hopital: Structure):
    referente.goto(f"/ror/repertoire/?fiche={hopital.pk}")
    noeud(referente, "Pôle Médecine").focus()
    referente.keyboard.press("ArrowRight")
    expect(noeud(referente, "Service de cardiologie")).to_be_visible()
    adresse = referente.url
    noeud(referente, "CH de Valmont").focus()
    referente.keyboard.press("Shift+F10")
    referente.get_by_role("menuitem", name="Renommer").press("Enter")
    nom = referente.get_by_role("textbox", name="Nom")
    expect(nom).to_have_value("CH de Valmont")
    assert violations_axe(referente) == []
    nom.fill("CH Valmont-Est")
    referente.get_by_role("button", name="Enregistrer").press("Enter")
    expect(noeud(referente, "CH Valmont-Est")).to_be_focused()
    expect(referente.get_by_role("heading", name="CH Valmont-Est", level=2)).to_be_visible()
    expect(referente.get_by_text("La fiche s’appelle maintenant « CH Valmont-Est ».").first).to_be_visible()
    expect(noeud(referente, "Service de cardiologie")).to_be_visible()
    expect(noeud(referente, "CH Valmont-Est")).to_have_attribute("aria-expanded", "true")
    assert referente.url == adresse


@pytest.mark.exigence("S49", "S51", "B20")
def test_the_address_copied_shows_a_colleague_the_same(
    referente: Page, navigateur, live_server: LiveServer, hopital: Structure
):
    referente.goto("/ror/repertoire/")
    referente.get_by_text("Offres affichées : MCO, PSY").click()
    referente.get_by_role("checkbox", name="MSS").check()
    referente.get_by_role("button", name="Afficher ces structures").click()
    expect(referente.get_by_text("Offres affichées : MCO, MSS, PSY, SLD, SMA, SSR, VIL")).to_be_visible()
    for nom in ("77 – Seine-et-Marne", "Association Les Horizons", "Centre hospitalier de Valmont"):
        noeud(referente, nom).focus()
        referente.keyboard.press("ArrowRight")
        expect(noeud(referente, nom)).to_have_attribute("aria-expanded", "true")
    noeud(referente, "EHPAD TEST").locator(".lib").click()
    expect(referente.get_by_role("heading", name="EHPAD TEST", level=2)).to_be_visible()
    expect(referente).to_have_url(re.compile("ouvert=.*fiche=|fiche=.*ouvert="))
    attendre_calme(referente)
    contexte = ouvrir_contexte(navigateur, live_server.url)
    connecter(contexte, UtilisateurFactory(), live_server.url)
    collegue = contexte.new_page()
    collegue.goto(referente.url)
    lignes = "() => [...document.querySelectorAll('[role=treeitem]')].map(e => [e.id, e.ariaExpanded, e.ariaSelected])"
    assert collegue.evaluate(lignes) == referente.evaluate(lignes)
    expect(collegue.get_by_role("heading", name="EHPAD TEST", level=2)).to_be_visible()
    noeud(collegue, "Association Les Horizons").focus()
    collegue.keyboard.press("ArrowLeft")
    expect(noeud(collegue, "EHPAD TEST")).to_be_hidden()
    assert f"df-77-{Structure.objects.get(nom='Association Les Horizons').pk}" not in ouvertes(collegue)
    collegue.get_by_role("button", name="Tout replier").click()
    expect(collegue).not_to_have_url(re.compile("ouvert="))
    contexte.close()


@pytest.mark.exigence("B20", "S50")
def test_finding_in_the_tree_highlights_counts_and_tells_what_is_hidden(referente: Page, hopital: Structure):
    UOFactory(parent=Structure.objects.get(nom="EHPAD TEST"), nom="Cardiologie du sujet âgé")
    referente.goto("/ror/repertoire/")
    noeud(referente, "77 – Seine-et-Marne").focus()
    referente.keyboard.press("ArrowRight")
    expect(noeud(referente, "Centre hospitalier de Valmont")).to_be_visible()
    champ = referente.get_by_role("searchbox", name="Chercher dans l’arborescence")
    champ.press_sequentially("CARDIÔ")
    expect(referente.get_by_role("status").filter(has_text="2 résultats dans l’arborescence")).to_be_visible()
    assert referente.locator("mark").all_text_contents() == ["cardio", "cardio"]
    expect(referente.locator("#arbre-masquees")).to_contain_text("1 structure médico-sociale est masquée.")
    expect(referente.locator("#annonces")).to_have_text("1 structure médico-sociale est masquée.")
    assert violations_axe(referente) == []
    champ.press("ArrowDown")
    expect(noeud(referente, "Service de cardiologie")).to_be_focused()
    champ.press("Escape")
    expect(champ).to_have_value("")
    expect(noeud(referente, "Centre hospitalier de Valmont")).to_be_visible()
    expect(referente.locator("mark")).to_have_count(0)
    champ.press_sequentially("cardio")
    referente.get_by_role("link", name="Afficher MSS").click()
    expect(noeud(referente, "Cardiologie du sujet âgé")).to_be_visible()
    expect(referente.get_by_text("3 résultats dans l’arborescence")).to_be_visible()
    referente.get_by_role("searchbox", name="Chercher dans l’arborescence").fill("")
    expect(noeud(referente, "77 – Seine-et-Marne")).to_be_visible()
    expect(referente).not_to_have_url(re.compile("q="))


@pytest.mark.exigence("B20", "B57")
def test_a_branch_that_fails_says_so_and_is_tried_again(referente: Page, hopital: Structure, anomalies):
    anomalies.statuts_admis.add(503)
    referente.goto("/ror/repertoire/")
    referente.route("**/repertoire/branche/**", lambda route: route.fulfill(status=503, body=""), times=1)
    racine = noeud(referente, "77 – Seine-et-Marne")
    racine.focus()
    referente.keyboard.press("ArrowRight")
    panne = referente.get_by_role("treeitem", name="Cette branche n’a pas pu être chargée. Réessayer")
    expect(panne).to_be_visible()
    assert violations_axe(referente) == []
    referente.keyboard.press("ArrowDown")
    expect(panne).to_be_focused()
    referente.keyboard.press("Enter")
    expect(noeud(referente, "Centre hospitalier de Valmont")).to_be_visible()
    expect(racine).to_be_focused()


@pytest.mark.exigence("B57", "S56")
def test_fingers_find_targets_large_enough(navigateur, live_server: LiveServer, hopital: Structure):
    contexte = ouvrir_contexte(
        navigateur, live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    connecter(contexte, HabilitationFactory(structure=hopital).utilisateur, live_server.url)
    page = contexte.new_page()
    page.goto(f"/ror/repertoire/?ouvert=n-{hopital.pk}")
    expect(noeud(page, "Pôle Médecine")).to_be_visible()
    tailles = page.evaluate(
        "() => [...document.querySelectorAll('.noeud .act, .noeud a.plie')].map(e => e.getBoundingClientRect())"
        ".map(r => [r.width, r.height])"
    )
    assert tailles
    assert all(largeur >= 32 and hauteur >= 44 for largeur, hauteur in tailles)
    noeud(page, "Pôle Médecine").locator(".act").tap()
    expect(page.get_by_role("menuitem", name="Ajouter aux favoris")).to_be_visible()
    assert violations_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("menuitem", name="Ajouter aux favoris").tap()
    expect(noeud(page, "Pôle Médecine")).to_have_accessible_name("Pôle Médecine, pôle, favori, 1\u00a0UO")
    contexte.close()


@pytest.mark.exigence("S52", "S57", "S58")
def test_without_script_the_six_ways_and_the_favourites_work(navigateur, live_server: LiveServer, hopital: Structure):
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    connecter(contexte, HabilitationFactory(structure=hopital).utilisateur, live_server.url)
    page = contexte.new_page()
    for voie, noms in VOIES.items():
        page.goto("/ror/repertoire/")
        page.get_by_label("Afficher par :").select_option(voie)
        page.get_by_role("button", name="Afficher", exact=True).click()
        for nom in noms[:-2]:
            page.get_by_role("link", name=f"Déplier {nom}", exact=True).click()
        page.get_by_role("link", name="CH de Valmont", exact=True).first.click()
        if voie == "Filière":
            page.get_by_role("button", name="Ajouter aux favoris").click()
            expect(page.get_by_text("« CH de Valmont » est dans vos favoris.")).to_be_visible()
        expect(page.locator("#arbre").get_by_role("link", name="Pôle Médecine", exact=True)).to_be_visible()
    contexte.close()
