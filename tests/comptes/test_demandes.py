"""« Besoin de créer un compte ? » and the queue of the requests."""

import pytest
from django.core import mail
from django.test import Client

from referentiel.models import DemandeAcces, Habilitation, Role
from ror.comptes.models import Utilisateur
from tests.fabriques import EGFactory, HabilitationFactory, UtilisateurFactory

from .outils import client_de, liens, texte

pytestmark = pytest.mark.django_db

SAISIE = {
    "prenom": "Élodie",
    "nom": "D’Œuvre-Martin",
    "courriel": "elodie@ehpad.example",
    "telephone": "0102030405",
    "fonction": "Directrice",
    "role": "direction",
    "etablissement": "EHPAD Les Tilleuls",
    "message": "",
}


@pytest.fixture
def ehpad(region):
    return EGFactory(nom="EHPAD Les Tilleuls", departement="77")


@pytest.fixture
def support():
    return HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur


@pytest.fixture
def courriels(django_capture_on_commit_callbacks):
    """Runs a function, then sends the mails of what it committed."""

    def executer(acte):
        with django_capture_on_commit_callbacks(execute=True):
            return acte()

    return executer


def deposer(**autres) -> DemandeAcces:
    reponse = Client().post("/ror/demande-acces/", {**SAISIE, **autres})
    assert reponse.status_code == 302, texte(reponse)
    return DemandeAcces.objects.latest("pk")


@pytest.mark.exigence("S11", "S16", "S17", "S19")
def test_the_form_explains_the_two_rights_in_the_words_of_the_guides(client, region):
    assert "Besoin de créer un compte ?" in texte(client.get("/ror/connexion/"))
    vu = texte(client.get("/ror/demande-acces/"))
    assert "Référent : Possibilité de modifier les informations contenues dans le ROR." in vu
    assert "Direction : Possibilité de modifier et de valider les informations contenues dans le ROR." in vu
    for mots in ("référents ROR", "responsables offre de structure", "Directeurs d’établissements", "Responsable ROR"):
        assert mots in vu
    assert "Gestionnaire" not in vu.split("Le droit voulu")[1].split("Envoyer")[0]


@pytest.mark.exigence("S11")
def test_an_establishment_is_found_by_name_or_number_and_nothing_typed_is_lost(client, ehpad):
    EGFactory(nom="EHPAD Les Tilleuls fermé", etat="DEF")
    for mots in ("tilleuls", "ehpad til", ehpad.numero_finess):
        liste = client.get("/ror/demande-acces/structures/", {"etablissement": mots})
        assert f'value="{ehpad.pk}"' in liste.content.decode()
        assert "fermé" not in texte(liste)
    sans_script = client.post("/ror/demande-acces/", {**SAISIE, "etablissement": "tilleuls", "chercher": "1"})
    html = sans_script.content.decode()
    for valeur in ("Élodie", "D’Œuvre-Martin", "elodie@ehpad.example", "Directrice", "tilleuls", f'value="{ehpad.pk}"'):
        assert valeur in html
    assert "à corriger" not in texte(sans_script)
    assert not DemandeAcces.objects.exists()
    assert "Aucune structure" in texte(client.get("/ror/demande-acces/structures/", {"etablissement": "zzzz"}))
    assert "choisissez" not in texte(client.get("/ror/demande-acces/structures/", {"etablissement": "eh"})).lower()


