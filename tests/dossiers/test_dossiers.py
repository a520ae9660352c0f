"""Dossiers collaboratifs: « Créer + » opens or joins the one of the establishment; the list; invisible to others."""

import pytest
from django.test import Client

from dossiers.etats import Etat
from dossiers.models import Dossier
from referentiel.models import CorrespondanceCategorie, Role, Structure
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
)
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def hopital():
    RegionFactory()
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    PoleFactory(parent=eg)  # described already: signing in opens no « Peuplement de … »
    return eg


@pytest.fixture
def referent(client, hopital):
    personne = UtilisateurFactory()
    HabilitationFactory(utilisateur=personne, structure=hopital, role=Role.REFERENT)
    client.force_login(personne)
    return client


@pytest.mark.exigence("S41")
def test_creer_on_a_uf_opens_the_dossier_then_joins_it(referent, hopital):
    uf = UFFactory(parent=PoleFactory(parent=hopital))
    page = referent.get(f"/ror/dossiers/creer/{uf.pk}/").content.decode()
    assert "Il sera ouvert avec cette fiche" in page
    reponse = referent.post(f"/ror/dossiers/creer/{uf.pk}/", {"niveau": "UO", "nom": "Unité de cardiologie"})
    dossier = Dossier.objects.get()
    assert reponse.url == f"/ror/dossiers/{dossier.pk}/fiche/{dossier.fiches.get().cle}/"
    referent.post(f"/ror/dossiers/creer/{uf.pk}/", {"niveau": "UO", "nom": "Unité de rythmologie"})
    assert Dossier.objects.count() == 1
    page = referent.get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert "Unité de cardiologie" in page
    assert "Unité de rythmologie" in page
    assert "unité opérationnelle" in page
    assert not Structure.objects.filter(nom="Unité de cardiologie").exists()


@pytest.mark.exigence("S63", "S64")
def test_a_hospital_is_described_pole_by_pole(referent, hopital):
    page = referent.get(f"/ror/dossiers/creer/{hopital.pk}/").content.decode()
    assert 'value="P"' in page
    assert 'value="UO"' not in page
    forge = referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "UO", "nom": "Unité"})
    assert forge.status_code == 422
    assert not Dossier.objects.exists()


@pytest.mark.exigence("S65")
def test_a_medico_social_establishment_has_its_offers_directly(client):
    RegionFactory()
    ehpad = EGFactory(groupe="MSS")
    client.force_login(HabilitationFactory(structure=ehpad).utilisateur)
    client.post(f"/ror/dossiers/creer/{ehpad.pk}/", {"niveau": "UO", "nom": "Unité d’accueil de jour"})
    assert Dossier.objects.get().fiches.get().parent == ehpad


@pytest.mark.exigence("S48")
def test_the_menu_leads_to_the_list_of_my_dossiers(referent, hopital):
    assert 'href="/ror/dossiers/"' in referent.get("/ror/").content.decode()
    referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "Pôle Femme enfant"})
    page = referent.get("/ror/dossiers/").content.decode()
    assert Dossier.objects.get().nom in page
    assert "CH de Valmont" in page


def test_a_dossier_does_not_exist_for_others(referent, hopital, client):
    referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "Pôle Femme enfant"})
    dossier = Dossier.objects.get()
    autre = HabilitationFactory(structure=EGFactory()).utilisateur
    client.force_login(autre)
    assert dossier.nom not in client.get("/ror/dossiers/").content.decode()
    assert client.get(f"/ror/dossiers/{dossier.pk}/").status_code == 404
    assert client.post(f"/ror/dossiers/{dossier.pk}/abandonner/").status_code == 404
    cle = dossier.fiches.get().cle
    assert client.get(f"/ror/dossiers/{dossier.pk}/fiche/{cle}/").status_code == 404
    assert client.post(f"/ror/dossiers/{dossier.pk}/supprimer/{cle}/").status_code == 404
    assert client.get(f"/ror/dossiers/creer/{hopital.pk}/").status_code == 403


def test_a_fiche_is_taken_back_and_a_dossier_given_up(referent, hopital):
    referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "Pôle A"})
    referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "Pôle B"})
    dossier = Dossier.objects.get()
    referent.post(f"/ror/dossiers/{dossier.pk}/supprimer/{dossier.fiches.get(nom='Pôle A').cle}/")
    assert [f.nom for f in dossier.fiches.all()] == ["Pôle B"]
    abandon = f"/ror/dossiers/{dossier.pk}/abandonner/"
    referent.post(abandon, lire_formulaire(referent.get(abandon).content.decode(), ""))
    assert Dossier.objects.get().etat == Etat.ABANDONNE
    reponse = referent.post(f"/ror/dossiers/{dossier.pk}/supprimer/{dossier.fiches.get().cle}/")
    assert reponse.status_code == 409
    assert "Ce dossier est « abandonné »" in reponse.content.decode().replace("\u00a0", " ")


