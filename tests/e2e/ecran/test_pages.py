"""Page templates, components and ror.js in a real Chromium."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibilite import violations_axe

from .conftest import HOTE, Formulaire, Reponses, rendre

pytestmark = [pytest.mark.navigateur, pytest.mark.urls("tests.e2e.ecran.adresses")]

LARGEURS = (1280, 1024, 768, 390, 320)


@pytest.mark.parametrize("adresse", ["/ror/galerie", "/ror/repertoire/"])
@pytest.mark.parametrize("largeur", LARGEURS)
def test_aucun_defilement_horizontal(ecran: Page, adresse: str, largeur: int):
    ecran.set_viewport_size({"width": largeur, "height": 800})
    ecran.goto(adresse)
    assert ecran.evaluate("document.documentElement.scrollWidth") == largeur


@pytest.mark.parametrize("adresse", ["/ror/galerie", "/ror/repertoire/"])
@pytest.mark.parametrize("largeur", [1280, 390])
def test_axe(ecran: Page, adresse: str, largeur: int):
    ecran.set_viewport_size({"width": largeur, "height": 800})
    ecran.goto(adresse)
    assert violations_axe(ecran) == []
    ecran.get_by_role("button", name="Menu").click()
    assert violations_axe(ecran) == []


def test_erreurs_de_saisie_resumees_et_visees(ecran: Page, reponses: Reponses):
    reponses.pages["/ror/envoi"] = lambda q: (
        422,
        rendre("{% resume_erreurs f %}{% champ f.nom %}", f=Formulaire({})),
        {},
    )
    ecran.goto("/ror/galerie")
    ecran.get_by_role("button", name="Enregistrer").click()
    expect(ecran.locator(".resume-erreurs")).to_be_focused()
    assert violations_axe(ecran) == []


@pytest.mark.parametrize(
    ("statut", "corps", "phrase"),
    [
        (403, "Votre droit Référent permet de modifier, pas de valider.", "Votre droit Référent permet de modifier"),
        (409, "<html>…", "a modifié cette fiche entre-temps"),
        (500, "<html>…", "Rien n’est perdu"),
    ],
)
def test_refus_dit_et_saisie_gardee(ecran: Page, reponses: Reponses, statut: int, corps: str, phrase: str):
    reponses.pages["/ror/envoi"] = lambda q: (statut, corps, {})
    ecran.goto("/ror/galerie")
    ecran.get_by_label("Nom").fill("Les Glycines")
    ecran.get_by_role("button", name="Enregistrer").click()
    refus = ecran.locator("[data-refus]")
    expect(refus).to_contain_text(phrase)
    expect(refus).to_be_focused()
    expect(ecran.get_by_label("Nom")).to_have_value("Les Glycines")
    assert refus.get_by_role("button", name="Réessayer").count() == (statut == 500)
    assert violations_axe(ecran) == []


def test_refus_avec_ecran_du_serveur(ecran: Page, reponses: Reponses):
    reponses.pages["/ror/envoi"] = lambda q: (409, "<p>Choisissez la valeur</p>", {"HX-Reswap": "innerHTML"})
    ecran.goto("/ror/galerie")
    ecran.get_by_role("button", name="Enregistrer").click()
    expect(ecran.locator("#saisie")).to_have_text("Choisissez la valeur")


def test_session_expiree_garde_la_saisie_puis_suit_le_nouveau_jeton(ecran: Page, reponses: Reponses):
    reponses.pages["/ror/envoi"] = lambda q: (401, "Votre session a expiré.", {})
    ecran.goto("/ror/galerie")
    ecran.get_by_label("Nom").fill("Les Glycines")
    ecran.get_by_role("button", name="Enregistrer").click()
    expect(ecran.locator("#reconnexion")).to_be_visible()
    assert violations_axe(ecran) == []
    ecran.get_by_role("button", name="Reprendre ma saisie").click()
    expect(ecran.get_by_label("Nom")).to_have_value("Les Glycines")
    ecran.context.add_cookies([{"name": "csrftoken", "value": "neuf", "url": HOTE}])
    with ecran.expect_request("**/ror/envoi") as requete:
        ecran.get_by_role("button", name="Enregistrer").click()
    assert requete.value.headers["x-csrftoken"] == "neuf"


def test_dialogue_s_ouvre_se_ferme_et_rend_le_focus(ecran: Page, reponses: Reponses):
    reponses.pages["/ror/renommer"] = lambda q: (204, "", {"HX-Trigger": json.dumps({"fermer-dialogue": True})})
    ecran.goto("/ror/galerie")
    for fermer in ("link", "Escape", "envoi"):
        ecran.locator("#renommer").click()
        expect(ecran.locator("#dialogue input[name=d-nom]")).to_be_focused()
        assert violations_axe(ecran) == []
        if fermer == "link":
            ecran.locator("#dialogue [data-ferme]").click()
        elif fermer == "Escape":
            ecran.keyboard.press("Escape")
        else:
            ecran.locator("#dialogue").get_by_role("button", name="Enregistrer").click()
        expect(ecran.locator("#dialogue")).to_be_hidden()
        expect(ecran.locator("#renommer")).to_be_focused()


def test_modifier_ouvre_sur_place_puis_rend_le_focus(ecran: Page, reponses: Reponses):
    lecture = '{% carte "contacts" "Contacts" modifier="/ror/contacts" focus=True %}x{% endcarte %}'
    edition = (
        '{% carte "contacts" "Contacts" %}<form novalidate hx-post="/ror/ok" hx-target="#contacts" hx-swap="outerHTML">'
        "{% champ f.nom focus=True %}<button>OK</button></form>{% endcarte %}"
    )
    reponses.pages["/ror/contacts"] = lambda q: rendre(edition, f=Formulaire())
    reponses.pages["/ror/ok"] = lambda q: (200, rendre(lecture), {"HX-Trigger": json.dumps({"annonce": "Enregistre"})})
    ecran.goto("/ror/galerie")
    ecran.get_by_role("link", name="Modifier : Contacts").click()
    expect(ecran.locator("#contacts input")).to_be_focused()
    ecran.locator("#contacts").get_by_role("button", name="OK").click()
    expect(ecran.get_by_role("link", name="Modifier : Contacts")).to_be_focused()
    expect(ecran.locator("#annonces")).to_have_text("Enregistre")


def test_valider_attend_la_relecture(ecran: Page):
    ecran.goto("/ror/galerie")
    valider = ecran.get_by_role("button", name="Valider")
    expect(valider).to_have_attribute("aria-disabled", "true")
    valider.dispatch_event("click")
    expect(ecran.get_by_label("J’ai relu l’offre et je la valide.")).to_be_focused()
    ecran.keyboard.press("Space")
    expect(valider).to_have_attribute("aria-disabled", "false")


def test_barre_oblique_mene_a_la_recherche_sauf_en_saisie(ecran: Page):
    ecran.goto("/ror/galerie")
    ecran.keyboard.press("/")
    expect(ecran.locator("#rapide")).to_be_focused()
    ecran.get_by_label("Nom").press("/")
    expect(ecran.get_by_label("Nom")).to_have_value("/")


def test_saisie_non_enregistree_avertit(ecran: Page):
    questions: list[str] = []
    ecran.on("dialog", lambda d: (questions.append(d.type), d.accept()))
    ecran.goto("/ror/galerie")
    ecran.get_by_label("Nom").press_sequentially("x")
    ecran.goto("/ror/repertoire/")
    assert questions == ["beforeunload"]
