"""Preparing a dossier in a real browser: mouse, keyboard alone, small screen, drafts, two persons, without script."""

import os
import re

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dossiers import actions
from dossiers.models import Dossier, FicheDossier
from referentiel.models import ModeleSaisie, Structure
from referentiel.niveaux import Niveau
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    code,
)

from .accessibilite import violations_axe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]


@pytest.fixture
def hopital() -> Structure:
    RegionFactory()
    for liste, valeur, libelle in (
        ("JDV_J37", "a", "année"),
        ("JDV_J20", "01", "Médecine, chirurgie, obstétrique (MCO)"),
        ("JDV_J19", "28", "Hospitalisation complète (HC)"),
        ("JDV_J17", "001", "Kinésithérapie"),
        ("JDV_J28", "03", "Année complète"),
    ):
        code(liste, valeur, libelle)
    for valeur, libelle in (("149", "Cardiologie"), ("150", "Rythmologie")):
        type_uo = code("TRE_R244", valeur, libelle)
        type_uo.proprietes = {"discipline_inferee": "MCO", "specialite_proposee": "Cardiologie"}
        type_uo.save()
    for identifiant, types, champs in (
        ("CARDIO", ["149"], ("nom", "age_min", "mode_prise_en_charge", "ouverture_annuelle")),
        ("RYTHMO", ["150"], ("nom", "age_min", "mode_prise_en_charge")),
    ):
        modele = ModeleSaisie.objects.create(
            identifiant=identifiant, titre=identifiant, statut="active", origine="proposition", types=types
        )
        for rang, nom in enumerate(champs):
            modele.champs.create(champ=nom, ordre=rang, obligatoire=nom != "ouverture_annuelle")
    eg = EGFactory(parent=EJFactory(nom="Centre hospitalier de Valmont"), nom="CH de Valmont", groupe="MCO")
    pole = PoleFactory(parent=eg, nom="Pôle Médecine et urgences")
    PoleFactory(parent=eg, nom="Pôle Femme, mère, enfant")
    uf = UFFactory(parent=pole, nom="UF 2101 Cardiologie")
    UFFactory(parent=pole, nom="UF 2301 Diabétologie")
    offre = UOFactory(parent=uf, nom="Unité de cardiologie", groupe="MCO")
    offre.unite.type_offre = code("TRE_R244", "149")
    offre.unite.ouverture_annuelle = code("JDV_J28", "03")
    offre.unite.save()
    UOFactory(parent=uf, nom="Unité de rythmologie", groupe="MCO")
    return eg


@pytest.fixture
def dossier(hopital: Structure) -> Dossier:
    referente = HabilitationFactory(structure=hopital).utilisateur
    return actions.ouvrir(structure=hopital, auteur=referente, nom="77 MAJ MCO – CH de Valmont")


def connecter(page: Page, serveur: LiveServer, personne) -> Page:
    client = Client()
    client.force_login(personne)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": serveur.url}])
    return page


@pytest.fixture
def referente(page: Page, live_server: LiveServer, dossier: Dossier) -> Page:
    """The page of the référent who opened the dossier, signed in, on it."""
    connecter(page, live_server, dossier.cree_par)
    page.goto(f"/ror/dossiers/{dossier.pk}/")
    return page


def noeud(page: Page, nom: str):
    return page.get_by_role("treeitem", name=re.compile(rf"^{re.escape(nom)}"))


def voir(page: Page, nom: str) -> None:
    """Leaves a picture for the eye, when asked."""
    if dossier_images := os.environ.get("ROR_CAPTURES"):
        page.screenshot(path=f"{dossier_images}/{nom}.png", full_page=True, caret="initial")


def cle(nom: str) -> str:
    return f"s{Structure.objects.get(nom=nom).pk}"


