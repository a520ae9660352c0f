"""The practical sheets: callouts that do not depend on colour, one for each screen, all of them in one archive."""

import io
import re
import zipfile

import pytest
from django.urls import reverse

from pilotage import calcul
from ror.comptes.aide import ARTICLES
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory

from .outils import client_de, texte

pytestmark = pytest.mark.django_db
ENCARTS = {"information": "Information", "attention": "Attention", "noter": "A NOTER", "astuce": "ASTUCE"}


def encarts(html: str) -> set[tuple[str, str]]:
    """(kind, word written) of the callouts of a page."""
    return set(re.findall(r'encart-(\w+)" role="note".*?<strong>(.*?)</strong>', html, re.DOTALL))


@pytest.mark.exigence("S30")
def test_the_four_callouts_of_the_guides_say_their_word_in_the_sheets(client, region):
    vus = set()
    for article in ARTICLES:
        html = client.get(f"/ror/aide/{article.slug}/").content.decode()
        assert html.count('role="note"') == html.count('class="encart-mot"')
        vus |= encarts(html)
    assert vus == set(ENCARTS.items())


@pytest.mark.exigence("S30")
def test_the_callouts_are_on_the_screens_too(client, region):
    eg = EGFactory()
    gestion = client_de(HabilitationFactory(structure=None, role="gestionnaire").utilisateur)
    assert ("information", "Information") in encarts(gestion.get("/ror/comptes/sans-referent/").content.decode())
    calcul.calculer([eg.pk])
    assert ("astuce", "ASTUCE") in encarts(gestion.get("/ror/tableau-de-bord/").content.decode())


@pytest.mark.exigence("S8", "S30")
def test_the_archive_holds_every_sheet_ready_to_print_and_opens_alone(client, region):
    reponse = client.get("/ror/documents/")
    with zipfile.ZipFile(io.BytesIO(b"".join(reponse.streaming_content))) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"index.html", *(f"{article.slug}.html" for article in ARTICLES)}
        index = archive.read("index.html").decode()
        vus = set()
        for article in ARTICLES:
            html = archive.read(f"{article.slug}.html").decode()
            assert f'href="{article.slug}.html"' in index
            assert article.titre in html
            assert "@media print" in html
            assert not re.search(r"<(?:script|link|img|use|svg)\b|src=", html), article.slug
            vus |= encarts(html)
    assert vus == set(ENCARTS.items())


@pytest.mark.exigence("S28")
@pytest.mark.parametrize(
    ("adresse", "slug"),
    [
        ("/ror/recherche/", "rechercher"),
        ("/ror/repertoire/", "garder-des-favoris"),
        ("/ror/a-relire/", "relire-chaque-annee"),
        ("/ror/tableau-de-bord/", "lire-le-tableau-de-bord"),
        ("/ror/comptes/", "gerer-les-comptes"),
        ("/ror/recherche/", "exporter-des-fiches"),
    ],
)
def test_each_new_screen_leads_to_its_sheet(region, adresse, slug):
    personne = client_de(HabilitationFactory(structure=None, role="gestionnaire").utilisateur)
    page = personne.get(adresse if adresse != "/ror/a-relire/" else reverse("a-relire"))
    assert f'href="/ror/aide/{slug}/"' in page.content.decode()


def test_a_sheet_that_does_not_exist_is_said_so(client, region):
    assert client.get("/ror/aide/nulle-part/").status_code == 404


@pytest.mark.exigence("S95", "S96")
def test_whoever_broadcasts_reads_who_sees_it_and_what_it_feeds(region):
    offre = UOFactory()
    client = client_de(HabilitationFactory(structure=offre.parent).utilisateur)
    phrase = "alimente Maillage, ViaTrajectoire, Santélien, Santégraphie"
    for adresse in (f"/ror/fiche/{offre.pk}/", f"/ror/fiche/{offre.pk}/valider/"):
        vu = texte(client.get(adresse))
        assert "visible auprès des acteurs en santé et des usagers" in vu
        assert phrase in vu
    region.outils_alimentes = ["Maillage"]
    region.save()
    vu = texte(client.get(f"/ror/fiche/{offre.pk}/"))
    assert "alimente Maillage : il ne se saisit qu’une fois" in vu
    assert phrase not in texte(client_de(UtilisateurFactory()).get(f"/ror/fiche/{offre.pk}/"))


@pytest.mark.exigence("S95")
def test_the_administrator_says_which_tools_the_region_feeds(region):
    client = client_de(HabilitationFactory(structure=None, role="administrateur").utilisateur)
    adresse = f"/ror/textes/{region.pk}/"
    page = client.get(adresse).content.decode()
    assert 'value="Maillage,ViaTrajectoire,Santélien,Santégraphie"' in page
    saisie = {nom: getattr(region, nom) or "" for nom in ("nom", "nom_application", "validateur", "support_horaires")}
    saisie |= {"support_telephone": region.support_telephone, "support_courriel": region.support_courriel}
    saisie |= {"pied_courriel": region.pied_courriel, "outils_alimentes": "Maillage, Via Trajectoire"}
    assert client.post(adresse, saisie).status_code == 302
    region.refresh_from_db()
    assert region.outils_alimentes == ["Maillage", "Via Trajectoire"]