@pytest.mark.exigence("S11", "S12", "S15", "S16", "S21")
def test_a_request_accepted_opens_the_account_and_invites(ehpad, support, courriels):
    demande = courriels(lambda: deposer(structure=ehpad.pk))
    assert mail.outbox[-1].to == ["elodie@ehpad.example"]
    client = client_de(support)
    assert "Élodie D’Œuvre-Martin" in texte(client.get("/ror/demandes-acces/"))
    fiche = client.get(f"/ror/demandes-acces/{demande.pk}/")
    assert f'value="{ehpad.pk}" id="structure-{ehpad.pk}" checked' in fiche.content.decode()
    decision = {"role": "direction", "structure": ehpad.pk, "etablissement": "", "personne": ""}
    reponse = courriels(lambda: client.post(f"/ror/demandes-acces/{demande.pk}/accepter/", decision))
    personne = Utilisateur.objects.get(courriel="elodie@ehpad.example")
    assert reponse.url == f"/ror/comptes/{personne.pk}/"
    assert personne.identifiant == "elodiedoeuvremartin"
    assert not personne.has_usable_password()
    droit = personne.habilitations.get()
    assert (droit.role, droit.structure, droit.accordee_par) == ("direction", ehpad, support)
    assert any("/invitation/" in lien for lien in liens())
    demande.refresh_from_db()
    assert (demande.etat, demande.traitee_par, demande.utilisateur) == ("acceptee", support, personne)


@pytest.mark.exigence("S15")
def test_a_namesake_gets_the_next_identifiant(ehpad, support, courriels):
    UtilisateurFactory(identifiant="elodiedoeuvremartin")
    UtilisateurFactory(identifiant="elodiedoeuvremartin2")
    demande = deposer(structure=ehpad.pk)
    decision = {"role": "direction", "structure": ehpad.pk, "personne": ""}
    client_de(support).post(f"/ror/demandes-acces/{demande.pk}/accepter/", decision)
    assert Utilisateur.objects.get(courriel="elodie@ehpad.example").identifiant == "elodiedoeuvremartin3"


@pytest.mark.exigence("S11")
def test_a_person_who_has_an_account_gets_the_right_on_it(ehpad, support, courriels):
    personne = UtilisateurFactory(courriel="Elodie@ehpad.example")
    demande = deposer(structure=ehpad.pk)
    client = client_de(support)
    assert f"Ajouter ce droit au compte de {personne}" in texte(client.get(f"/ror/demandes-acces/{demande.pk}/"))
    decision = {"role": "referent", "structure": ehpad.pk, "personne": personne.pk}
    courriels(lambda: client.post(f"/ror/demandes-acces/{demande.pk}/accepter/", decision))
    assert personne.habilitations.get().role == "referent"
    assert Utilisateur.objects.au_courriel("elodie@ehpad.example").count() == 1
    assert "un droit vous est accordé" in mail.outbox[-1].subject
    assert not personne.invitations.exists()


def test_an_establishment_not_found_is_kept_as_typed_and_identified_by_the_support(ehpad, support):
    demande = deposer(etablissement="Maison des tilleuls bleus")
    client = client_de(support)
    assert "« Maison des tilleuls bleus »" in texte(client.get("/ror/demandes-acces/"))
    adresse = f"/ror/demandes-acces/{demande.pk}/accepter/"
    sans = client.post(adresse, {"role": "direction", "etablissement": "tilleuls", "personne": ""})
    assert "Choisissez dans la liste la structure" in texte(sans)
    assert f'value="{ehpad.pk}"' in sans.content.decode()
    cherche = client.post(adresse, {"role": "direction", "etablissement": "tilleuls", "chercher": "1"})
    assert f'value="{ehpad.pk}"' in cherche.content.decode()
    assert not Habilitation.objects.exclude(utilisateur=support).exists()


@pytest.mark.exigence("S11")
def test_a_request_without_follow_up_mails_the_reason(ehpad, support, courriels):
    demande = deposer(structure=ehpad.pk)
    client = client_de(support)
    adresse = f"/ror/demandes-acces/{demande.pk}/ecarter/"
    assert "obligatoire" in texte(client.post(adresse, {"sans-suite-motif": " "})).lower()
    courriels(lambda: client.post(adresse, {"sans-suite-motif": "Écrivez-nous depuis votre adresse professionnelle."}))
    assert "Écrivez-nous depuis votre adresse professionnelle." in mail.outbox[-1].body
    assert not Utilisateur.objects.filter(courriel="elodie@ehpad.example").exists()
    assert "Sans suite" in texte(client.get("/ror/demandes-acces/?etat=traitees"))


