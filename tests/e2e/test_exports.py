"""Files and paper in a real Chromium: a list downloaded, a long one followed to its end, a fiche printed whole."""

import io
import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from referentiel import tasks
from referentiel.models import CodePorte, DemandeExport, EntiteGeographique
from referentiel.recherche.index import reindexer
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


@pytest.fixture
def cliniques(referente):
    for rang, (nom, latitude, longitude) in enumerate(
        (("CLINIQUE DU NORD", 48.60, 2.90), ("CLINIQUE DU SUD", 48.50, 2.90), ("CLINIQUE D’AILLEURS", 45.76, 4.83))
    ):
        eg = EGFactory(nom=nom)
        EntiteGeographique.objects.filter(structure=eg).update(
            latitude=latitude, longitude=longitude, localite=f"Ville {rang}", commune_cog=f"7799{rang}"
        )
        reindexer([eg.pk])


@pytest.mark.exigence("B25")
def test_pres_de_moi_trie_par_distance_et_se_voit_sur_la_carte(page: Page, referente, cliniques) -> None:
    connecter(page, referente)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 48.598765, "longitude": 2.901234})
    page.goto("/ror/recherche/?q=clinique")
    page.get_by_role("button", name="Près de moi").click()
    expect(page).to_have_url(re.compile(r"lat=48\.599&lon=2\.901&km=20&tri=distance"))
    expect(page.locator(".resultat h3")).to_have_text([re.compile("DU NORD"), re.compile("DU SUD")])
    expect(page.locator(".resultat").first).to_contain_text("à 100\u00a0m")
    assert not page.evaluate("'L' in window")
    page.locator("#plan > summary").click()
    expect(page.locator(".repere")).to_have_text(["1", "2"])
    expect(page.locator(".plan-cercle")).to_have_count(1)
    expect(page.locator("#plan")).to_contain_text("2 fiches situées")
    attendre_calme(page)
    propre(page)
    page.locator(".repere").nth(1).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="2. CLINIQUE DU SUD").click()
    expect(page).to_have_url(re.compile("#resultat-2$"))
    page.get_by_role("combobox", name="Distance").select_option("5")
    expect(page.locator(".repere")).to_have_text(["1"])  # the map follows the list, and stays open


@pytest.mark.exigence("B25")
def test_une_position_refusee_se_dit_et_la_commune_suffit(page: Page, referente, cliniques) -> None:
    connecter(page, referente)
    page.goto("/ror/recherche/?q=clinique")
    page.get_by_role("button", name="Près de moi").click()
    expect(page.get_by_text("Votre position n’a pas été partagée")).to_be_visible()
    page.get_by_label("Où ?").fill("ville 1")
    page.get_by_role("button", name="Rechercher", exact=True).click()
    expect(page).to_have_url(re.compile("commune=77991"))
    expect(page.locator(".resultat h3")).to_have_text([re.compile("DU SUD")])


@pytest.mark.exigence("B23")
def test_une_recherche_s_enregistre_sans_quitter_la_page(page: Page, referente, cliniques, anomalies) -> None:
    anomalies.statuts_admis.add(422)  # the refused name
    connecter(page, referente)
    page.goto("/ror/recherche/?q=clinique&niveau=EG")
    page.get_by_role("link", name="Enregistrer cette recherche").click()
    expect(page.get_by_label("Nom de la recherche")).to_be_focused()
    assert violations_axe(page) == []
    page.get_by_label("Nom de la recherche").fill("")
    page.get_by_role("dialog").get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("dialog").get_by_text("une valeur est attendue").first).to_be_visible()
    page.get_by_label("Nom de la recherche").fill("Mes cliniques")
    page.get_by_role("dialog").get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Recherche enregistrée")).to_be_visible()
    page.goto("/ror/recherches/")
    propre(page)
    page.get_by_role("link", name="Mes cliniques", exact=True).click()
    expect(page.locator(".resultat")).to_have_count(3)
