"""Saved searches, the place of a search, its export: what is asked is kept, said in French, sent (B23, B25, B56)."""

import csv
import io
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel.actions import recherches as actions
from referentiel.models import Contact, EntiteGeographique, RechercheEnregistree, Telecom, UniteOperationnelle
from referentiel.recherche import Criteres
from referentiel.recherche.communes import chercher_communes
from referentiel.recherche.index import reindexer
from referentiel.recherche.phrases import dire, nommer
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db
ENREGISTRER = "/ror/recherches/enregistrer/"


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def lectrice(client):
    personne = UtilisateurFactory()
    client.force_login(personne)
    return personne


@pytest.fixture
def melun():
    for valeur, libelle in (
        ("77288", "Melun"),
        ("93066", "Saint-Denis"),
        ("97411", "Saint-Denis"),
        ("75113", "Paris 13e Arrondissement"),
        ("77285", "Le Mée-sur-Seine"),
        ("35238", "Rennes"),
        ("53185", "Rennes-en-Grenouilles"),
    ):
        code("COG_COMMUNE", valeur, libelle)
    eg = EGFactory(nom="CLINIQUE DE MELUN")
    EntiteGeographique.objects.filter(structure=eg).update(
        commune_cog="77288", code_postal="77000", localite="Melun", latitude=48.54, longitude=2.66
    )
    reindexer([eg.pk])
    return eg


# ---------- kept ----------


@pytest.mark.exigence("B23")
def test_a_search_is_kept_with_its_filters_and_opened_again(client, lectrice, melun):
    page = client.get(f"{ENREGISTRER}?q=cardiologie&groupe=MCO&commune=77288&km=20&page=3&pirate=1").content.decode()
    assert "cardiologie, MCO, médecine, chirurgie, obstétrique, à 20\u00a0km au plus de Melun (77)" in page
    reponse = client.post(f"{ENREGISTRER}?q=cardiologie&groupe=MCO&commune=77288&km=20&page=3", {"nom": " Cœur "})
    assert reponse["Location"] == "/ror/recherche/?q=cardiologie&groupe=MCO&commune=77288&km=20"
    page = client.get(reverse("mes-recherches")).content.decode()
    assert 'href="/ror/recherche/?q=cardiologie&amp;groupe=MCO&amp;commune=77288&amp;km=20"' in page
    assert ">Cœur</a>" in page
    assert "Melun (77)" in page
    assert client.get(reponse["Location"]).status_code == 200


@pytest.mark.exigence("B23")
def test_a_kept_search_is_renamed_and_deleted(client, lectrice):
    recherche = actions.enregistrer_recherche(auteur=lectrice, nom="Avant", requete="q=ehpad")
    adresse = reverse("recherche-renommer", args=[recherche.pk])
    assert 'value="Avant"' in client.get(adresse).content.decode()
    assert client.post(adresse, {"nom": "Après"}).status_code == 302
    assert RechercheEnregistree.objects.get().nom == "Après"
    client.post(reverse("recherche-supprimer", args=[recherche.pk]))
    assert not RechercheEnregistree.objects.exists()
    assert "Aucune recherche enregistrée" in client.get(reverse("mes-recherches")).content.decode()


@pytest.mark.exigence("B23")
def test_what_cannot_be_kept_says_why_and_keeps_what_was_typed(client, lectrice):
    def envoyer(nom: str, requete: str = "q=ehpad") -> str:
        reponse = client.post(f"{ENREGISTRER}?{requete}", {"nom": nom})
        assert reponse.status_code == 422
        return reponse.content.decode()

    assert "une valeur est attendue" in envoyer("  ")
    assert "120 caractères au plus" in envoyer("x" * 121)
    assert "ne demande rien" in envoyer("Vide", "pirate=1")
    actions.enregistrer_recherche(auteur=lectrice, nom="Deux fois", requete="q=ehpad")
    page = envoyer("Deux  fois")
    assert "Vous avez déjà une recherche" in page
    assert 'value="Deux  fois"' in page
    for rang in range(49):
        actions.enregistrer_recherche(auteur=lectrice, nom=f"n° {rang}", requete="q=ehpad")
    assert "déjà 50 recherches" in envoyer("Une de trop")
    assert RechercheEnregistree.objects.count() == 50
    assert client.post(f"{ENREGISTRER}?q=%00&lat=nan", {"nom": "\x00"}).status_code == 422


