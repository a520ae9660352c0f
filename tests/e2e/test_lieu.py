"""The lieux in a real browser: added, described row by row, read with the age of each figure."""

import pytest
from playwright.sync_api import Page, expect

from referentiel.models import CapaciteAccueil, Lieu
from tests.e2e.accessibilite import violations_axe
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, code
from tests.fabriques.comptes import MOT_DE_PASSE

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def etablissement():
    RegionFactory()
    for liste, valeur, libelle in (
        ("JDV_J187", "01", "Lit"),
        ("JDV_J188", "01", "Installé"),
        ("JDV_J188", "02", "Disponible"),
        ("JDV_J189", "01", "Courant"),
        ("JDV_J193", "01", "Saisie manuelle"),
        ("JDV_J195", "01", "Aucune"),
        ("JDV_J224", "3", "Opérationnel"),
        ("JDV_J18", "037", "IRM"),
    ):
        code(liste, valeur, libelle)
    return EGFactory(nom="EHPAD TEST")


def propre(page: Page) -> None:
    assert violations_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.exigence("S88", "S89", "S90")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_un_lieu_s_ajoute_et_se_decrit(page: Page, etablissement, largeur) -> None:
    personne = HabilitationFactory(structure=etablissement).utilisateur
    page.set_viewport_size({"width": largeur, "height": 900})
    page.goto(f"/ror/fiche/{etablissement.pk}/")
    page.get_by_label("Identifiant").fill(personne.identifiant)
    page.locator("input[type=password]").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Connexion").click()
    page.get_by_role("link", name="Ajouter un lieu").click()
    propre(page)
    page.get_by_label("Nom", exact=False).first.fill("Site des Glycines")
    page.get_by_role("button", name="Ajouter le lieu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Site des Glycines")
    propre(page)
    page.get_by_role("link", name="Modifier\u00a0: Capacitaire").click()
    page.get_by_role("button", name="Ajouter\u00a0: Lits et places").click()
    nature = page.get_by_label("Nature")
    expect(nature).to_be_focused()
    nature.select_option("01")
    page.get_by_label("Nombre").fill("12")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#capacitaire")).to_contain_text("12\u00a0lits installés")
    expect(page.locator("#capacitaire")).to_contain_text("à l’instant")
    page.get_by_role("link", name="Modifier\u00a0: Équipements spécifiques").click()
    page.get_by_role("button", name="Ajouter\u00a0: Équipements spécifiques").click()
    page.get_by_role("combobox", name="Équipement").select_option("037")
    page.get_by_label("Poids maximum (kg)").fill("200")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#equipements")).to_contain_text("IRM")
    propre(page)
    assert (Lieu.objects.get().equipements.get().poids_max, CapaciteAccueil.objects.get().nombre) == (200, 12)
