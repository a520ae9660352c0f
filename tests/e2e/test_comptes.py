"""Signing in, choosing a password, asking for an access and managing accounts, in a real browser."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from referentiel.models import DemandeAcces, Role, Structure
from ror.comptes.models import Utilisateur, VersionCGU
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UtilisateurFactory
from tests.fabriques.comptes import MOT_DE_PASSE

from .accessibilite import violations_axe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]

NOUVEAU = "Girafe-Lampadaire-17"


@pytest.fixture
def ehpad() -> Structure:
    """An establishment, its region, the conditions of use; counters at zero."""
    cache.clear()
    RegionFactory(
        autre_porte_public="en tant que kinésithérapeute ou en tant que professionnel du secteur handicap",
        autre_porte_url="https://autre-porte.example/",
    )
    VersionCGU.objects.create(numero="1.0", texte="Conditions de démonstration.", publiee_le="2026-01-01")
    return EGFactory(nom="EHPAD Les Tilleuls", departement="77")


def ouvrir_session(page: Page, live_server: LiveServer, client, personne: Utilisateur) -> None:
    client.force_login(personne)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


def deborde(page: Page) -> bool:
    """Tells whether the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.exigence("S3", "S5", "S13")
def test_a_first_sign_in_with_the_keyboard_only(page: Page, ehpad):
    personne = UtilisateurFactory(identifiant="camilledemo", doit_changer_mot_de_passe=True)
    page.goto("/ror/mon-compte/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bienvenue sur l’application ROR-IF")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    champ = page.get_by_role("textbox", name="Identifiant")
    while not champ.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("Camille Demo")
    page.keyboard.press("Tab")
    page.keyboard.type(MOT_DE_PASSE)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Première connexion – ROR-IF")
    page.goto("/ror/mon-compte/")
    expect(page).to_have_title("Première connexion – ROR-IF")
    page.get_by_label("Mot de passe actuel *").fill(MOT_DE_PASSE)
    page.get_by_label("Nouveau mot de passe *").fill(NOUVEAU)
    page.get_by_label("Le même mot de passe, une seconde fois *").fill("autre chose")
    page.keyboard.press("Enter")
    resume = page.get_by_role("group", name="1 point à corriger")
    expect(resume).to_be_focused()
    assert violations_axe(page) == []
    for libelle, valeur in (
        ("Mot de passe actuel *", MOT_DE_PASSE),
        ("Nouveau mot de passe *", NOUVEAU),
        ("Le même mot de passe, une seconde fois *", NOUVEAU),
    ):
        page.get_by_label(libelle).fill(valeur)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre nouveau mot de passe est enregistré.")).to_be_visible()
    assert personne.acceptations.count() == 1


@pytest.mark.exigence("S3")
def test_the_password_shows_and_hides(page: Page, ehpad):
    page.goto("/ror/connexion/")
    champ = page.get_by_label("Mot de passe *")
    champ.fill("secret")
    bouton = page.get_by_role("button", name="Afficher")
    bouton.click()
    expect(champ).to_have_attribute("type", "text")
    expect(bouton).to_have_attribute("aria-pressed", "true")
    bouton.click()
    expect(champ).to_have_attribute("type", "password")


@pytest.mark.exigence("S11", "S16", "S17")
def test_asking_for_an_access_while_typing_the_establishment(page: Page, ehpad):
    page.goto("/ror/connexion/")
    page.get_by_role("link", name="Besoin de créer un compte").click()
    page.get_by_role("textbox", name="Prénom").fill("Élodie")
    page.get_by_role("textbox", name="Nom", exact=True).fill("Martin")
    page.get_by_role("textbox", name="Courriel professionnel").fill("e@ehpad.example")
    page.get_by_role("textbox", name="Fonction dans l’établissement").fill("Directrice")
    page.get_by_role("searchbox", name="Établissement").press_sequentially("tilleuls")
    page.get_by_role("radio", name="EHPAD Les Tilleuls").check()
    page.get_by_role("radio", name="Direction").check()
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est envoyée")
    demande = DemandeAcces.objects.get()
    assert (demande.structure, demande.role, demande.prenom) == (ehpad, "direction", "Élodie")


