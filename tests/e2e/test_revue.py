"""The yearly review of thirty offers in a real Chromium, with the keyboard alone; its acts are counted (M17).

`RELECTURES=9 .venv/bin/python -m pytest -s -k trente_offres tests/e2e/test_revue.py` prints the median time.
"""

import os
import re
import statistics
import sys
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from pilotage.tasks import rappeler_relectures
from referentiel.models import UniteOperationnelle
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import attendre_calme, ouvrir_contexte
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UtilisateurFactory, code
from tests.pilotage.conftest import offre_saine

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def eg(transactional_db):
    RegionFactory()
    for valeur, libelle in (("a", "année"), ("mo", "mois")):
        code("JDV_J37", valeur, libelle)
    code("JDV_J225", "2", "Téléphone fixe")
    code("JDV_J222", "1", "Visible du grand public")
    return EGFactory(nom="EHPAD Les Glycines")


@pytest.fixture
def referente(eg):
    return HabilitationFactory(structure=eg, utilisateur=UtilisateurFactory(prenom="Camille")).utilisateur


@pytest.fixture
def trente(eg):
    """Thirty offers due soon: four of them doubtful."""
    offres = [offre_saine(eg, f"Unité {n:02}") for n in range(1, 31)]
    for offre in offres[:2]:
        offre.contacts.all().delete()
    for offre in offres[2:4]:
        offre.lignes_horaires.all().delete()
    return offres


class Clavier:
    """A keyboard whose keys are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.touches = page, 0

    def presser(self, *touches: str) -> None:
        for touche in touches:
            self.page.keyboard.press(touche)
            self.touches += 1


def connecter(page: Page, personne) -> None:
    client = Client()
    client.force_login(personne)
    valeur = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": valeur, "domain": "localhost", "path": "/"}])


def propre(page: Page) -> None:
    assert violations_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def relues() -> int:
    hier = timezone.now() - timedelta(days=1)
    return UniteOperationnelle.objects.filter(relue_le__gt=hier).count()


@pytest.mark.exigence("M17", "B28", "S62", "S110")
def test_trente_offres_se_relisent_au_clavier_en_peu_de_touches(page: Page, eg, referente, trente) -> None:
    connecter(page, referente)
    durees = []
    for _ in range(int(os.environ.get("RELECTURES", "1"))):
        UniteOperationnelle.objects.update(relue_le=timezone.now() - timedelta(days=350))
        debut = time.monotonic()
        relire_les_trente(page, eg)
        durees.append(time.monotonic() - debut)
    sys.stdout.write(f"\nRelire 30 offres au clavier, médiane : {statistics.median(durees):.1f} s de machine\n")


def relire_les_trente(page: Page, eg) -> None:
    """Re-reads all thirty, and counts the keys."""
    page.goto(f"/ror/etablissements/{eg.pk}/relecture/")
    expect(page.locator(".bilan-revue")).to_contain_text("30\u00a0offres à relire, dont 4 à vérifier d’abord")
    expect(page.locator("#a-verifier .offre-revue")).to_have_count(4)
    expect(page.locator("#reste .offre-revue")).to_have_count(26)
    propre(page)
    clavier = Clavier(page)
    page.locator("#a-verifier").get_by_role("button", name=re.compile("^Conforme")).first.focus()
    for restent in (3, 2, 1, 0):  # « Conforme » leads to the next doubtful offer, then to the box of the rest
        if restent < 3:  # from the name, past « Toute la fiche »: a second Enter attests nothing that was not read
            clavier.presser("Tab", "Tab")
        clavier.presser("Enter")
        expect(page.locator("#a-verifier .offre-revue")).to_have_count(restent)
        attendre_calme(page)
    expect(page.get_by_label("J’ai relu ces 26\u00a0offres et je les valide.")).to_be_focused()
    clavier.presser("Space")
    clavier.presser("Tab")
    clavier.presser("Enter")
    expect(page.locator(".bilan-revue")).to_contain_text("Rien à relire ici. 30\u00a0offres sont à jour.")
    assert relues() == 30
    assert clavier.touches == 13  # four « Conforme », the way to three, the box, the way to the button, « Valider »
    propre(page)


@pytest.mark.exigence("S62")
def test_une_offre_se_corrige_puis_se_diffuse_sans_quitter_la_relecture(page: Page, eg, referente, trente) -> None:
    offre = trente[4]
    connecter(page, referente)
    page.goto(f"/ror/etablissements/{eg.pk}/relecture/")
    bloc = page.locator(f"#offre-{offre.pk}")
    bloc.get_by_text("À corriger").click()
    propre(page)
    bloc.get_by_role("link", name="Conditions").click()
    page.get_by_label("Conditions d’accueil").fill("Animaux admis")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/relecture/#offre-{offre.pk}$"))
    expect(bloc).to_contain_text("Animaux admis")
    expect(page.locator("#a-verifier")).to_contain_text(offre.nom)
    propre(page)
    bloc.get_by_role("button", name=re.compile("^Diffuser et valider")).click()
    expect(page.locator("#messages")).to_contain_text("est diffusée, relue et validée")
    assert UniteOperationnelle.objects.get(pk=offre.pk).conditions_accueil == "Animaux admis"
    page.locator(f"#offre-{trente[5].pk}").get_by_text("Plus tard").click()
    page.locator(f"#offre-{trente[5].pk}").get_by_role("button", name=re.compile("^Rappeler dans 7")).click()
    expect(page.locator("#plus-tard")).to_contain_text(trente[5].nom)
    propre(page)


@pytest.mark.exigence("M17", "B28")
def test_sans_script_et_sur_un_telephone(navigateur: Browser, live_server, eg, referente, trente) -> None:
    taille = {"width": 390, "height": 800}
    contexte = ouvrir_contexte(navigateur, live_server.url, viewport=taille, java_script_enabled=False)
    page = contexte.new_page()
    connecter(page, referente)
    page.goto(f"/ror/etablissements/{eg.pk}/relecture/")
    page.get_by_role("button", name=re.compile("^Conforme")).first.click()
    expect(page.locator("#messages")).to_contain_text("est relue et validée")
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("avant de valider")
    page.get_by_label("J’ai relu ces 26\u00a0offres et je les valide.").check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("26\u00a0offres relues et validées")
    contexte.close()
    assert relues() == 27
    contexte = ouvrir_contexte(navigateur, live_server.url, viewport=taille)
    page = contexte.new_page()
    connecter(page, referente)
    page.goto(f"/ror/etablissements/{eg.pk}/relecture/")
    propre(page)
    contexte.close()


@pytest.mark.exigence("M13")
def test_rien_n_a_change_se_confirme_depuis_le_courriel(page: Page, mailoutbox, eg, referente, trente) -> None:
    rappeler_relectures()
    page.goto(re.search(r"/ror/relire/\S+", mailoutbox[0].body)[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Relire les offres de EHPAD Les Glycines")
    propre(page)
    page.get_by_label("J’ai relu ces 30\u00a0offres et je les valide.").check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci, c’est validé")
    propre(page)
    assert relues() == 30
