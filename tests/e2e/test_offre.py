"""The path of a référent in a real Chromium: hours typed, validated, seen by another; dates, conflicts, keyboard."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.actions.verifications import verifier_sections
from referentiel.models import Lieu, Modification, Structure
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import ouvrir_contexte
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code
from tests.fabriques.comptes import MOT_DE_PASSE

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def offre(transactional_db):
    RegionFactory()
    for valeur, libelle in (("a", "année"), ("mo", "mois")):
        code("JDV_J37", valeur, libelle)
    for n, libelle in enumerate(("Kinésithérapie", "Consultation mémoire", "Psychomotricité", "Animation")):
        code("JDV_J17", f"0{n}", libelle)
    for valeur, libelle in (("1", "Visible du grand public"), ("2", "Visible par les professionnels")):
        code("JDV_J222", valeur, libelle)
    for valeur, libelle in (("1", "Téléphone mobile"), ("2", "Téléphone fixe"), ("3", "Courrier électronique")):
        code("JDV_J225", valeur, libelle)
    code("JDV_J220", "18", "Cadre de santé")
    offre = UOFactory(nom="Unité d’hébergement pour personnes âgées dépendantes")
    lieu = Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines", localite="Valmont-sur-Lys")
    offre.unite.lieux.add(lieu)
    return offre


@pytest.fixture
def referente(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


@pytest.fixture
def collegue(offre):
    return HabilitationFactory(structure=offre.parent, utilisateur=UtilisateurFactory(prenom="Alix")).utilisateur


def connecter(page: Page, personne) -> None:
    client = Client()
    client.force_login(personne)
    page.context.clear_cookies()
    valeur = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": valeur, "domain": "localhost", "path": "/"}])


def ouvrir(page: Page, offre, personne) -> None:
    connecter(page, personne)
    page.goto(f"/ror/fiche/{offre.pk}/")


def propre(page: Page) -> None:
    assert violations_axe(page) == []
    largeur = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert largeur <= 0


@pytest.mark.exigence("S43", "S87", "S107", "S108", "S109")
def test_de_l_identification_aux_horaires_diffuses(page: Page, offre, referente) -> None:
    page.goto(f"/ror/fiche/{offre.pk}/")
    page.get_by_label("Identifiant").fill(referente.identifiant)
    page.locator("input[type=password]").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Connexion").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unité d’hébergement")
    propre(page)
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.locator("#h-p1-1-0-de").fill("9")
    page.locator("#h-p1-1-0-a").fill("17h30")
    page.get_by_label("Copier", exact=True).select_option("1")
    for jour in ("mardi", "mercredi", "jeudi", "vendredi"):
        page.locator(".copie").get_by_label(jour).check()
    page.locator(".copie").get_by_role("button", name="Copier").click()
    expect(page.locator("#h-p1-5-0-a")).to_have_value("17:30")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#horaires")).to_contain_text("Modifié, non diffusé")
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    expect(page.get_by_role("link", name="Modifier\u00a0: Horaires")).to_be_focused()
    propre(page)
    page.get_by_label("J’ai relu l’offre et je la valide.").check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Validé et diffusé")
    ouvrir(page, offre, UtilisateurFactory())
    expect(page.locator("#horaires")).to_contain_text("Ouvert du lundi au vendredi de 9\u00a0h à 17\u00a0h\u00a030.")
    expect(page.get_by_role("button", name="Valider")).to_have_count(0)
    propre(page)


@pytest.mark.exigence("S102", "S103")
def test_programme_a_une_date_puis_vu(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier toute la fiche").click()
    page.locator("#id_nom").fill("Unité des Glycines")
    page.get_by_label("Conditions d’accueil").fill("Animaux acceptés")
    propre(page)
    page.get_by_role("button", name="Modifier", exact=True).click()
    expect(page.locator("#differences")).to_contain_text("Animaux acceptés")
    propre(page)
    jour = timezone.localdate() + timedelta(days=2)
    page.get_by_label("Date d’effet").fill(jour.isoformat())
    page.get_by_label("J’ai relu l’offre et je la valide.").check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("sera diffusé le")
    expect(page.locator("#a-venir")).to_contain_text("Animaux acceptés")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unité d’hébergement")
    propre(page)
    Modification.objects.update(date_effet=timezone.localdate())
    actions.publier_echues()
    ouvrir(page, offre, UtilisateurFactory())
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unité des Glycines")
    expect(page.locator("#conditions")).to_contain_text("Animaux acceptés")


def test_conflit_ecran_de_fusion(page: Page, anomalies, offre, referente, collegue) -> None:
    anomalies.statuts_admis.add(409)
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Conditions").click()
    page.get_by_label("Conditions d’accueil").fill("Chambres seules")
    page.get_by_label("Conditions d’admission").fill("Commission le mardi")
    actions.enregistrer(
        structure_id=offre.pk,
        auteur=collegue,
        vues=fiches.lire(offre),
        saisies={"conditions_accueil": "Animaux acceptés"},
    )
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.get_by_role("heading", name=re.compile("valeur à choisir"))).to_be_focused()
    expect(page.locator(".question")).to_contain_text(f"Valeur enregistrée par {collegue}")
    propre(page)
    page.get_by_label("Votre saisie").check()
    page.get_by_role("button", name="Enregistrer ces choix").click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    proposes = {c.champ: c.propose for c in modification_en_attente(offre).changements.all()}
    assert proposes == {"conditions_accueil": "Chambres seules", "conditions_admission": "Commission le mardi"}


def test_une_faute_prend_le_focus_et_garde_tout(page: Page, anomalies, offre, referente) -> None:
    anomalies.statuts_admis.add(422)
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.locator("#h-p1-5-0-de").fill("22h")
    page.locator("#h-p1-5-0-a").fill("6h")
    page.locator("#h-p1-5-0-a").press("Enter")
    expect(page.locator(".resume-erreurs")).to_be_focused()
    propre(page)
    page.get_by_role("button", name="Ouvert la nuit, jusqu’à 6\u00a0h le lendemain").click()
    expect(page.locator("#h-p1-5-0-de")).to_be_focused()
    page.get_by_role("button", name="Ajouter une exception").click()
    expect(page.get_by_label("Du", exact=True)).to_be_focused()
    expect(page.locator("#h-p1-5-0-a")).to_have_value("6h")
    propre(page)
    page.get_by_role("button", name="Retirer cette exception").click()
    expect(page.get_by_role("button", name="Ajouter une exception")).to_be_focused()
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#horaires")).to_contain_text("Modifié, non diffusé")
    expect(page.locator("#horaires")).to_contain_text("de 22\u00a0h à 6\u00a0h le lendemain")


@pytest.mark.exigence("S80", "S85")
def test_codes_et_contacts(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Activités opérationnelles").click()
    page.get_by_text("Sélectionnez", exact=True).click()
    page.get_by_label("Chercher dans la liste").fill("memoire")
    expect(page.get_by_label("Kinésithérapie")).to_be_hidden()
    page.get_by_label("Consultation mémoire").check()
    propre(page)
    page.get_by_role("button", name="Ajouter\u00a0: Activités opérationnelles").click()
    expect(page.locator(".etiq")).to_have_text(re.compile("Consultation mémoire"))
    expect(page.get_by_role("button", name="Retirer Consultation mémoire")).to_be_visible()
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")  # its answer moves the focus
    expect(page.locator("#activites")).to_contain_text("Consultation mémoire")
    page.get_by_role("link", name="Modifier\u00a0: Contacts").click()
    page.get_by_role("button", name="Ajouter un contact").click()
    expect(page.get_by_label("Nom", exact=True)).to_be_focused()
    page.keyboard.type("Admissions")
    page.get_by_label("Numéro ou adresse").fill("01 99 00 27 15")
    page.get_by_role("button", name="Ajouter un contact").click()
    expect(page.get_by_label("Nom", exact=True)).to_have_count(2)
    expect(page.get_by_label("Nom", exact=True).first).to_have_value("Admissions")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#contacts")).to_contain_text("01 99 00 27 15")


def test_au_clavier_seulement(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Informations générales").focus()
    page.keyboard.press("Enter")
    nom = page.locator("#id_nom")
    expect(nom).to_be_visible()
    page.keyboard.press("Tab")
    while not nom.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("Unité au clavier")
    page.keyboard.press("Enter")
    expect(page.locator("#informations")).to_contain_text("Modifié, non diffusé")
    page.get_by_label("J’ai relu l’offre et je la valide.").focus()
    page.keyboard.press("Shift+Tab")
    page.get_by_role("button", name="Valider", exact=True).focus()
    page.keyboard.press("Enter")  # not ticked yet: the focus goes to the box
    expect(page.get_by_label("J’ai relu l’offre et je la valide.")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Valider", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Validé et diffusé")
    assert Structure.objects.get(pk=offre.pk).nom == "Unité au clavier"


def test_sans_javascript(navigateur: Browser, live_server, offre, referente) -> None:
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    page = contexte.new_page()
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.locator("#h-p1-1-0-de").fill("9")
    page.locator("#h-p1-1-0-a").fill("12")
    page.get_by_role("button", name="Plage de plus, lundi").click()
    page.locator("#h-p1-1-1-de").fill("14")
    page.locator("#h-p1-1-1-a").fill("17")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.get_by_role("link", name="Modifier\u00a0: Activités opérationnelles").click()
    page.get_by_text("Sélectionnez", exact=True).click()
    page.get_by_label("Animation").check()
    page.get_by_role("button", name="Ajouter\u00a0: Activités opérationnelles").click()
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.get_by_text("avant de valider.")).to_be_visible()
    page.get_by_label("J’ai relu l’offre et je la valide.").check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.get_by_text("Validé et diffusé")).to_be_visible()
    expect(page.locator("#horaires")).to_contain_text("le lundi de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h")
    expect(page.locator("#activites")).to_contain_text("Animation")
    contexte.close()


@pytest.mark.parametrize("largeur", [390, 320])
def test_petit_ecran(page: Page, offre, referente, largeur) -> None:
    page.set_viewport_size({"width": largeur, "height": 780})
    actions.enregistrer(
        structure_id=offre.pk, auteur=referente, vues=fiches.lire(offre), saisies={"conditions_accueil": "Animaux"}
    )
    ouvrir(page, offre, referente)
    propre(page)
    for section in ("informations", "contacts", "activites", "conditions", "horaires"):
        page.goto(f"/ror/fiche/{offre.pk}/{section}/modifier/")
        propre(page)
    for adresse in ("modifier", "valider", "abandonner"):
        page.goto(f"/ror/fiche/{offre.pk}/{adresse}/")
        propre(page)


@pytest.mark.exigence("S44")
def test_le_lieu_depuis_l_offre(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Site des Glycines").click()
    propre(page)
    page.get_by_role("link", name="Modifier\u00a0: Accès et stationnement").click()
    page.get_by_role("textbox", name="Accès et stationnement").fill("Bus 12, arrêt Glycines")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#acces")).to_contain_text("Bus 12, arrêt Glycines")
    expect(page.locator("#messages")).to_contain_text("visible de tous")


@pytest.mark.exigence("M9")
def test_marquer_une_section_comme_a_jour_sans_quitter_sa_place(page: Page, offre, referente):
    verifier_sections(offre, referente, ["horaires", "contacts"], timezone.now() - timedelta(days=440))
    ouvrir(page, offre, referente)
    horaires = page.locator("#horaires")
    expect(horaires).to_contain_text("il y a 14\u00a0mois")
    bouton = horaires.get_by_role("button", name="Marquer comme à jour")
    bouton.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    bouton.press("Enter")
    expect(horaires).to_contain_text("Vérifié le")
    expect(horaires).not_to_contain_text("il y a")
    expect(page.locator("#horaires-modifier")).to_be_focused()
    expect(page.locator("#contacts")).to_contain_text("il y a 14\u00a0mois")
    assert abs(page.evaluate("scrollY") - place) < 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