def test_a_second_decision_says_who_decided_and_when(ehpad, support):
    demande = deposer(structure=ehpad.pk)
    decision = {"role": "direction", "structure": ehpad.pk, "personne": ""}
    client_de(support).post(f"/ror/demandes-acces/{demande.pk}/accepter/", decision)
    collegue = HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur
    for adresse, saisie in (("accepter", decision), ("ecarter", {"sans-suite-motif": "Non"})):
        reponse = client_de(collegue).post(f"/ror/demandes-acces/{demande.pk}/{adresse}/", saisie)
        assert reponse.status_code == 409
        assert f"a déjà été traitée par {support}" in texte(reponse)
    assert Utilisateur.objects.au_courriel("elodie@ehpad.example").count() == 1


@pytest.mark.exigence("S20")
def test_a_regional_manager_sees_the_requests_of_her_departements_only(ehpad, region):
    gestionnaire = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur
    ici = deposer(structure=ehpad.pk)
    ailleurs = deposer(structure=EGFactory(departement="31").pk, nom="Ailleurs")
    inconnue = deposer(nom="Inconnue", etablissement="On ne sait où")
    client = client_de(gestionnaire)
    vu = texte(client.get("/ror/demandes-acces/"))
    assert "D’Œuvre-Martin" in vu
    assert "Ailleurs" not in vu
    assert "Inconnue" not in vu
    assert client.get(f"/ror/demandes-acces/{ici.pk}/").status_code == 200
    for autre in (ailleurs, inconnue):
        assert client.get(f"/ror/demandes-acces/{autre.pk}/").status_code == 404
    assert "Gestionnaire régional" not in texte(client.get(f"/ror/demandes-acces/{ici.pk}/"))
    hors = {"role": "direction", "structure": ailleurs.structure_id, "personne": ""}
    reponse = client.post(f"/ror/demandes-acces/{ici.pk}/accepter/", hors)
    assert reponse.status_code == 403
    assert "n’est pas dans votre périmètre" in texte(reponse)


@pytest.mark.exigence("S11")
def test_only_the_support_and_the_managers_open_accounts(ehpad):
    demande = deposer(structure=ehpad.pk)
    for role in (Role.REFERENT, Role.DIRECTION):
        client = client_de(HabilitationFactory(role=role, structure=ehpad).utilisateur)
        for adresse in ("/ror/comptes/", "/ror/comptes/ouvrir/", "/ror/demandes-acces/", "/ror/comptes/structures/"):
            reponse = client.get(adresse)
            assert reponse.status_code == 403
            assert "ne permet d’ouvrir des comptes" in texte(reponse) or "ne permet pas d’ouvrir" in texte(reponse)
        assert "Demandes d’accès" not in texte(client.get("/ror/mon-compte/"))
        assert client.post(f"/ror/demandes-acces/{demande.pk}/accepter/", {}).status_code == 403
    assert "Demandes d’accès" in texte(
        client_de(HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur).get("/ror/mon-compte/")
    )


def test_robots_and_floods_leave_no_request(region):
    piege = Client().post("/ror/demande-acces/", {**SAISIE, "site": "http://spam.example"})
    assert piege.status_code == 302
    assert not DemandeAcces.objects.exists()
    autre_droit = Client().post("/ror/demande-acces/", {**SAISIE, "role": "administrateur"})
    assert autre_droit.status_code == 200
    vide = Client().post("/ror/demande-acces/", {**SAISIE, "etablissement": ""})
    assert "Indiquez votre établissement" in texte(vide)
    for _ in range(19):
        deposer()
    assert Client().post("/ror/demande-acces/", SAISIE).status_code == 429