@pytest.mark.exigence("S143", "S145", "S148", "S150", "S151", "S157", "S158", "S162", "B16")
def test_creer_completer_et_finaliser_une_unite(referente: Page, dossier: Dossier):
    page = referente
    expect(page.get_by_role("heading", name="77 MAJ MCO – CH de Valmont", level=1)).to_be_visible()
    assert violations_axe(page) == []
    voir(page, "dossier-1280")
    noeud(page, "UF 2101 Cardiologie").focus()
    page.keyboard.press("Shift+F10")
    entree = page.get_by_role("menuitem", name="Créer des unités opérationnelles")
    expect(entree).to_be_visible()
    assert violations_axe(page) == []
    voir(page, "menu-1280")
    entree.click()
    fenetre = page.get_by_role("dialog")
    expect(fenetre.get_by_role("heading", name="Création d’unités élémentaires d’accueil")).to_be_visible()
    expect(fenetre.get_by_label(re.compile("Nombre de fiches à créer"))).to_have_value("1")
    assert violations_axe(page) == []
    voir(page, "creer-1280")
    fenetre.get_by_role("button", name="Créer").click()
    expect(page.get_by_role("heading", name="Unité opérationnelle en création")).to_be_visible()
    expect(page.locator("#v-fiche")).to_contain_text("CH de Valmont › Pôle Médecine et urgences › UF 2101 Cardiologie")
    expect(noeud(page, "Unité opérationnelle en création")).to_contain_text("À créer")
    assert violations_axe(page) == []
    voir(page, "fiche-neuve-1280")
    page.get_by_role("combobox", name="Cherchez parmi tous les types").fill("rythm")
    page.get_by_role("option", name="Rythmologie").click()
    expect(page.get_by_label("Nom", exact=False).first).to_have_value("Unité rythmologie")
    expect(page.get_by_text("Brouillon gardé à")).to_be_visible()
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    resume = page.get_by_role("group", name=re.compile("points? à corriger"))
    expect(resume).to_contain_text("Mode de prise en charge")
    assert violations_axe(page) == []
    voir(page, "fiche-refusee-1280")
    page.get_by_label("Mode de prise en charge").select_option("28")
    page.locator("#id_age_min").fill("18")
    if page.get_by_label("Champ d’activité").count():
        page.get_by_label("Champ d’activité").select_option("01")
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    expect(page.get_by_text("est enregistrée et finalisée")).to_be_visible()
    expect(noeud(page, "Unité rythmologie")).to_contain_text("Finalisée")
    expect(noeud(page, "Unité rythmologie").locator(".etat-finalisee svg")).to_be_visible()
    expect(page.get_by_text("Vous aviez commencé une saisie")).to_have_count(0)
    voir(page, "fiche-finalisee-1280")
    noeud(page, "77 MAJ MCO – CH de Valmont").locator(".lib").click()
    expect(page.get_by_role("heading", name="Ce que change ce dossier")).to_be_focused()
    expect(page.locator("#v-fiche")).to_contain_text("L’unité « Unité rythmologie » est créée sous")
    assert violations_axe(page) == []
    voir(page, "resume-1280")


