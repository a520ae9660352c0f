"""« Fermer mon offre » in a real Chromium: typed, refused, saved, validated, announced, undone; without a mouse too."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from referentiel.models import Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from ror.commun.francais import date_fr
from tests.e2e.test_offre import connecter, offre, ouvrir, propre, referente

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
