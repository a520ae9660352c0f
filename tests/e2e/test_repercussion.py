"""A référent and her dossier, from the Répertoire, in a real Chromium: opened, announced, asked about, told (S104…)."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dossiers import actions
from dossiers.actions.avis import avertir
from dossiers.actions.contenu import noeud_editable
from dossiers.contenus import contenu_de
from dossiers.models import Dossier, Sujet
from referentiel.models import CorrespondanceCategorie

from .test_offre import collegue, connecter, offre, propre, referente

__all__ = ["collegue", "offre", "referente"]
pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def sans_file(monkeypatch):
    monkeypatch.setattr("dossiers.tasks.envoyer_avis.delay", lambda: None)


def changer(dossier, structure, auteur, **saisies) -> None:
    cle = f"s{structure.pk}"
    envoi = actions.Envoi(contenu_de(noeud_editable(dossier, cle)).valeurs, saisies)
    actions.enregistrer_fiche(dossier_id=dossier.pk, cle=cle, auteur=auteur, envoi=envoi, finaliser=False)


@pytest.mark.exigence("S135", "S137", "S139", "S141")
def test_un_dossier_s_ouvre_au_clavier_depuis_l_arbre_puis_s_annonce(page: Page, offre, referente) -> None:
    eg = offre.parent
    CorrespondanceCategorie.objects.create(categorie="500", groupe="MSS", discipline="MSPA", origine="CNSA")
    connecter(page, referente)
    page.goto(f"/ror/repertoire/?fiche={eg.pk}")
    ligne = page.locator(f"#df-77-{eg.parent_id} ~ ul #n-{eg.pk}, #n-{eg.pk}").first
    ligne.focus()
    page.keyboard.press("Shift+F10")
    page.get_by_role("menuitem", name="Créer un dossier collaboratif").click()
    fenetre = page.locator("#dialogue")
    nom = fenetre.get_by_label("Nom du dossier")
    expect(nom).to_be_focused()
    expect(nom).to_have_value(f"77 MAJ MSPA – {eg.nom}")
    propre(page)
    nom.fill("Travaux du 2e étage")
    expect(fenetre.get_by_role("status")).to_contain_text("ne commence pas par un numéro de département")
    expect(nom).to_be_focused()
    propre(page)
    nom.fill(f"77 MAJ MSPA – {eg.nom}, 2e étage")
    expect(fenetre.get_by_role("status")).to_have_text("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2e étage")
    dossier = Dossier.objects.get()
    for largeur in (1280, 390):
        page.set_viewport_size({"width": largeur, "height": 800})
        for adresse in (f"/ror/repertoire/?fiche={eg.pk}", f"/ror/fiche/{offre.pk}/"):
            page.goto(adresse)
            expect(page.get_by_role("note")).to_contain_text("Cette fiche fait partie d’un dossier collaboratif.")
            expect(page.get_by_role("note")).to_contain_text(dossier.nom)
            propre(page)
    page.goto(f"/ror/fiche/{eg.pk}/")
    expect(page.locator(".gestes").get_by_role("link", name="Ouvrir le dossier")).to_be_visible()
    expect(page.get_by_role("link", name="Créer un dossier collaboratif")).to_have_count(0)
    # Asked all the same, from a page left open: the dialogue leads there too.
    page.goto(reverse("dossier-nouveau", args=[eg.pk]))
    expect(page.locator("main")).to_contain_text("déjà ouvert sur cet établissement")
    propre(page)
    page.locator("main").get_by_role("link", name="Ouvrir le dossier").click()
    expect(page).to_have_url(f"{page.url.split('/ror/')[0]}{reverse('dossier', args=[dossier.pk])}")


@pytest.mark.exigence("S104", "S105", "S106", "M1")
@pytest.mark.parametrize("largeur", [1280, 390])
def test_la_question_prend_la_place_de_la_carte_et_ramene_a_la_fiche(
    page: Page, offre, referente, collegue, largeur
) -> None:
    dossier = actions.ouvrir(structure=offre.parent, auteur=collegue, nom="77 MAJ MSPA – EHPAD TEST")
    changer(dossier, offre, collegue, conditions_accueil="Sur dossier médical, après visite")
    connecter(page, referente)
    page.set_viewport_size({"width": largeur, "height": 800})
    page.goto(f"/ror/fiche/{offre.pk}/")
    page.get_by_role("link", name="Modifier\u00a0: Conditions").click()
    page.get_by_label("Conditions d’accueil").fill("Animaux acceptés, chambres seules")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    question = page.get_by_role("group", name="Répercussion du champ\u00a0: Conditions d’accueil")
    expect(question).to_contain_text("Voulez-vous répercuter votre modification dans le dossier collaboratif")
    expect(question).to_contain_text("Animaux acceptés, chambres seules")
    expect(question).to_contain_text("Sur dossier médical, après visite")
    expect(page.locator("#repercussion-titre")).to_be_focused()
    expect(question.get_by_label("Oui")).to_be_checked()
    propre(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(question.get_by_label("Non")).to_be_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Répercuté dans le dossier")
    expect(page.locator("#conditions")).to_contain_text("Modifié, non diffusé")
    assert dossier.fiches.get().changements["conditions_accueil"]["propose"] == "Animaux acceptés, chambres seules"
    page.get_by_role("link", name="Modifier\u00a0: Conditions").click()
    page.get_by_label("Conditions d’admission").fill("Avis médical")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("Reprise dans le dossier")
    propre(page)


@pytest.mark.exigence("B13", "S134")
def test_les_nouvelles_se_lisent_et_se_reglent(page: Page, offre, referente, collegue) -> None:
    dossier = actions.ouvrir(structure=offre.parent, auteur=collegue, nom="77 MAJ MSPA – EHPAD TEST")
    for n in range(3):
        message = "À vérifier\u00a0: l’âge minimum\nÀ vérifier\u00a0: le téléphone"
        avertir(dossier, [referente], Sujet.CORRECTION, f"Correction {n} demandée sur le dossier.", message=message)
    connecter(page, referente)
    page.goto("/ror/")
    page.get_by_role("link", name="Mes notifications, 3\u00a0non lues").click()
    for largeur in (1280, 390):
        page.set_viewport_size({"width": largeur, "height": 800})
        propre(page)
    page.get_by_role("button", name="Correction 2 demandée sur le dossier.").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(dossier.nom)
    page.goto("/ror/notifications/")
    page.get_by_role("button", name="Marquer comme lue\u00a0: Correction 1").click()
    expect(page.get_by_role("link", name="Mes notifications, 1\u00a0non lue")).to_be_visible()
    page.get_by_role("button", name="Tout marquer comme lu").click()
    expect(page.get_by_text("Tout est lu")).to_be_visible()
    page.get_by_role("link", name="Mes préférences").click()
    propre(page)
    page.get_by_role("group", name="Une correction m’est demandée").get_by_label("Jamais par courriel").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Vos préférences sont enregistrées.")