@pytest.mark.exigence("S131", "S153", "B58", "B20")
def test_deplacer_au_clavier_a_la_souris_et_annuler(referente: Page, dossier: Dossier):
    page = referente
    noeud(page, "Unité de cardiologie").focus()
    page.keyboard.press("Control+x")
    expect(page.locator("#annonces")).to_contain_text("1 fiche à déplacer")
    noeud(page, "Unité de rythmologie").focus()
    page.keyboard.press("Control+x")
    noeud(page, "Pôle Femme, mère, enfant").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#annonces")).to_contain_text("ne peut pas être rangée sous")
    noeud(page, "UF 2301 Diabétologie").focus()
    page.keyboard.press("Control+v")
    toast = page.get_by_role("group", name="Dernier déplacement")
    expect(toast).to_contain_text("2 fiches sont déplacées sous « UF 2301 Diabétologie »")
    expect(noeud(page, "Unité de cardiologie")).to_contain_text("Déplacée")
    expect(noeud(page, "Unité de cardiologie")).to_have_attribute("aria-level", "5")
    assert violations_axe(page) == []
    voir(page, "deplace-1280")
    toast.get_by_role("button", name="Annuler").press("Enter")
    expect(page.get_by_text("2 fiches sont revenues à leur place")).to_be_visible()
    assert not FicheDossier.objects.exists()
    noeud(page, "Unité de rythmologie").drag_to(noeud(page, "UF 2301 Diabétologie"))
    expect(page.get_by_text("« Unité de rythmologie » est déplacée").first).to_be_visible()
    assert FicheDossier.objects.get().parent.nom == "UF 2301 Diabétologie"
    page.get_by_role("button", name="Annuler le déplacement").click()
    expect(page.get_by_text("« Unité de rythmologie » est revenue à sa place")).to_be_visible()
    noeud(page, "UF 2301 Diabétologie").locator(".act").click()
    page.get_by_role("menuitem", name="Déplacer").click()
    fenetre = page.get_by_role("dialog")
    fenetre.get_by_role("searchbox").fill("femme")
    expect(fenetre.get_by_text("1 dans la liste")).to_be_visible()
    expect(fenetre.get_by_role("radio", name=re.compile("Pôle Médecine"))).to_have_count(0)
    assert violations_axe(page) == []
    voir(page, "deplacer-1280")
    fenetre.get_by_role("radio", name=re.compile("Femme")).check()
    fenetre.get_by_role("button", name="Déplacer").click()
    expect(noeud(page, "UF 2301 Diabétologie")).to_contain_text("Déplacée")


@pytest.mark.exigence("S132", "S155", "S160")
def test_changer_le_type_dit_ce_qui_s_efface_et_supprimer_le_liste(referente: Page, dossier: Dossier):
    page = referente
    noeud(page, "Unité de cardiologie").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Unité de cardiologie", level=2)).to_be_focused()
    page.get_by_role("combobox", name="Cherchez parmi tous les types").fill("rythm")
    page.get_by_role("option", name="Rythmologie").click()
    perdu = page.get_by_text(re.compile(r"Ce type n’utilise pas 2\schamps déjà remplis"))
    expect(perdu).to_be_visible()
    expect(page.locator("#champs-type")).to_contain_text("Année complète")
    assert violations_axe(page) == []
    voir(page, "type-1280")
    page.get_by_role("button", name="Enregistrer et mettre en attente").click()
    expect(page.get_by_text("est enregistrée et mise en attente")).to_be_visible()
    expect(noeud(page, "Unité de cardiologie")).to_contain_text("En attente")
    expect(page.get_by_text("Type d’UO changé dans ce dossier")).to_be_visible()
    expect(page.get_by_text("Vous aviez commencé une saisie")).to_have_count(0)
    assert Structure.objects.get(nom="Unité de cardiologie").unite.type_offre.code == "149"
    noeud(page, "UF 2101 Cardiologie").locator(".act").click()
    page.get_by_role("menuitem", name="Supprimer").click()
    fenetre = page.get_by_role("dialog")
    expect(fenetre).to_contain_text("2 fiches disparaîtront avec elle")
    assert violations_axe(page) == []
    voir(page, "supprimer-1280")
    fenetre.get_by_label("Motif").fill("Activité arrêtée")
    fenetre.get_by_role("button", name="Supprimer").click()
    expect(noeud(page, "UF 2101 Cardiologie")).to_contain_text("Supprimée")
    assert violations_axe(page) == []
    voir(page, "supprimee-1280")
    page.get_by_role("button", name="Rétablir").click()
    expect(noeud(page, "UF 2101 Cardiologie")).not_to_contain_text("Supprimée")


