"""Nothing typed is lost, in a real Chromium: a closed page, a lost session, no network, two persons (B16, B17)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Response, expect

from referentiel.actions.fiches import modification_en_attente
from referentiel.models import Brouillon
from tests.fabriques.comptes import MOT_DE_PASSE

from .navigation import ouvrir_contexte
from .test_offre import collegue, connecter, offre, ouvrir, propre, referente

__all__ = ["collegue", "offre", "referente"]
pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
GARDE = re.compile("Brouillon gardé à")


@pytest.fixture(autouse=True)
def cache_vide():
    cache.clear()


@pytest.fixture
def sans_reseau(page: Page, anomalies):
    """The failures that cutting the network is meant to cause are no anomaly."""
    yield
    anomalies.vues[:] = [v for v in anomalies.vues if "ERR_INTERNET_DISCONNECTED" not in v and "htmx:" not in v]


@pytest.fixture
def ailleurs(navigateur: Browser, live_server, anomalies):
    """Opens another browser, with its own cookies and its own storage, signed in as somebody."""
    ouverts = []

    def nouveau(personne) -> Page:
        contexte = ouvrir_contexte(navigateur, live_server.url)
        contexte.on("console", anomalies.console)
        ouverts.append(contexte)
        page = contexte.new_page()
        connecter(page, personne)
        return page

    yield nouveau
    for contexte in ouverts:
        contexte.close()


def modifier(page: Page, titre: str) -> None:
    page.get_by_role("link", name=f"Modifier\u00a0: {titre}").click()
    expect(page.get_by_role("button", name="Annuler")).to_be_visible()


def garde(page: Page, texte: str, geste) -> None:
    """Does `geste`, then waits until the server keeps `texte` as the conditions d’accueil, and the page knows it.

    Another keeping may be on its way already: only the one that holds this text counts.
    """

    def tient(reponse: Response) -> bool:
        envoi = reponse.request
        if not (reponse.ok and envoi.method == "POST" and urlsplit(envoi.url).path.endswith("/brouillon/")):
            return False
        return parse_qs(envoi.post_data or "").get("conditions_accueil") == [texte]

    with page.expect_response(tient) as recue:
        geste()
    expect(page.locator("form [name=brouillon]").first).to_have_value(recue.value.json()["version"])
    expect(page.locator("[data-brouillon-etat]")).to_have_text(GARDE)


def copies(page: Page) -> int:
    return page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('ror:brouillon')).length")


def attente(structure):
    modification = modification_en_attente(structure)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


@pytest.mark.exigence("B16", "S159")
def test_une_page_fermee_se_reprend_ailleurs(page: Page, ailleurs, offre, referente) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    ouvrir(page, offre, referente)
    modifier(page, "Conditions")
    texte = "Animaux acceptés, chambres"
    garde(page, texte, lambda: page.get_by_label("Conditions d’accueil").press_sequentially(texte))
    propre(page)
    page.context.close()
    page = ailleurs(referente)
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(f"/ror/fiche/{offre.pk}/")
    expect(page.get_by_text("Saisie commencée, non enregistrée (section Conditions")).to_be_visible()
    propre(page)
    modifier(page, "Conditions")
    expect(page.locator(".saisie")).to_contain_text("Elle change\u00a0: Conditions d’accueil")
    propre(page)
    page.get_by_role("link", name="Reprendre la saisie du").click()
    expect(page.get_by_label("Conditions d’accueil")).to_have_value("Animaux acceptés, chambres")
    propre(page)
    page.get_by_label("Conditions d’accueil").press("Control+End")
    page.keyboard.type(" seules")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert attente(offre) == {"conditions_accueil": "Animaux acceptés, chambres seules"}
    assert not Brouillon.objects.exists()


@pytest.mark.exigence("B16")
def test_quitter_sans_attendre_garde_les_derniers_mots(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    modifier(page, "Conditions")
    page.get_by_label("Conditions d’accueil").fill("Animaux acceptés")
    avertis = []
    page.on("dialog", lambda d: (avertis.append(d.type), d.accept()))
    page.get_by_role("link", name="Répertoire", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert avertis == ["beforeunload"]  # not kept yet: she is warned, and it is kept all the same
    page.goto(f"/ror/fiche/{offre.pk}/")
    modifier(page, "Conditions")
    page.get_by_role("link", name="Reprendre la saisie du").click()
    champ = page.get_by_label("Conditions d’accueil")
    expect(champ).to_have_value("Animaux acceptés")
    garde(page, "Animaux acceptés partout", lambda: champ.fill("Animaux acceptés partout"))
    page.get_by_role("link", name="Répertoire", exact=True).first.click()
    expect(page).to_have_url(re.compile("repertoire"))
    assert avertis == ["beforeunload"]  # kept: nothing to warn about
    assert Brouillon.objects.get().donnees["conditions_accueil"] == ["Animaux acceptés partout"]


@pytest.mark.exigence("B16")
@pytest.mark.parametrize("chemin", ["", "modifier/"])
def test_session_perdue_en_pleine_saisie(page: Page, anomalies, offre, referente, chemin) -> None:
    anomalies.statuts_admis.add(401)
    ouvrir(page, offre, referente)
    if chemin:
        page.goto(f"/ror/fiche/{offre.pk}/{chemin}")
    else:
        modifier(page, "Conditions")
    champ = page.get_by_label("Conditions d’accueil")
    garde(page, "Animaux", lambda: champ.fill("Animaux"))
    page.context.clear_cookies(name="sessionid")
    champ.fill("Animaux acceptés")
    expect(page.locator("[data-brouillon-etat]")).to_have_text(
        "Votre session a expiré\u00a0: votre saisie est gardée sur cet appareil."
    )
    propre(page)
    page.get_by_role("button", name="Modifier" if chemin else "Enregistrer", exact=True).last.click()
    expect(page.get_by_role("dialog", name="Votre session a expiré")).to_be_visible()
    propre(page)
    page.on("dialog", lambda d: d.accept())
    page.goto(f"/ror/fiche/{offre.pk}/{chemin or 'conditions/modifier/'}")
    page.get_by_label("Identifiant").fill(referente.identifiant)
    page.locator("input[type=password]").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Connexion").click()
    expect(page.get_by_role("link", name="Reprendre la saisie du").first).to_be_visible()
    page.wait_for_function("() => !Object.keys(localStorage).some((k) => k.startsWith('ror:brouillon'))", timeout=20000)
    page.get_by_role("link", name="Reprendre la saisie du").first.click()
    expect(page.get_by_label("Conditions d’accueil")).to_have_value("Animaux acceptés")
    propre(page)
    page.get_by_role("button", name="Modifier" if chemin else "Enregistrer", exact=True).last.click()
    expect(page.locator("#differences" if chemin else "#messages")).to_contain_text(re.compile("Animaux|enregistré"))
    assert attente(offre) == {"conditions_accueil": "Animaux acceptés"}
    assert copies(page) == 0


@pytest.mark.exigence("B16")
def test_sans_reseau_puis_avec(page: Page, sans_reseau, offre, referente) -> None:
    ouvrir(page, offre, referente)
    modifier(page, "Conditions")
    page.context.set_offline(True)
    page.get_by_label("Conditions d’accueil").fill("Animaux acceptés")
    expect(page.locator("[data-brouillon-etat]")).to_have_text(
        "Hors connexion\u00a0: votre saisie est gardée sur cet appareil."
    )
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("[data-refus]")).to_contain_text("Le serveur ne répond pas. Rien n’est perdu")
    assert copies(page) == 1
    garde(page, "Animaux acceptés", lambda: page.context.set_offline(False))
    assert Brouillon.objects.get().donnees["conditions_accueil"] == ["Animaux acceptés"]
    assert copies(page) == 0
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")


@pytest.mark.exigence("B16")
def test_annuler_puis_restaurer_et_oubli_a_la_deconnexion(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    modifier(page, "Conditions")
    page.get_by_label("Conditions d’accueil").fill("Animaux acceptés")
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("#messages")).to_contain_text("Votre saisie est abandonnée")
    propre(page)
    page.locator("#messages").get_by_role("link", name="Restaurer").click()
    expect(page.get_by_label("Conditions d’accueil")).to_have_value("Animaux acceptés")
    expect(page.locator("[data-brouillon-etat]")).to_have_text(GARDE)
    assert Brouillon.objects.get().ecarte_le is None
    cle = f"ror:brouillon:{referente.pk}:fiche:{offre.pk}/conditions~x"
    page.evaluate("cle => localStorage.setItem(cle, JSON.stringify({le: Date.now(), champs: 'x=1'}))", cle)
    page.locator(".rond.dropdown-toggle").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Connexion")).to_be_visible()
    assert page.evaluate("cle => localStorage.getItem(cle)", cle) is None


@pytest.fixture
def presence_rapide(settings):
    """The pages ask who else is there each second, instead of every twenty."""
    settings.PRESENCE_PERIODE = 1


@pytest.mark.exigence("B17")
@pytest.mark.usefixtures("presence_rapide")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_deux_personnes_se_voient_et_fusionnent(page: Page, ailleurs, anomalies, offre, referente, collegue, largeur):
    anomalies.statuts_admis.add(409)
    page.set_viewport_size({"width": largeur, "height": 800})
    ouvrir(page, offre, referente)
    modifier(page, "Conditions")
    autre = ailleurs(collegue)
    autre.set_viewport_size({"width": largeur, "height": 800})
    autre.goto(f"/ror/fiche/{offre.pk}/")
    expect(autre.locator("#presence-lue")).to_contain_text(f"{referente} modifie cette fiche (section Conditions")
    modifier(autre, "Conditions")
    expect(autre.locator("#presence-edition-conditions")).to_contain_text(f"{referente} modifie aussi cette fiche")
    propre(autre)
    page.get_by_label("Conditions d’accueil").fill("Chambres seules")
    page.get_by_label("Conditions d’admission").fill("Commission le mardi")
    expect(page.locator("#presence-edition-conditions")).to_contain_text(f"{collegue} modifie")
    assert page.get_by_label("Conditions d’admission").evaluate("e => e === document.activeElement")
    autre.get_by_label("Conditions d’accueil").fill("Animaux acceptés")
    autre.get_by_label("Informations complémentaires").fill("Parking")
    autre.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(autre.locator("#messages")).to_contain_text("enregistré, non diffusé")
    presence = page.locator("#presence-edition-conditions")
    expect(presence).to_contain_text(f"{collegue} a enregistré")
    presence.get_by_text("Voir ce qui a changé ici").click()
    expect(presence).to_contain_text("Parking")
    expect(page.get_by_label("Conditions d’accueil")).to_have_value("Chambres seules")
    propre(page)
    presence.get_by_role("button", name="Fusionner avec ma saisie").click()
    expect(page.get_by_label("Informations complémentaires")).to_have_value("Parking")
    expect(page.get_by_label("Conditions d’accueil")).to_have_value("Chambres seules")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator(".question")).to_contain_text("Animaux acceptés")
    propre(page)
    page.get_by_label("Votre saisie").check()
    page.get_by_role("button", name="Enregistrer ces choix").click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert attente(offre) == {
        "conditions_accueil": "Chambres seules",
        "conditions_admission": "Commission le mardi",
        "informations_complementaires": "Parking",
    }