@pytest.mark.exigence("B23")
def test_the_searches_of_somebody_else_do_not_exist(client, lectrice):
    autre = actions.enregistrer_recherche(auteur=UtilisateurFactory(), nom="Secrète", requete="q=ehpad")
    assert "Secrète" not in client.get(reverse("mes-recherches")).content.decode()

    for nom in ("recherche-renommer", "recherche-supprimer"):
        assert client.post(reverse(nom, args=[autre.pk]), {"nom": "x"}).status_code == 404
    assert client.post(reverse("recherche-supprimer", args=[999])).status_code == 404
    assert RechercheEnregistree.objects.get().nom == "Secrète"


@pytest.mark.parametrize("nombre", [1, 12])
def test_the_list_costs_the_same_whatever_it_holds(client, nombre, django_assert_num_queries):
    client.force_login(UtilisateurFactory())
    for n in range(nombre):
        requete = {"q": f"ehpad {n}", "type": "21", "commune": f"7728{n % 10}"}
        client.post(f"{reverse('recherche-enregistrer')}?{urlencode(requete)}", {"nom": f"Recherche {n}"})
    client.get(reverse("mes-recherches"))
    with django_assert_num_queries(9):
        page = client.get(reverse("mes-recherches")).content.decode()
    assert page.count("ehpad ") >= nombre
    assert Client().get(reverse("mes-recherches")).status_code == 302


def sans_jeton(page: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_the_dialogue_is_that_of_the_page(client, lectrice):
    partie = sans_jeton(client.get(f"{ENREGISTRER}?q=ehpad", headers={"HX-Request": "true"}).content.decode())
    assert "<html" not in partie
    assert partie.strip() in sans_jeton(client.get(f"{ENREGISTRER}?q=ehpad").content.decode())


# ---------- said ----------


@pytest.mark.exigence("B23")
@pytest.mark.parametrize(
    ("adresse", "dits"),
    [
        ("", []),
        ("q=ehpad&exact=1", [("Texte", "«\u00a0ehpad\u00a0», exactement")]),
        ("commune=77288", [("Où", "à Melun (77)")]),
        ("commune=01001", [("Où", "à 01001")]),
        ("lat=48.8566&lon=2.3522&km=5", [("Où", "à 5\u00a0km au plus de la position 48,857 ; 2,352")]),
        ("ouvert=maintenant&q=x", [("Texte", "«\u00a0x\u00a0»"), ("Ouverture", "ouvert maintenant")]),
        ("le=2026-11-28T14:00", [("Ouverture", "ouvert le 28\u00a0nov. 2026 à 14\u00a0h")]),
        ("fermees=1&tri=nom", [("Fermées", "y compris fermées définitivement"), ("Ordre", "Nom")]),
        ("departement=77&departement=2A", [("Département", "2A Corse-du-Sud, 77 Seine-et-Marne")]),
    ],
)
def test_what_a_search_asks_is_said_in_french(melun, adresse, dits):
    assert dire(Criteres.depuis(QueryDict(adresse))) == dits
    assert nommer(Criteres.depuis(QueryDict("tri=nom"))) == "Toutes les fiches"


# ---------- where ----------


@pytest.mark.exigence("B25")
@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("melun", ["77288"]),
        ("Melun (77)", ["77288"]),
        ("77000 Melun", ["77288"]),
        ("77000", ["77288"]),
        ("77288", ["77288"]),
        ("st denis 93", ["93066"]),
        ("Saint-Denis (974)", ["97411"]),
        ("saint denis", ["93066", "97411"]),
        ("Paris 13", ["75113"]),
        ("mee", ["77285"]),
        ("Rennes", ["35238"]),
        ("introuvable", []),
        ("", []),
        ("99999", []),
        ("\x00", []),
        ("x" * 5000, []),
    ],
)
def test_a_commune_is_found_as_people_write_it(melun, texte, codes):
    assert [valeur for valeur, _ in chercher_communes(texte)] == codes