@pytest.mark.exigence("S18", "S127", "B16", "B17")
def test_deux_personnes_sur_une_fiche_rien_ne_se_perd(
    referente: Page, dossier: Dossier, hopital: Structure, live_server: LiveServer, navigateur: Browser
):
    page, uf = referente, cle("UF 2101 Cardiologie")
    fiche = f"/ror/dossiers/{dossier.pk}/fiche/{uf}/"
    page.goto(fiche)
    collegue = HabilitationFactory(structure=hopital).utilisateur
    actions.enregistrer_fiche(
        dossier_id=dossier.pk,
        cle=uf,
        auteur=collegue,
        envoi=actions.Envoi({"nom": "UF 2101 Cardiologie"}, {"nom": "UF 2101 Cardio"}),
        finaliser=False,
    )
    page.get_by_label("Nom", exact=False).first.fill("UF 2101 Coeur")
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    choix = page.get_by_role("group", name="Nom")
    expect(choix).to_contain_text("UF 2101 Coeur")
    expect(choix).to_contain_text("UF 2101 Cardio")
    expect(choix).to_contain_text(str(collegue))
    assert violations_axe(page) == []
    voir(page, "fusion-1280")
    choix.get_by_role("radio", name=re.compile("Votre saisie")).check()
    page.get_by_role("button", name="Enregistrer ces choix").click()
    expect(page.get_by_text("est enregistrée")).to_be_visible()
    assert FicheDossier.objects.get().nom == "UF 2101 Coeur"
    page.get_by_label("Nom", exact=False).first.fill("UF 2101 Coeur et vaisseaux")
    expect(page.get_by_text("Brouillon gardé à")).to_be_visible()
    page.goto(f"/ror/dossiers/{dossier.pk}/")
    expect(page.get_by_text("saisie gardée n’est pas enregistrée")).to_be_visible()
    noeud(page, "UF 2101 Coeur").locator(".lib").click()
    expect(page.get_by_text("Vous aviez commencé une saisie")).to_be_visible()
    page.get_by_role("link", name="Reprendre").click()
    expect(page.get_by_label("Nom", exact=False).first).to_have_value("UF 2101 Coeur et vaisseaux")


@pytest.mark.exigence("B57")
def test_sur_un_telephone_deux_volets(referente: Page, dossier: Dossier):
    page = referente
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(page.get_by_role("button", name="Fiches du dossier")).to_have_attribute("aria-pressed", "true")
    voir(page, "dossier-390")
    noeud(page, "Unité de cardiologie").locator(".lib").click()
    expect(page.get_by_role("heading", name="Unité de cardiologie", level=2)).to_be_visible()
    expect(noeud(page, "Unité de cardiologie")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations_axe(page) == []
    voir(page, "fiche-390")
    page.get_by_role("link", name="Déplacer").click()
    assert violations_axe(page) == []
    voir(page, "deplacer-390")


def test_sans_script_tout_se_fait_par_des_pages(
    dossier: Dossier, live_server: LiveServer, navigateur: Browser, anomalies
):
    contexte = navigateur.new_context(base_url=live_server.url, java_script_enabled=False, locale="fr-FR")
    page = connecter(contexte.new_page(), live_server, dossier.cree_par)
    page.goto(f"/ror/dossiers/{dossier.pk}/")
    page.get_by_role("link", name="Actions : UF 2101 Cardiologie").click()
    page.get_by_role("link", name="Créer des unités opérationnelles").click()
    page.get_by_label(re.compile("Nombre de fiches à créer")).fill("2")
    page.get_by_role("button", name="Créer").click()
    assert FicheDossier.objects.filter(niveau=Niveau.UO).count() == 2
    page.get_by_role("link", name="Déplacer plusieurs fiches").click()
    for case in page.get_by_role("checkbox", name=re.compile("Unité de (cardio|rythmo)logie")).all():
        case.check()
    page.get_by_role("button", name="Choisir l’emplacement").click()
    page.get_by_role("radio", name=re.compile("UF 2301")).check()
    page.get_by_role("button", name="Déplacer").click()
    page.get_by_role("button", name="Annuler le déplacement").click()
    assert page.get_by_text("2 fiches sont revenues à leur place").is_visible()
    contexte.close()