@pytest.mark.exigence("B17")
def test_a_dossier_that_another_person_changed_meanwhile_is_not_given_up_unseen(referent, hopital):
    creer = f"/ror/dossiers/creer/{hopital.pk}/"
    referent.post(creer, {"niveau": "P", "nom": "Pôle A"})
    dossier = Dossier.objects.get()
    abandon = f"/ror/dossiers/{dossier.pk}/abandonner/"
    vu = lire_formulaire(referent.get(abandon).content.decode(), "")
    collegue = Client()
    collegue.force_login(HabilitationFactory(structure=hopital).utilisateur)
    collegue.post(creer, {"niveau": "P", "nom": "Pôle B"})
    reponse = referent.post(abandon, vu)
    assert reponse.status_code == 409
    assert "Relisez-le, puis recommencez" in reponse.content.decode()
    assert Dossier.objects.get().etat == Etat.BROUILLON
    assert referent.post(abandon, {}).status_code == 409
    retirer = f"/ror/dossiers/{dossier.pk}/supprimer/{dossier.fiches.get(nom='Pôle B').cle}/"
    collegue.post(retirer)
    reponse = referent.post(retirer)
    assert reponse.status_code == 404
    assert "quelqu’un l’a retirée entre-temps" in reponse.content.decode()
    assert [f.nom for f in dossier.fiches.all()] == ["Pôle A"]


@pytest.mark.exigence("B16")
def test_a_name_typed_and_not_sent_is_taken_up_again(referent, hopital):
    creer = f"/ror/dossiers/creer/{hopital.pk}/"
    envoi = lire_formulaire(referent.get(creer).content.decode(), creer)
    garder = f"/ror/brouillon/?objet=creation:{hopital.pk}"
    referent.post(garder, {**envoi, "nom": "Pôle Femme"}, headers={"HX-Request": "true"})
    assert "Vous aviez commencé une saisie" in referent.get(creer).content.decode()
    repris = lire_formulaire(referent.get(f"{creer}?reprendre=1").content.decode(), creer)
    assert repris["nom"] == ["Pôle Femme"]
    referent.post(creer, {**repris, "niveau": "P"})
    assert [f.nom for f in Dossier.objects.get().fiches.all()] == ["Pôle Femme"]
    assert "Vous aviez commencé" not in referent.get(creer).content.decode()
    referent.post(creer, {**repris, "nom": "Pôle Mère", "geste": "annuler"})
    page = referent.get(f"{creer}?reprendre=1").content.decode()
    assert lire_formulaire(page, creer)["nom"] == ["Pôle Mère"]


def test_an_empty_or_oversized_name_is_told_and_kept(referent, hopital):
    vide = referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "  "})
    long = referent.post(f"/ror/dossiers/creer/{hopital.pk}/", {"niveau": "P", "nom": "x" * 300})
    assert (vide.status_code, long.status_code) == (422, 422)
    assert "x" * 300 in long.content.decode()


@pytest.mark.parametrize("nombre", [2, 12])
def test_the_list_costs_the_same_whatever_it_holds(referent, hopital, django_assert_max_num_queries, nombre):
    personne = hopital.habilitations.get().utilisateur
    for rang in range(nombre):
        eg = EGFactory()
        HabilitationFactory(utilisateur=personne, structure=eg)
        Dossier.objects.create(etablissement=eg, nom=f"Dossier {rang}", cree_par=personne)
        UOFactory(parent=eg)
    with django_assert_max_num_queries(13):
        referent.get("/ror/dossiers/")


@pytest.mark.exigence("S69")
@pytest.mark.parametrize(("categorie", "discipline"), [("500", "MSPA"), ("183", "MSPH"), ("355", "MCO"), ("620", "")])
def test_a_dossier_is_named_after_its_departement_and_its_group_of_disciplines(client, categorie, discipline):
    RegionFactory()
    if discipline:
        CorrespondanceCategorie.objects.create(categorie=categorie, groupe="MSS", discipline=discipline, origine="CNSA")
    eg = EGFactory(groupe="MSS", nom="EHPAD TEST", _detail={"categorie": categorie})
    UOFactory(parent=eg)
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    client.post(f"/ror/dossiers/creer/{eg.pk}/", {"niveau": "UO", "nom": "Unité d’accueil de jour"})
    attendu = f"77 MAJ {discipline} – EHPAD TEST".replace("  ", " ")
    assert attendu in client.get("/ror/dossiers/").content.decode()