@pytest.mark.exigence("B25")
def test_communes_that_have_fiches_come_first_even_those_that_no_list_knows(melun):
    for valeur in ("57690", "76719"):
        code("COG_COMMUNE", valeur, "Valmont")
    assert [valeur for valeur, _ in chercher_communes("Valmont")] == ["57690", "76719"]
    eg = EGFactory(nom="EHPAD TEST", _detail={"commune_cog": "77999", "localite": "VALMONT SUR LYS"})
    reindexer([eg.pk])
    for rang in range(9):
        code("COG_COMMUNE", f"0100{rang}", f"Valm{'abcdefghi'[rang]}")
    assert chercher_communes("valm")[0][0] == "77999"
    for texte in ("Valmont", "valmont"):
        assert [valeur for valeur, _ in chercher_communes(texte)] == ["77999", "57690", "76719"]
    assert [valeur for valeur, _ in chercher_communes("valmont sur lys")] == ["77999"]
    assert [valeur for valeur, _ in chercher_communes("Valmont (76)")] == ["76719"]
    ici = EGFactory(nom="Foyer", _detail={"commune_cog": "76719", "localite": "VALMONT"})
    reindexer([ici.pk])
    assert [valeur for valeur, _ in chercher_communes("Valmont")] == ["76719", "77999", "57690"]
    assert [valeur for valeur, _ in chercher_communes("melun")] == ["77288"]


@pytest.mark.exigence("B25")
def test_communes_are_proposed_while_one_types(client, lectrice, melun):
    adresse = reverse("recherche-communes")
    assert '<option value="Melun (77)">' in client.get(adresse, {"ou": "mel"}).content.decode()
    assert "<option" not in client.get(adresse, {"ou": "m"}).content.decode()
    assert client.get(adresse, {"ou": "%\\_'\x00"}).status_code == 200


# ---------- sent ----------


def exporter(client, **parametres) -> list[dict[str, str]]:
    reponse = client.get(reverse("export", args=["recherche", "csv"]), parametres)
    assert reponse.status_code == 200
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte), delimiter=";"))


@pytest.mark.exigence("B25", "B56")
def test_results_are_exported_with_their_distance(client, lectrice, melun):
    loin = EGFactory(nom="CLINIQUE DE LYON")
    EntiteGeographique.objects.filter(structure=loin).update(latitude=45.76, longitude=4.83)
    reindexer([loin.pk])
    assert [ligne["Nom"] for ligne in exporter(client, q="clinique")] == ["CLINIQUE DE LYON", "CLINIQUE DE MELUN"]
    (ligne,) = exporter(client, q="clinique", commune="77288", km="20", tri="distance")
    assert (ligne["Nom"], ligne["Distance (km)"]) == ("CLINIQUE DE MELUN", "0,0")
    assert ligne["N° FINESS"] == melun.numero_finess
    assert exporter(client) == []


@pytest.mark.exigence("B51", "B56")
def test_no_restricted_contact_nor_hidden_offer_leaves_in_a_file(client, melun):
    offre = UOFactory(parent=melun, nom="Unité de gériatrie")
    contact = Contact.objects.create(structure=offre, nom="Secrétariat")
    Telecom.objects.create(contact=contact, canal="2", adresse="0123456789")
    Telecom.objects.create(contact=contact, canal="2", adresse="0111111111", confidentialite="3")
    Contact.objects.create(structure=offre, nom="Régulation SAMU", confidentialite="3")
    secrete = UOFactory(parent=melun, nom="Unité de gériatrie gardée")
    UniteOperationnelle.objects.filter(structure=secrete).update(unite_sensible=True)
    reindexer([offre.pk, secrete.pk])
    client.force_login(UtilisateurFactory())
    (ligne,) = exporter(client, q="geriatrie")
    assert ligne["Contacts"] == "Secrétariat\u00a0: 01\u00a023\u00a045\u00a067\u00a089"
    client.force_login(HabilitationFactory(structure=melun).utilisateur)
    lignes = exporter(client, q="geriatrie")
    assert {ligne["Nom"] for ligne in lignes} == {offre.nom, secrete.nom}
    assert "SAMU" not in str(lignes)
    assert "11\u00a011" not in str(lignes)


