"""« Recherche »: offers and structures, skills, professionals."""

import pytest

from referentiel.models import CodePorte, Contact, Telecom
from referentiel.recherche.index import reindexer
from tests.fabriques import EGFactory, RegionFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecteur(client):
    RegionFactory()
    client.force_login(UtilisateurFactory())
    return client


def chercher(client, texte: str, cible: str = "offre") -> str:
    reponse = client.get("/ror/recherche/", {"q": texte, "cible": cible})
    assert reponse.status_code == 200
    return reponse.content.decode()


@pytest.mark.exigence("S45", "S46")
def test_the_banner_leads_to_the_search_of_an_offer(lecteur):
    uo = UOFactory(nom="Unité d’accueil de jour « Les Glycines »")
    accueil = lecteur.get("/ror/").content.decode()
    assert all(f">{onglet}" in accueil or f"{onglet}</" in accueil for onglet in ("Recherche", "Répertoire", "Menu"))
    assert 'href="/ror/recherche/"' in accueil
    assert f"/ror/fiche/{uo.pk}/" in chercher(lecteur, "accueil glyc")
    assert "Aucune offre" in chercher(lecteur, "introuvable")


@pytest.mark.exigence("S46")
def test_a_skill_finds_the_offers_that_carry_it_and_says_why(lecteur):
    uo, autre = UOFactory(), UOFactory()
    porte = code("JDV_J17", "135", "Sexologie médicale")
    porte.libelle_recherche = "sexologie medicale"
    porte.save()
    CodePorte.objects.create(structure=uo, attribut="activites", code=porte)
    reindexer([uo.pk])
    page = chercher(lecteur, "séxo", "competence")
    assert f"/ror/fiche/{uo.pk}/" in page
    assert "Sexologie médicale" in page
    assert f"/ror/fiche/{autre.pk}/" not in page


@pytest.mark.exigence("S46")
def test_a_professional_is_found_by_name_but_never_through_a_restricted_contact(lecteur):
    uo, reservee = UOFactory(), UOFactory()
    Contact.objects.create(structure=uo, nom="Dr Sacha Exemple")
    Contact.objects.create(structure=reservee, nom="Dr Sacha Exemple", confidentialite="3")
    reindexer([uo.pk, reservee.pk])
    page = chercher(lecteur, "sacha exemple", "professionnel")
    assert f"/ror/fiche/{uo.pk}/" in page
    assert f"/ror/fiche/{reservee.pk}/" not in page


def test_numbers_find_their_structure(lecteur):
    eg = EGFactory(_detail={"siret": "26010004500012", "telephone": "0474454647"})
    contact = Contact.objects.create(structure=UOFactory(parent=eg), nom="Accueil")
    Telecom.objects.create(contact=contact, canal="1", adresse="01 99 00 27 15")
    reindexer([contact.structure_id])
    for texte in (eg.numero_finess, "260 100 045 00012", "04 74 45 46 47"):
        assert f"/ror/fiche/{eg.pk}/" in chercher(lecteur, texte)
    assert f"/ror/fiche/{contact.structure_id}/" in chercher(lecteur, "01.99.00.27.15")


def test_an_unknown_target_or_an_oversized_text_is_no_error(lecteur):
    assert "Aucune offre" in chercher(lecteur, "x" * 5000, "n’importe")
    assert lecteur.get("/ror/recherche/", {"page": "abc"}).status_code == 200
    assert lecteur.get("/ror/recherche/", {"q": "'; %\\ (|&!*", "cible": "competence"}).status_code == 200


@pytest.mark.parametrize("nombre", [3, 20])
def test_the_number_of_queries_does_not_follow_the_number_of_results(lecteur, django_assert_max_num_queries, nombre):
    eg = EGFactory()
    for rang in range(nombre):
        UOFactory(parent=eg, nom=f"Unité de gériatrie {rang}")
    with django_assert_max_num_queries(14):
        chercher(lecteur, "geriatrie")
