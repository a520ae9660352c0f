"""Long lists, communes, prices, order of contacts in a real Chromium: mouse, keyboard, small screen, no script."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from referentiel.actions.fiches import modification_en_attente
from referentiel.models import Code, Nomenclature
from ror.commun.texte import normaliser
from tests.e2e.navigation import ouvrir_contexte
from tests.e2e.test_offre import ouvrir, propre
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def offre(transactional_db):
    RegionFactory()
    for liste, codes in {
        "JDV_J37": {"a": "année", "mo": "mois"},
        "JDV_J222": {"1": "Visible du grand public", "2": "Visible par les professionnels"},
        "JDV_J225": {"2": "Téléphone fixe", "3": "Courrier électronique"},
        "JDV_J36": {"02": "Forfait socle hébergement", "03": "Dépendance"},
        "JDV_J205": {"2": "Tarif journalier"},
        "JDV_J27": {"01": "GIR 1-2", "02": "GIR 3-4"},
        "JDV_J30": {"01": "Temporaire", "02": "Permanent"},
        "COG_DEPARTEMENT": {"77": "Seine-et-Marne"},
        "COG_REGION": {"11": "Île-de-France"},
        "COG_COMMUNE": {"77288": "Melun", "77284": "Meaux", "77038": "Boissettes", "77285": "Le Mée-sur-Seine"},
        "COG_EPCI": {"247700057": "CA Melun Val de Seine"},
    }.items():
        for valeur, libelle in codes.items():
            code(liste, valeur, libelle)
    Code.objects.filter(code="247700057").update(proprietes={"communes": "77288 77038 77285"})
    actes = Nomenclature.objects.create(identifiant="JDV_J16", nom="Actes")
    noms = [*(f"Acte courant {n}" for n in range(200)), "Échographie cardiaque foetale", "Épreuve d’effort cardiaque"]
    Code.objects.bulk_create(
        Code(nomenclature=actes, code=f"{n:04d}", libelle=nom, libelle_recherche=normaliser(nom))
        for n, nom in enumerate(noms)
    )
    return UOFactory(nom="Service de soins à domicile")


@pytest.fixture
def referente(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


def attente(structure):
    return {c.champ: c.propose for c in modification_en_attente(structure).changements.all()}


def enregistrer(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()


@pytest.mark.exigence("S79", "S80")
def test_chercher_un_acte_au_clavier_cocher_ajouter_retirer(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Actes spécifiques").click()
    liste = page.locator("#id_actes")
    liste.get_by_text("Sélectionnez", exact=True).press("Enter")
    expect(liste.locator("[data-bilan]")).to_contain_text("50 affichés, 202 trouvés sur 202")
    recherche = liste.get_by_role("searchbox")
    recherche.press_sequentially("echo")
    expect(liste.locator("[data-bilan]")).to_have_text("1 sur 202")
    recherche.press("ArrowDown")
    page.keyboard.press("Space")
    recherche.fill("epreuve")
    expect(liste.get_by_label("Épreuve d’effort cardiaque")).to_be_visible()
    expect(liste.get_by_label("Échographie cardiaque foetale")).to_be_checked()  # ticked, not added: it waits
    liste.get_by_label("Épreuve d’effort cardiaque").check()
    propre(page)
    liste.get_by_role("button", name="Ajouter\u00a0: Actes spécifiques").click()
    expect(liste.locator(".etiq")).to_have_count(2)
    expect(liste.get_by_role("searchbox")).to_be_focused()
    liste.get_by_role("searchbox").fill("cardiaque")
    expect(liste.get_by_label("Épreuve d’effort cardiaque (déjà retenu)")).to_be_disabled()
    propre(page)
    liste.get_by_role("button", name="Retirer Échographie cardiaque foetale").click()
    expect(liste.locator(".etiq")).to_have_count(1)
    enregistrer(page)
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert attente(offre) == {"actes": ["0201"]}


@pytest.mark.exigence("S86")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_le_territoire_par_intercommunalite_et_par_liste(page: Page, offre, referente, largeur) -> None:
    page.set_viewport_size({"width": largeur, "height": 800})
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Territoire d’intervention").click()
    communes = page.locator("#id_zones_communes")
    communes.get_by_text("Ajouter une intercommunalité (EPCI)").click()
    communes.get_by_label("Chercher une intercommunalité").fill("val de seine")
    communes.get_by_label("CA Melun Val de Seine").check()
    communes.get_by_role("button", name="Ajouter\u00a0: Communes").last.click()
    expect(communes.locator("[data-retenu]")).to_have_count(3)
    communes.get_by_text("Coller une liste").click()
    communes.get_by_label("Liste à coller").fill("Meaux (77)\nMelum")
    communes.get_by_role("button", name="Ajouter cette liste").click()
    expect(communes.locator("[data-retenu]")).to_have_count(4)
    expect(communes.get_by_text("aucune commune ne porte ce nom")).to_be_visible()
    expect(communes.get_by_label("Liste à coller")).to_have_value("Melum")
    propre(page)
    communes.get_by_label("Liste à coller").fill("")
    enregistrer(page)
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert attente(offre) == {"zones_communes": ["77038", "77284", "77285", "77288"]}


@pytest.mark.exigence("S85")
def test_l_ordre_des_contacts(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Contacts").click()
    for rang, nom in enumerate(("Accueil", "Admissions"), 1):
        page.get_by_role("button", name="Ajouter un contact").click()
        expect(page.get_by_label("Nom", exact=True)).to_have_count(rang)
        page.get_by_label("Nom", exact=True).last.fill(nom)
        page.get_by_label("Numéro ou adresse").last.fill("0199002715")
    page.get_by_role("button", name=re.compile("^Monter")).last.click()
    expect(page.get_by_label("Nom", exact=True).first).to_have_value("Admissions")
    page.get_by_text("Qui voit quoi").click()
    propre(page)
    enregistrer(page)
    expect(page.locator("#contacts")).to_contain_text("01 99 00 27 15")
    rangs = {c["nom"]: c["rang"] for c in attente(offre)["contacts"].values()}
    assert rangs["Admissions"] < rangs["Accueil"]


def test_les_colonnes_d_un_tarif_suivent_son_type(page: Page, anomalies, offre, referente) -> None:
    anomalies.statuts_admis.add(422)
    ouvrir(page, offre.parent, referente)
    page.get_by_role("link", name="Modifier\u00a0: Tarifs").click()
    page.locator("#tarifs").get_by_role("button", name=re.compile("^Ajouter")).click()
    expect(page.get_by_label("Groupe tarifaire dépendance")).to_be_hidden()
    page.get_by_label(re.compile("^Type de tarif")).select_option("03")
    expect(page.get_by_label("Groupe tarifaire dépendance")).to_be_visible()
    expect(page.get_by_label("Type d’habitation")).to_be_hidden()
    page.get_by_label(re.compile("^Montant")).fill("21,35")
    page.get_by_label(re.compile("^Unité")).select_option("2")
    propre(page)
    enregistrer(page)
    expect(page.get_by_text("ce type de tarif demande cette précision").first).to_be_visible()
    page.get_by_label("Groupe tarifaire dépendance").select_option("01")
    page.get_by_label("Temporalité d’accueil").select_option("02")
    enregistrer(page)
    expect(page.locator("#tarifs")).to_contain_text("Modifié, non diffusé")
    propre(page)


def test_sans_javascript(navigateur: Browser, live_server, offre, referente) -> None:
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    page = contexte.new_page()
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Actes spécifiques").click()
    liste = page.locator("#id_actes")
    liste.get_by_text("Sélectionnez", exact=True).click()
    liste.get_by_role("searchbox").fill("effort")
    liste.get_by_role("button", name=re.compile("^Chercher")).click()
    expect(liste.get_by_text("1 sur 202")).to_be_visible()
    liste.get_by_label("Épreuve d’effort cardiaque").check()
    liste.get_by_role("button", name="Ajouter\u00a0: Actes spécifiques").click()
    expect(liste.locator(".etiq")).to_have_count(1)
    enregistrer(page)
    expect(page.locator("#actes")).to_contain_text("Épreuve d’effort cardiaque")
    contexte.close()
