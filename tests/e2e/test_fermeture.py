"""« Fermer mon offre » in a real Chromium: typed, refused, saved, validated, announced, undone; without a mouse too."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from referentiel import actions, fiches
from referentiel.models import Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from ror.commun.francais import date_fr
from tests.e2e.test_offre import connecter, offre, ouvrir, propre, referente
from tests.fabriques import UOFactory

__all__ = ["offre", "referente"]
pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.mark.exigence("S119", "S120", "S121", "S122", "S123", "S124", "S125", "B50")
def test_fermer_provisoirement_puis_rouvrir(page: Page, anomalies, offre, referente) -> None:
    anomalies.statuts_admis.add(422)
    jour = timezone.localdate()
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    boite = page.get_by_role("group", name="Fermer mon offre")
    expect(boite.get_by_label("Date de fermeture")).to_be_hidden()
    boite.get_by_label("définitive").check()
    expect(boite.get_by_label("Date de fermeture")).to_be_visible()
    expect(boite.get_by_label("Date de réouverture prévisionnelle")).to_be_hidden()
    boite.get_by_label("provisoire").check()
    boite.get_by_label("Date de fermeture").fill(jour.isoformat())
    boite.get_by_label("Date de réouverture prévisionnelle").fill(jour.isoformat())
    boite.get_by_label("Message affiché avec la fermeture").fill("Travaux")
    propre(page)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(boite).to_contain_text("La réouverture doit suivre la fermeture")
    expect(boite.get_by_label("Message affiché avec la fermeture")).to_have_value("Travaux")
    propre(page)
    boite.get_by_label("Date de réouverture prévisionnelle").fill((jour + timedelta(days=5)).isoformat())
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#horaires")).to_contain_text("Modifié, non diffusé")
    expect(page.locator("#horaires")).to_contain_text("Type de fermeture\u00a0: non renseigné → provisoire")
    page.get_by_label("J’ai relu l’offre et je la valide.").check()
    page.get_by_role("button", name="Valider").click()
    annonce = page.get_by_role("region", name="Fermeture de l’offre")
    expect(annonce).to_contain_text("Fermée provisoirement depuis le")
    expect(annonce).to_contain_text("Travaux")
    expect(page.locator("h1 + .meta")).to_contain_text("Fermée provisoirement")
    propre(page)
    page.set_viewport_size({"width": 390, "height": 844})
    propre(page)
    annonce.get_by_role("link", name="Rouvrir maintenant").click()
    propre(page)
    page.get_by_role("button", name="Rouvrir maintenant").click()
    expect(annonce).to_have_count(0)
    assert Structure.objects.get(pk=offre.pk).etat == Etat.OUVERTE


@pytest.mark.exigence("B50")
def test_l_accueil_demande_si_l_offre_a_rouvert(page: Page, offre, referente) -> None:
    jour = timezone.localdate()
    prevue = jour + timedelta(days=3)
    Structure.objects.filter(pk=offre.pk).update(etat=Etat.FERMEE_PROVISOIREMENT)
    UniteOperationnelle.objects.filter(structure=offre).update(
        type_fermeture="PRO", date_fermeture=jour - timedelta(days=20), date_reouverture_prevue=prevue
    )
    connecter(page, referente)
    page.goto("/ror/")
    question = page.locator("#reouvertures")
    expect(question).to_contain_text(f"réouverture prévue le {date_fr(prevue)}")
    propre(page)
    page.set_viewport_size({"width": 390, "height": 844})
    propre(page)
    question.get_by_role("link", name="Repousser").click()
    propre(page)
    page.get_by_label("Repousser la réouverture au").fill((prevue + timedelta(days=2)).isoformat())
    page.get_by_role("button", name="Repousser").click()
    expect(page.locator("#messages")).to_contain_text(date_fr(prevue + timedelta(days=2)))
    page.goto("/ror/")
    question.get_by_role("button", name="Oui, à la date prévue").click()
    expect(page.locator("#messages")).to_contain_text("Merci.")
    expect(question).to_have_count(0)


@pytest.mark.exigence("B48")
def test_copier_les_horaires_vers_une_autre_offre(page: Page, offre, referente) -> None:
    soeur = UOFactory(parent=offre.parent, nom="Accueil de jour")
    actions.enregistrer(
        structure_id=offre.pk,
        auteur=referente,
        vues=fiches.lire(offre),
        saisies={"horaires": {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]}},
    )
    ouvrir(page, offre, referente)
    page.get_by_role("link", name="Copier ces horaires vers d’autres offres").click()
    propre(page)
    page.get_by_role("button", name="Tout cocher").click()
    expect(page.get_by_label("Accueil de jour")).to_be_checked()
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_role("row", name="Accueil de jour")).to_contain_text("Ouvert le lundi de 9")
    propre(page)
    page.set_viewport_size({"width": 390, "height": 844})
    propre(page)
    page.get_by_role("button", name="Copier sur 1").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("horaires enregistrés, non diffusés")
    propre(page)
    page.get_by_label("J’ai relu ces offres et je les valide.").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Offres validées")
    propre(page)
    assert fiches.lire(Structure.objects.get(pk=soeur.pk))["horaires"]["p1/1"] == [{"debut": 540, "fin": 720}]