def test_an_export_of_results_costs_the_same_whatever_their_number(client, lectrice, melun):
    def cout() -> int:
        with CaptureQueriesContext(connection) as vues:
            exporter(client, q="geriatrie")
        return len(vues)

    reindexer([UOFactory(parent=melun, nom="Unité de gériatrie").pk])
    cout()  # the synonyms and the words of the index are read once a process
    peu = cout()
    reindexer([UOFactory(parent=melun, nom=f"Unité de gériatrie {n}").pk for n in range(15)])
    assert cout() == peu


# ---------- in the screen ----------


@pytest.mark.exigence("B25")
def test_the_place_typed_becomes_the_commune_of_the_address(client, lectrice, melun):
    reponse = client.get("/ror/recherche/", {"q": "clinique", "ou": "melun", "km": "20", "lat": "1", "lon": "2"})
    assert reponse["Location"] == "/ror/recherche/?q=clinique&commune=77288&km=20"
    page = client.get(reponse["Location"]).content.decode()
    assert 'value="Melun (77)"' in page
    assert '<option value="20" selected>' in page
    assert "à 100\u00a0m" in page
    assert 'data-lat="48.54" data-lon="2.66" data-ville="Melun"' in page
    assert 'data-centre-lat="48.54" data-centre-lon="2.66" data-rayon="20"' in page
    assert f'href="{reverse("export", args=["recherche", "xlsx"])}?q=clinique&amp;commune=77288&amp;km=20"' in page
    assert f'href="{ENREGISTRER}?q=clinique&amp;commune=77288&amp;km=20"' in page
    partie = client.get("/ror/recherche/", {"q": "clinique", "ou": "melun"}, headers={"HX-Request": "true"})
    assert partie["HX-Push-Url"] == "/ror/recherche/?q=clinique&commune=77288"
    assert "commune=77288" in partie.content.decode()


@pytest.mark.exigence("B25")
def test_a_place_that_is_none_or_several_is_told_and_nothing_is_lost(client, lectrice, melun):
    page = client.get("/ror/recherche/", {"q": "clinique", "ou": "Saint-Denis", "km": "20"}).content.decode()
    assert "Plusieurs communes répondent" in page
    assert 'href="/ror/recherche/?q=clinique&amp;commune=93066&amp;km=20"' in page
    assert 'value="Saint-Denis"' in page
    assert "CLINIQUE DE MELUN" in page
    page = client.get("/ror/recherche/", {"q": "clinique", "ou": "<b>nulle part"}).content.decode()
    assert "Aucune commune ne s’appelle" in page
    assert "<b>nulle part" not in page


@pytest.mark.exigence("B25")
def test_without_tiles_nothing_is_asked_of_another_host(client, lectrice, melun):
    reponse = client.get("/ror/recherche/", {"q": "clinique"})
    assert "data-tuiles" not in reponse.content.decode()
    assert "img-src 'self' data:;" in reponse["Content-Security-Policy"] + ";"


@pytest.mark.exigence("B25")
def test_the_background_of_the_map_is_a_setting(client, lectrice, melun, settings):
    settings.CARTE_TUILES, settings.CARTE_ATTRIBUTION = "https://tuiles.example/{z}/{x}/{y}.png", "© Exemple"
    page = client.get("/ror/recherche/", {"q": "clinique"}).content.decode()
    assert 'data-tuiles="https://tuiles.example/{z}/{x}/{y}.png" data-attribution="© Exemple"' in page
