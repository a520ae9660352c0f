"""What no person types: forged characters, numbers, dates and addresses are refused in French, never by a failure."""

import pytest
from django.test import Client
from django.urls import reverse

from referentiel.models import Role
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def offre():
    RegionFactory()
    return UOFactory(parent=EGFactory(departement="77", groupe="MSS"))


@pytest.fixture
def referente(client, offre):
    client.force_login(HabilitationFactory(structure=offre.parent).utilisateur)
    return client


@pytest.fixture
def administratrice(client, offre):
    client.force_login(HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    return client


@pytest.mark.parametrize("suite", ["abc", "version", "javascript:alert(1)", "//ailleurs.fr", "http://ailleurs.fr/"])
def test_signing_in_never_fails_on_where_to_go(offre, suite):
    client = Client()
    personne = UtilisateurFactory()
    personne.set_password("Un-grand-chêne-77")
    personne.save()
    adresse = reverse("connexion")
    envoi = {**lire_formulaire(client.get(adresse).content.decode(), adresse), "next": suite}
    reponse = client.post(adresse, {**envoi, "username": personne.identifiant, "password": "Un-grand-chêne-77"})
    assert reponse.url == reverse("accueil")
    assert client.get(adresse, {"next": suite}).url == reverse("accueil")


@pytest.mark.parametrize("entete", [{"HX-Current-URL": "http://[bad"}, {"Referer": "http://[bad"}])
def test_a_header_that_is_no_address_says_nothing(referente, offre, entete):
    adresse = reverse("favori-ajouter", args=[offre.pk])
    assert referente.post(adresse, headers={**HTMX, **entete}).status_code == 200
    assert Client().post(adresse, headers=entete).status_code == 302


@pytest.mark.parametrize("entetes", [{}, HTMX])
def test_an_act_opened_as_a_page_says_so(administratrice, entetes):
    reponse = administratrice.get(reverse("finess-decider"), headers=entetes)
    assert reponse.status_code == 405
    assert "rien n’a été fait" in reponse.content.decode()
    assert reponse.headers["Allow"] == "POST"


def test_an_old_token_is_told_to_htmx_as_a_sentence(offre):
    client = Client(enforce_csrf_checks=True)
    client.force_login(HabilitationFactory(structure=offre.parent).utilisateur)
    adresse = reverse("favori-ajouter", args=[offre.pk])
    reponse = client.post(adresse, headers=HTMX)
    assert reponse.status_code == 403
    assert reponse.headers["Content-Type"].startswith("text/plain")
    assert "ouverte depuis trop longtemps" in reponse.content.decode()
    assert "ouverte depuis trop longtemps" in client.post(adresse).content.decode()


@pytest.mark.parametrize(
    ("nom", "requete"),
    [
        ("historique", "au=9999-12-31"),
        ("historique-csv", "au=9999-12-31"),
        ("a-venir", "vue=calendrier&mois=9999-12"),
        ("a-venir", "vue=calendrier&mois=0001-01"),
    ],
)
def test_a_date_at_the_end_of_time_is_no_failure(referente, offre, nom, requete):
    arguments = [offre.pk] if nom.startswith("historique") else []
    assert referente.get(f"{reverse(nom, args=arguments)}?{requete}").status_code == 200


@pytest.mark.parametrize("entetes", [{}, HTMX])
def test_a_character_that_no_text_may_hold_is_told(administratrice, entetes):
    envoi = {"geste": "retirer", "formes": "a\x00b"}
    reponse = administratrice.post(reverse("synonymes"), envoi, headers=entetes)
    assert reponse.status_code == 400
    assert "Un caractère ne peut pas être enregistré" in reponse.content.decode()


@pytest.mark.parametrize(
    "envoi", [{"appliquer_un": "²"}, {"appliquer_structure": "9" * 5000}, {"ignorer": "1", "ecart": "²"}]
)
def test_a_key_that_is_none_decides_nothing(administratrice, envoi):
    assert administratrice.post(reverse("finess-decider"), envoi).status_code in (200, 302, 422)


def test_a_forged_structure_is_none(offre):
    adresse = reverse("demande-acces")
    reponse = Client().post(adresse, {"structure": "9" * 5000, "chercher": "1", "etablissement": "ehpad"})
    assert reponse.status_code == 200


def test_an_unknown_gesture_says_why(referente, offre):
    adresse = reverse("fiche-section", args=[offre.pk, "conditions"])
    envoi = lire_formulaire(referente.get(adresse).content.decode(), adresse)
    reponse = referente.post(adresse, {**envoi, "geste": "zzz"})
    assert reponse.status_code == 422
    assert "Cette action n’existe plus ici" in reponse.content.decode()


def test_a_form_as_long_as_fifty_contacts_of_four_numbers_is_read(referente, offre):
    adresse = reverse("fiche-section", args=[offre.pk, "conditions"])
    envoi = lire_formulaire(referente.get(adresse).content.decode(), adresse)
    longs = {f"autre-{n}": "" for n in range(50 * (8 + 4 * 4))}
    assert referente.post(adresse, {**envoi, **longs}).status_code == 302
