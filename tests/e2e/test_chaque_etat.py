"""The states that pages take under the hand: menus, dialogues, refused forms, nothing found, all unrolled (B57)."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from dossiers.models import Dossier

from .demonstration import structure
from .navigation import attendre_calme
from .portes import A_VENIR, HEBERGEMENT
from .test_chaque_page import LARGEURS, connecter, defauts

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

Geste = Callable[[Page], None]


def adresse(nom: str, *, fiche: str = "", requete: str = "", **arguments) -> Callable[[], str]:
    """The address of a page, asked once the demonstration is there."""

    def trouver() -> str:
        suite = {"pk": structure(fiche).pk} if fiche else {}
        return reverse(nom, kwargs={**suite, **arguments}) + (f"?{requete}" if requete else "")

    return trouver


def du_dossier() -> str:
    return reverse("dossier", args=[Dossier.objects.get().pk])


def bouton(nom: str | re.Pattern) -> Geste:
    return lambda page: page.get_by_role("button", name=nom, exact=isinstance(nom, str)).last.click()


def dialogue(lien: str) -> Geste:
    """A link that opens a dialogue."""

    def ouvrir(page: Page) -> None:
        page.get_by_role("link", name=lien).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return ouvrir


def refus(lien: str, champ: str, envoi: str) -> Geste:
    """A dialogue sent with a field left empty."""

    def envoyer(page: Page) -> None:
        dialogue(lien)(page)
        fenetre = page.get_by_role("dialog")
        fenetre.get_by_role("textbox", name=champ).fill("")
        fenetre.get_by_role("button", name=envoi).click()
        expect(fenetre.locator(".resume-erreurs, .invalid-feedback, [role=alert]").first).to_be_visible()

    return envoyer


def corrige(envoi: str | re.Pattern) -> Geste:
    """A page sent as it is: it says what is expected."""

    def envoyer(page: Page) -> None:
        bouton(envoi)(page)
        expect(page.locator(".resume-erreurs, .invalid-feedback, [role=alert]").first).to_be_visible()

    return envoyer


def section(titre: str, champ: str, valeur: str) -> Geste:
    """A section of a fiche opened in place, and refused."""

    def envoyer(page: Page) -> None:
        page.get_by_role("link", name=f"Modifier\u00a0: {titre}").click()
        page.locator(champ).first.fill(valeur)
        page.get_by_role("button", name="Enregistrer", exact=True).last.click()
        expect(page.locator(".resume-erreurs").first).to_be_visible()

    return envoyer


def tout_deplier(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")


def carte(page: Page) -> None:
    page.locator("#plan").evaluate("d => { d.open = true; }")
    expect(page.locator(".plan .repere").first).to_be_visible()


def arbre_deplie(page: Page) -> None:
    page.get_by_role("treeitem").first.focus()
    page.keyboard.press("*")
    expect(page.get_by_role("treeitem", name="Centre hospitalier de Valmont")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("*")
    expect(page.get_by_role("treeitem", name="CH de Valmont")).to_be_visible()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem").first).to_be_visible()


def arbre_sans_resultat(page: Page) -> None:
    page.get_by_role("searchbox", name="Chercher dans l’arborescence").fill("zzzz")
    expect(page.get_by_text("Aucun résultat")).to_be_visible()


def menu_du_dossier(page: Page) -> None:
    page.get_by_role("treeitem", name="CH de Valmont").first.focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem").first).to_be_visible()


def mauvais_mot_de_passe(page: Page) -> None:
    page.get_by_label("Identifiant").fill("camilledemo")
    page.locator("input[type=password]").fill("pas le bon")
    corrige("Connexion")(page)


def rien(page: Page) -> None:
    """The page as it comes."""


ETATS: dict[str, tuple[str, Callable[[], str], Geste]] = {
    "menu": ("andreaadmin", adresse("accueil"), bouton("Menu")),
    "mon compte": ("camilledemo", adresse("accueil"), bouton(re.compile("^Mon compte"))),
    "accueil déplié": ("camilledemo", adresse("accueil"), tout_deplier),
    "identification refusée": ("", adresse("connexion"), mauvais_mot_de_passe),
    "demande d’accès refusée": ("", adresse("demande-acces"), corrige("Envoyer ma demande")),
    "page inconnue": ("camilledemo", lambda: "/ror/nulle-part/", rien),
    "page réservée": ("loulecture", adresse("comptes"), rien),
    "fiche déplié": ("camilledemo", adresse("fiche", fiche="EHPAD TEST"), tout_deplier),
    "renommer refusé": ("camilledemo", adresse("fiche", fiche="EHPAD TEST"), refus("Renommer", "Nom", "Enregistrer")),
    "nouveau dossier": (
        "camilledemo",
        adresse("fiche", fiche="EHPAD TEST"),
        dialogue("Créer un dossier collaboratif"),
    ),
    "demande de correction": (
        "camilledemo",
        adresse("fiche", fiche="EHPAD TEST"),
        dialogue("Demander une correction\u00a0: Téléphone"),
    ),
    "informations refusées": (
        "camilledemo",
        adresse("fiche", fiche=HEBERGEMENT),
        section("Informations générales", "#id_nom", ""),
    ),
    "horaires refusés": (
        "camilledemo",
        adresse("fiche", fiche=A_VENIR),
        section("Horaires", "#h-p1-1-0-de", "hier"),
    ),
    "contacts en saisie": (
        "camilledemo",
        adresse("fiche", fiche=HEBERGEMENT),
        lambda page: page.get_by_role("link", name="Modifier\u00a0: Contacts").click(),
    ),
    "relecture dépliée": ("camilledemo", adresse("relecture", fiche="EHPAD TEST"), tout_deplier),
    "filtres ouverts": ("loulecture", adresse("recherche", requete="q=cardiologie"), tout_deplier),
    "carte ouverte": ("loulecture", adresse("recherche", requete="q=cardiologie"), carte),
    "rien trouvé": ("loulecture", adresse("recherche", requete="q=zzzzzz"), rien),
    "lieu inconnu": ("loulecture", adresse("recherche", requete="q=ehpad&ou=zzzzzz"), rien),
    "recherche à enregistrer": (
        "loulecture",
        adresse("recherche", requete="q=ehpad"),
        dialogue("Enregistrer cette recherche"),
    ),
    "arbre déplié, menu d’actions": ("camilledemo", adresse("repertoire"), arbre_deplie),
    "arbre sans résultat": ("camilledemo", adresse("repertoire"), arbre_sans_resultat),
    "menu d’actions d’un dossier": ("camilledemo", du_dossier, menu_du_dossier),
    "aucun dossier": ("camilledemo", adresse("dossiers", requete="q=zzzzzz"), rien),
    "compte refusé": ("andreaadmin", adresse("compte-ouvrir"), corrige(re.compile("^Ouvrir le compte"))),
    "règle refusée": ("andreaadmin", adresse("regle-ajouter"), corrige("Enregistrer")),
    "conditions refusées": ("andreaadmin", adresse("cgu-publier"), corrige(re.compile("^Publier"))),
    "modèle refusé": ("andreaadmin", adresse("modele-importer"), corrige(re.compile("Importer|Vérifier"))),
    "aucun compte": ("andreaadmin", adresse("comptes", requete="q=zzzzzz"), rien),
    "tableau déplié": ("andreaadmin", adresse("tableau-de-bord"), tout_deplier),
    "réponse à une demande": ("sachasupport", adresse("demandes-correction"), dialogue("Répondre")),
}
"""What is seen → who sees it, where, and what brings it."""


@pytest.mark.exigence("B57")
@pytest.mark.parametrize("identifiant", sorted({qui for qui, _, _ in ETATS.values()}))
def test_chaque_etat(page: Page, live_server: LiveServer, demonstration, anomalies, identifiant: str):
    anomalies.statuts_admis.add(422)  # a refused form
    connecter(page, live_server.url, identifiant)
    vus: list[str] = []
    page.on("dialog", lambda question: question.accept())  # a form left half filled
    for titre, (qui, ou, geste) in ETATS.items():
        if qui != identifiant:
            continue
        page.set_viewport_size({"width": LARGEURS[0], "height": 800})
        page.goto(ou())
        attendre_calme(page)
        try:
            geste(page)
        except AssertionError as echec:
            vus.append(f"{titre} : {echec}")
            continue
        for largeur in LARGEURS:
            page.set_viewport_size({"width": largeur, "height": 800})
            vus += [f"{titre} à {largeur} px : {defaut}" for defaut in defauts(page)]
    assert vus == []
