"""Files and paper in a real Chromium: a list downloaded, a long one followed to its end, a fiche printed whole."""

import io
import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from referentiel import tasks
from referentiel.models import CodePorte, DemandeExport
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import attendre_calme
from tests.e2e.test_a_venir import propre
from tests.e2e.test_offre import connecter
from tests.fabriques import EGFactory, EJFactory, HabilitationFactory, RegionFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def referente(transactional_db):
    RegionFactory()
    return HabilitationFactory(structure=EGFactory(nom="EHPAD TEST")).utilisateur


@pytest.mark.exigence("B56")
def test_une_liste_filtree_se_telecharge(page: Page, referente) -> None:
    HabilitationFactory(utilisateur=referente, structure=EGFactory(nom="CLINIQUE DU LAC"))
    connecter(page, referente)
    page.goto("/ror/mes-etablissements/")
    propre(page)
    page.get_by_label("Nom ou n° FINESS").fill("clinique")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as attendu:
        page.get_by_role("link", name="XLSX").click()
    fichier = attendu.value
    assert re.fullmatch(r"ror-mes-etablissements-\d{4}-\d\d-\d\d\.xlsx", fichier.suggested_filename)
    lignes = list(load_workbook(io.BytesIO(fichier.path().read_bytes()))["Mes établissements"].values)
    assert [ligne[0] for ligne in lignes] == ["Nom", "CLINIQUE DU LAC"]


@pytest.mark.exigence("B56")
def test_une_longue_liste_se_prepare_et_se_suit(page: Page, referente, settings, monkeypatch) -> None:
    settings.EXPORT_DIRECT_MAX = 2
    monkeypatch.setattr(tasks.preparer_export, "delay", lambda cle: None)
    ej = EJFactory()
    for rang in range(3):
        HabilitationFactory(utilisateur=referente, structure=EGFactory(parent=ej, nom=f"CLINIQUE {rang}"))
    connecter(page, referente)
    page.goto("/ror/mes-etablissements/")
    page.get_by_role("link", name="CSV").click()
    expect(page.get_by_text("Cette liste dépasse 2 lignes")).to_be_visible()
    propre(page)
    page.get_by_role("button", name="Préparer le fichier").click()
    expect(page.get_by_text("Le fichier se prépare")).to_be_visible()
    expect(page.get_by_text("En attente")).to_be_visible()
    DemandeExport.objects.update(etat="en_cours", fait=2, total=4)
    expect(page.locator("progress")).to_have_attribute("value", "50")
    assert violations_axe(page) == []
    DemandeExport.objects.update(etat="attente")
    assert tasks.preparer_export(DemandeExport.objects.get().pk)
    expect(page.get_by_text("Prêt")).to_be_visible()
    propre(page)
    with page.expect_download() as attendu:
        page.get_by_role("link", name="Télécharger").click()
    assert attendu.value.path().read_bytes().decode("utf-8-sig").count("CLINIQUE") >= 3
    page.get_by_role("button", name="Supprimer").click()
    expect(page.get_by_text("Aucun export.")).to_be_visible()


@pytest.mark.exigence("B56")
def test_une_fiche_s_imprime_entiere(page: Page, referente) -> None:
    offre = UOFactory(parent=EGFactory(nom="CH de Valmont"), nom="Unité " + "d’hébergement temporaire " * 6)
    for rang in range(30):
        libelle = f"Activité numéro {rang} " + "très longuement décrite " * 5
        CodePorte.objects.create(structure=offre, attribut="activites", code=code("JDV_J17", f"9{rang:02}", libelle))
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/")
    page.get_by_role("link", name="Imprimer").click()
    expect(page.get_by_role("button", name="Imprimer ou enregistrer en PDF")).to_be_visible()
    attendre_calme(page)
    propre(page)
    page.set_viewport_size({"width": 703, "height": 1000})  # A4 at 96 dpi, less its margins
    page.emulate_media(media="print")
    feuille = page.locator("article.papier")
    for attendu in (*(f"Activité numéro {rang} " for rang in range(30)), "CH de Valmont", "Imprimé le", "Horaires"):
        expect(feuille).to_contain_text(attendu)
    expect(page.locator("header.entete")).to_be_hidden()
    expect(page.get_by_role("button", name="Imprimer ou enregistrer en PDF")).to_be_hidden()
    coupes = page.evaluate(
        """() => [...document.querySelectorAll(".papier *:not(.visually-hidden)")].filter(e => e.offsetParent
            && (e.getBoundingClientRect().right > innerWidth + 1
                || (getComputedStyle(e).overflow !== "visible" && e.scrollHeight > e.clientHeight + 1)))
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert coupes == []
    pdf = page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 1 <= pages <= 4
