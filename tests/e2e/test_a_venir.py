"""What is to come and what was, in a real Chromium: calendar, date moved, versions compared, a change undone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from referentiel import actions, fiches
from referentiel.models import Structure, UniteOperationnelle
from tests.e2e.accessibilite import violations_axe
from tests.e2e.test_offre import connecter
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def offre(transactional_db):
    RegionFactory()
    for valeur, libelle in (("01", "Kinésithérapie"), ("02", "Consultation mémoire")):
        code("JDV_J17", valeur, libelle)
    code("JDV_J37", "a", "année")
    return UOFactory(nom="Unité d’hébergement pour personnes âgées dépendantes")


@pytest.fixture
def referente(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


def saisir(structure, auteur, **saisies) -> None:
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)


def diffuser(structure, auteur, jours: int = 0, **saisies) -> None:
    saisir(structure, auteur, **saisies)
    jour = timezone.localdate() + timedelta(days=jours)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True, date_effet=jour)


def propre(page: Page) -> None:
    """No fault of accessibility, nothing beyond the edge, wide and narrow."""
    for largeur in (1280, 390):
        page.set_viewport_size({"width": largeur, "height": 800})
        assert violations_axe(page) == []
        debord = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert debord <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.exigence("B21")
def test_le_calendrier_et_la_date_changee_au_clavier(page: Page, offre, referente) -> None:
    diffuser(offre, referente, 1, nom="Unité des Glycines")
    UniteOperationnelle.objects.filter(structure=UOFactory(parent=offre.parent, nom="Accueil de jour")).update(
        type_fermeture="DEF", date_fermeture=timezone.localdate() + timedelta(days=1)
    )
    connecter(page, referente)
    page.goto("/ror/")
    page.get_by_role("link", name="Modifications à venir").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modifications à venir")
    propre(page)
    page.get_by_role("link", name="Calendrier").click()
    if (timezone.localdate() + timedelta(days=1)).month != timezone.localdate().month:
        page.get_by_role("link", name="Mois suivant").click()
    expect(page.get_by_role("table")).to_be_visible()
    propre(page)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.get_by_role("link", name="Fermeture\u00a0: Accueil de jour")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Unité d’hébergement", exact=False).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".echeance:target")).to_contain_text("Unité des Glycines")
    page.get_by_role("link", name="Changer la date").focus()
    page.keyboard.press("Enter")
    champ = page.get_by_label("Nouvelle date d’effet")
    expect(champ).to_be_focused()
    champ.fill((timezone.localdate() + timedelta(days=20)).isoformat())
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("sera diffusée le")
    expect(page.locator(".echeance")).to_contain_text("Unité des Glycines")


@pytest.mark.exigence("B15", "B18")
def test_l_historique_filtre_compare_et_relit(page: Page, offre, referente) -> None:
    diffuser(offre, referente, activites=["01", "02"])
    diffuser(offre, referente, horaires={"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]})
    diffuser(offre, referente, 4, conditions_accueil="Animaux acceptés")
    saisir(offre, referente, conditions_admission="Commission le mardi")
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/historique/")
    expect(page.locator(".frise .futur")).to_have_count(2)
    propre(page)
    page.get_by_label("Rubrique ou champ").select_option("activites")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator(".frise > li")).to_have_count(1)
    expect(page.locator("#liste")).not_to_contain_text("Horaires du lundi")
    propre(page)
    page.get_by_role("link", name="Avant et après, côte à côte").click()
    expect(page.locator("#differences")).to_contain_text("Consultation mémoire")
    page.get_by_label("Comparer", exact=True).select_option("diffusee")
    page.get_by_label("avec", exact=True).select_option("attente")
    page.get_by_role("button", name="Comparer").click()
    expect(page.locator("#differences")).to_contain_text("Commission le mardi")
    propre(page)
    page.goto(f"/ror/fiche/{offre.pk}/a-la-date/version-2/")
    expect(page.locator("#activites")).to_contain_text("Kinésithérapie")
    expect(page.locator("#horaires")).not_to_contain_text("lundi")
    propre(page)


@pytest.mark.exigence("M4")
def test_un_changement_s_annule_et_un_autre_se_choisit(page: Page, anomalies, offre, referente) -> None:
    diffuser(offre, referente, nom="Unité A", activites=["01"])
    actions.renommer(structure_id=offre.pk, auteur=referente, nom="Unité B")
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/historique/")
    page.get_by_role("link", name="Annuler ce changement").last.click()
    expect(page.locator("#retour")).to_contain_text("retrait de")
    expect(page.locator(".question")).to_contain_text("Unité B")
    propre(page)
    page.get_by_label("Motif (facultatif)").fill("Mauvaise unité")
    page.get_by_label("Valeur d’avant le changement").check()
    page.get_by_role("button", name="Annuler ce changement").click()
    expect(page.locator("#messages")).to_contain_text("Le changement est annulé")
    expect(page.locator(".frise > li").first).to_contain_text("Mauvaise unité")
    propre(page)
    assert fiches.lire(Structure.objects.get(pk=offre.pk))["nom"] == offre.nom