@pytest.mark.exigence("S11", "S21")
def test_the_support_opens_an_account_and_takes_the_right_back(page: Page, live_server, client, ehpad):
    support = HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur
    ouvrir_session(page, live_server, client, support)
    page.goto("/ror/comptes/")
    page.get_by_role("link", name="Ouvrir un compte").click()
    page.get_by_role("textbox", name="Prénom").fill("Jeanne")
    page.get_by_role("textbox", name="Nom", exact=True).fill("Durand")
    page.get_by_role("textbox", name="Courriel").fill("jd@ehpad.example")
    page.get_by_role("radio", name="Référent").check()
    page.get_by_role("searchbox").last.press_sequentially(ehpad.numero_finess)
    page.get_by_role("radio", name="EHPAD Les Tilleuls").check()
    page.get_by_role("button", name="Ouvrir le compte").click()
    expect(page.get_by_role("status").filter(has_text="Invitation envoyée à jd@ehpad.example")).to_be_visible()
    page.get_by_role("link", name="Retirer").click()
    page.get_by_role("button", name="Retirer ce droit").click()
    expect(page.get_by_text("Terminé", exact=True)).to_be_visible()


PUBLIQUES = (
    "/ror/connexion/",
    "/ror/mot-de-passe/perdu/",
    "/ror/mot-de-passe/perdu/envoye/",
    "/ror/demande-acces/",
    "/ror/invitation/perdue/",
    "/ror/conditions-generales/",
    "/ror/mentions-legales/",
    "/ror/aide/",
    "/ror/aide/se-connecter/",
    "/ror/aide/lire-le-tableau-de-bord/",
)
PRIVEES = (
    "/ror/mon-compte/",
    "/ror/mot-de-passe/",
    "/ror/comptes/",
    "/ror/comptes/?etat=expirees",
    "/ror/comptes/?etat=inactifs",
    "/ror/comptes/sans-referent/",
    "/ror/comptes/ouvrir/",
    "/ror/comptes/{personne}/",
    "/ror/comptes/{personne}/droit/",
    "/ror/comptes/{personne}/modifier/",
    "/ror/droits/{droit}/terminer/",
    "/ror/demandes-acces/",
    "/ror/demandes-acces/{demande}/",
    "/ror/textes/",
    "/ror/textes/{region}/",
    "/ror/nulle-part/",
)


@pytest.mark.parametrize("largeur", [1280, 390])
def test_the_public_pages_are_accessible_and_hold_in_the_screen(page: Page, ehpad, largeur):
    page.set_viewport_size({"width": largeur, "height": 800})
    for adresse in PUBLIQUES:
        page.goto(adresse)
        assert violations_axe(page) == [], adresse
        assert not deborde(page), adresse


@pytest.mark.parametrize("largeur", [1280, 390])
def test_the_pages_of_accounts_are_accessible_and_hold_in_the_screen(page: Page, live_server, client, ehpad, largeur):
    admin = HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur
    droit = HabilitationFactory(structure=ehpad, accordee_par=admin)
    demande = DemandeAcces.objects.create(
        prenom="Élodie", nom="Martin", courriel="e@ehpad.example", role="direction", etablissement="EHPAD Les Tilleuls"
    )
    valeurs = {"personne": droit.utilisateur_id, "droit": droit.pk, "demande": demande.pk}
    valeurs["region"] = RegionFactory().pk
    ouvrir_session(page, live_server, client, admin)
    page.set_viewport_size({"width": largeur, "height": 800})
    for adresse in PRIVEES:
        page.goto(adresse.format(**valeurs))
        assert violations_axe(page) == [], adresse
        assert not deborde(page), adresse
