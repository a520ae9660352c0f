"""The field schema of a type in a real Chromium: an offer of the official MS-141, then an EHPAD unit to be created."""

import re

import pytest
from playwright.sync_api import Page, expect

from dossiers.models import FicheDossier
from referentiel import fiches
from referentiel.import_modeles import charger_modeles_livres
from referentiel.models import Structure
from tests.e2e.test_offre import connecter, propre
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
EHPAD = "Accueil ou hébergement pour personnes âgées dépendantes, sans spécificité"


@pytest.fixture
def listes(transactional_db):
    RegionFactory()
    for liste, valeur, libelle in (
        ("JDV_J37", "a", "année"),
        ("JDV_J37", "d", "jour"),
        ("JDV_J20", "01", "Médecine, chirurgie, obstétrique (MCO)"),
        ("JDV_J20", "04", "Médico-social (MS)"),
        ("JDV_J19", "28", "Hospitalisation complète (HC)"),
        ("JDV_J19", "46", "Hébergement (accueil jour et nuit)"),
        ("JDV_J17", "135", "Sexologie médicale"),
        ("JDV_J17", "001", "Kinésithérapie"),
        ("JDV_J29", "01", "Personnes âgées"),
        ("JDV_J30", "02", "Permanent"),
    ):
        code(liste, valeur, libelle)
    for valeur, libelle, discipline, specialite in (
        ("157", "Unité hospitalière de gynécologie", "MCO", "Gynécologie, obstétrique"),
        ("21", EHPAD, "MSS", "Personnes âgées"),
        ("48", "Institut médico-éducatif (IME)", "MSS", "Personnes handicapées"),
    ):
        type_uo = code("TRE_R244", valeur, libelle)
        type_uo.proprietes = {"discipline_inferee": discipline, "specialite_proposee": specialite}
        type_uo.save()
    charger_modeles_livres()


@pytest.mark.exigence("S75", "S76", "S100")
def test_une_offre_de_gynecologie_se_saisit_selon_ms_141(page: Page, listes) -> None:
    hopital = EGFactory(groupe="VIL", _detail={"raison_sociale": "CH", "categorie": "355"})
    offre = UOFactory(parent=hopital, nom="Unité hospitalière de gynécologie", _detail={})
    offre.unite.type_offre = code("TRE_R244", "157")
    offre.unite.save()
    connecter(page, HabilitationFactory(structure=hopital).utilisateur)
    page.goto(f"/ror/fiche/{offre.pk}/modifier/")
    expect(page.locator("#type-offre")).to_contain_text("Le type d’UO se change dans un dossier collaboratif")
    page.get_by_label("Champ d’activité").select_option("01")
    mode = page.get_by_label("Mode de prise en charge")
    expect(mode.locator("option")).to_have_text(["Non renseigné", "Hospitalisation complète (HC)"])
    mode.select_option("28")
    page.get_by_label("Âge minimum", exact=True).or_(page.locator("#id_age_min")).first.fill("15")
    expect(page.get_by_text("Kinésithérapie")).to_have_count(0)
    page.locator("#id_activites summary").click()
    page.get_by_label("Sexologie médicale").check()
    propre(page)
    page.get_by_role("button", name="Modifier", exact=True).click()
    expect(page.locator("#manquants")).to_contain_text("Public pris en charge")
    propre(page)
    page.get_by_label("J’ai relu l’offre et je la valide.").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#messages")).to_contain_text("Validé et diffusé")
    valeurs = fiches.lire(Structure.objects.get(pk=offre.pk))
    assert (valeurs["mode_prise_en_charge"], valeurs["activites"], valeurs["age_min"]) == ("28", ["135"], 15)


@pytest.mark.exigence("S70", "S71", "S72", "S73", "S74", "S75", "S76", "S77")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_une_unite_d_ehpad_se_cree_au_clavier(page: Page, listes, largeur: int) -> None:
    ehpad = EGFactory(groupe="MSS", nom="EHPAD TEST")
    connecter(page, HabilitationFactory(structure=ehpad).utilisateur)
    page.set_viewport_size({"width": largeur, "height": 800})
    page.goto(f"/ror/dossiers/creer/{ehpad.pk}/")
    choix = page.get_by_role("combobox", name="Cherchez parmi tous les types")
    choix.fill("hebergement agees")
    expect(page.locator("#id_type_offre-liste").get_by_role("option")).to_have_text([EHPAD])
    propre(page)
    choix.press("ArrowDown")
    choix.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Champs du type"))).to_be_visible()
    expect(choix).to_have_value(EHPAD)
    expect(choix).to_be_focused()
    expect(page.locator("#id_nom")).to_have_value(f"Unité accueil{EHPAD[7:]}")
    page.locator("#id_age_min").fill("60")
    page.locator("#id_mode_prise_en_charge").select_option("46")
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    expect(page.locator(".resume-erreurs")).to_contain_text("Activités opérationnelles")
    propre(page)
    page.locator("#id_activites summary").click()
    page.get_by_label("Kinésithérapie").check()
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    expect(page.locator("#v-fiche").get_by_text("Finalisée", exact=True)).to_be_visible()
    propre(page)
    fiche = FicheDossier.objects.get()
    assert (fiche.type_offre.code, fiche.valeurs["activites"], fiche.valeurs["age_min"]) == ("21", ["001"], 60)
