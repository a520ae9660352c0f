"""The tree of structures, by keyboard and mouse, and without script."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ror.commun.arbre_html import redessiner
from ror.commun.composants import Action
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import ouvrir_contexte

from .conftest import HOTE, Reponses, noeud, rendre

pytestmark = [pytest.mark.navigateur, pytest.mark.urls("tests.e2e.ecran.adresses")]


def focus(page: Page) -> str:
    """Accessible name, or text, of what has the focus."""
    return page.evaluate("(a => a.getAttribute('aria-label') || a.id || a.textContent.trim())(document.activeElement)")


def test_arbre_roles_et_un_seul_arret(ecran: Page):
    ecran.goto("/ror/repertoire/")
    eg = ecran.locator("#n-eg1")
    expect(eg).to_have_attribute("aria-selected", "true")
    expect(eg).to_have_attribute("aria-level", "2")
    expect(ecran.locator("#n-ej1")).to_have_attribute("aria-setsize", "214")
    expect(ecran.locator("#n-ej1")).to_have_attribute("aria-expanded", "false")
    assert ecran.locator("#arbre [tabindex='0']").count() == 1


def test_arbre_au_clavier(ecran: Page, reponses: Reponses):
    ecran.goto("/ror/repertoire/")
    ecran.locator("#n-eg1").focus()

    def touches(*noms: str) -> str:
        for nom in noms:
            ecran.keyboard.press(nom)
        return focus(ecran)

    assert touches("Home").startswith("Association")
    assert touches("End").startswith("Étampes")
    assert touches("ArrowUp").startswith("Unité d’Épinay")
    assert touches("ArrowLeft").startswith("CH de Valmont")
    assert touches("ArrowLeft", "ArrowLeft").startswith("Centre hospitalier")
    assert touches("e").startswith("Étampes")  # without accent
    assert touches("Home", "ArrowRight").startswith("Association")
    expect(ecran.locator("#n-eg3")).to_be_visible()
    expect(ecran.locator("#annonces")).to_have_text("Association Les Horizons : déplié, 2 éléments")
    assert touches("ArrowRight").startswith("EHPAD TEST")
    assert touches("ArrowLeft", "ArrowLeft", "ArrowRight").startswith("Association")
    assert reponses.demandes.count("GET /ror/branche/ej1") == 1


def test_arbre_ouvre_la_fiche_sur_place(ecran: Page):
    ecran.set_viewport_size({"width": 390, "height": 800})
    ecran.goto("/ror/repertoire/")
    expect(ecran.locator("#v-fiche")).to_be_hidden()
    ecran.locator("#n-u1").focus()
    ecran.keyboard.press("Enter")
    expect(ecran.get_by_role("heading", name="Fiche u1")).to_be_focused()
    expect(ecran.locator("#n-u1")).to_have_attribute("aria-selected", "true")


def test_branche_vide_puis_en_erreur_puis_reessayee(ecran: Page, reponses: Reponses):
    bonne = reponses.pages["/ror/branche/ej1"]
    reponses.pages["/ror/branche/ej1"] = lambda q: (500, "", {})
    ecran.goto("/ror/repertoire/")
    ecran.locator("#n-eg2 .plie").click()
    expect(ecran.locator("#n-eg2-enfants")).to_have_text("Aucune structure à ce niveau.")
    ecran.locator("#n-ej1 .plie").click()
    erreur = ecran.locator(".info-erreur")
    expect(erreur).to_have_text("Cette branche n’a pas pu être chargée. Réessayer")
    assert violations_axe(ecran) == []
    reponses.pages["/ror/branche/ej1"] = bonne
    erreur.click()
    expect(ecran.locator("#n-eg3")).to_be_visible()


def test_menu_actions_redessine_le_noeud_sans_perdre_la_place(ecran: Page, reponses: Reponses):
    actions = [Action("/ror/favori", "Ajouter aux favoris", "star", poste=True), None, Action("/ror/a", "Voir", "eye")]
    favori = noeud("eg1", "EG", "CH de Valmont", 1, 2, marques=(("star-fill", "favori"),))
    reponses.pages["/ror/actions/eg1"] = lambda q: rendre("{% menu_actions a %}", a=actions)
    reponses.pages["/ror/favori"] = lambda q: redessiner(favori)
    ecran.goto("/ror/repertoire/")
    ecran.locator("#n-eg1").focus()
    ecran.keyboard.press("Shift+F10")
    expect(ecran.get_by_role("menuitem", name="Ajouter aux favoris")).to_be_focused()
    assert violations_axe(ecran) == []
    ecran.keyboard.press("v")
    expect(ecran.get_by_role("menuitem", name="Voir")).to_be_focused()
    ecran.keyboard.press("Escape")
    expect(ecran.locator("#n-eg1")).to_be_focused()
    ecran.locator("#n-eg1 .act").click()
    ecran.get_by_role("menuitem", name="Ajouter aux favoris").press("Enter")
    expect(ecran.locator("#n-eg1")).to_have_attribute("aria-label", "CH de Valmont, entité géographique, favori")
    expect(ecran.locator("#n-eg1")).to_have_attribute("aria-expanded", "true")
    expect(ecran.locator("#n-eg1")).to_have_attribute("aria-selected", "true")
    expect(ecran.locator("#n-u1")).to_be_visible()
    expect(ecran.locator("#n-eg1")).to_be_focused()


def test_chercher_dans_l_arbre(ecran: Page, reponses: Reponses):
    trouve = [noeud("ej9", "EJ", "Groupe du Nord", 1, 1, enfants=[noeud("eg9", "EG", "Hôpital d’Épinay", 1, 1)])]

    def chercher(q: dict) -> str:
        n = trouve if q["q"] == ["epi"] else []
        return rendre('<ul data-total="{{ t }}">{% branche n %}</ul>', n=n, t=len(n))

    reponses.pages["/ror/chercher"] = chercher
    ecran.goto("/ror/repertoire/")
    champ = ecran.get_by_label("Chercher dans l’arborescence")
    champ.fill("epi")
    expect(ecran.locator("#arbre-bilan")).to_have_text("1 résultat dans l’arborescence")
    expect(ecran.locator("#arbre mark")).to_have_text("Épi")
    assert violations_axe(ecran) == []
    champ.press("ArrowDown")
    expect(ecran.locator("#n-eg9")).to_be_focused()
    champ.fill("zzz")
    expect(ecran.locator("#arbre-bilan")).to_contain_text("Aucun résultat ici.")
    champ.fill("")
    expect(ecran.locator("#n-eg1")).to_be_visible()


def test_branches_ouvertes_retrouvees_a_la_page_suivante(ecran: Page):
    ecran.goto("/ror/repertoire/")
    ecran.locator("#n-ej1 .plie").click()
    expect(ecran.locator("#n-eg3")).to_be_visible()
    ecran.goto("/ror/galerie")
    ecran.goto("/ror/repertoire/")
    expect(ecran.locator("#n-eg3")).to_be_visible()


def test_tout_replier(ecran: Page):
    ecran.goto("/ror/repertoire/")
    ecran.get_by_role("button", name="Tout replier").click()
    expect(ecran.locator("#n-eg1")).to_be_hidden()
    assert ecran.locator("#arbre [tabindex='0']").get_attribute("id") == "n-ej2"


def test_arbre_sans_script(navigateur: Browser, reponses: Reponses):
    contexte = ouvrir_contexte(navigateur, HOTE, java_script_enabled=False)
    contexte.route("**/*", reponses)
    page = contexte.new_page()
    page.goto("/ror/repertoire/")
    assert page.get_by_role("link", name="Unité de cardiologie", exact=True).get_attribute("href") == "/ror/fiche/u1"
    deplie = page.get_by_role("link", name="Déplier Association Les Horizons")
    assert deplie.get_attribute("href") == "/ror/repertoire/?ouvert=ej1"
    assert page.locator("[role=tree]").count() == 0
    contexte.close()
