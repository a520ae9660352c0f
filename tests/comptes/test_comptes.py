"""« Comptes » and « Mon compte et mes droits », through the screens."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from referentiel.models import Role
from referentiel.permissions import Action, refus
from ror.comptes.models import Region, Utilisateur, VersionCGU
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, UtilisateurFactory

from .outils import client_de, connecter, superutilisateur, texte

pytestmark = pytest.mark.django_db


@pytest.fixture
def eg(region):
    return EGFactory(nom="EHPAD Les Tilleuls", departement="77")


@pytest.fixture
def support():
    return HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur


@pytest.fixture
def client(support):
    return client_de(support)


def test_a_person_is_found_by_name_mail_or_identifiant(client, region):
    UtilisateurFactory(prenom="Élodie", nom="Lefèvre", identifiant="elodielefevre", courriel="el@chu.example")
    UtilisateurFactory(prenom="Paul", nom="Martin", identifiant="paulmartin", is_active=False)
    for mots in ("lefèvre", "lefevre", "élodie lef", "el@chu", "elodielefevre"):
        vu = texte(client.get("/ror/comptes/", {"q": mots}))
        assert "Lefèvre Élodie" in vu, mots
        assert "Martin" not in vu, mots
    assert "Martin" in texte(client.get("/ror/comptes/", {"etat": "desactives"}))
    assert "Martin" not in texte(client.get("/ror/comptes/", {"etat": "jamais"}))
    assert "Aucun compte ne correspond" in texte(client.get("/ror/comptes/", {"q": "zzz"}))


def test_the_list_costs_the_same_with_one_or_many_persons(client, eg, django_assert_max_num_queries):
    HabilitationFactory(structure=eg)
    client.get("/ror/comptes/")
    with django_assert_max_num_queries(12) as petit:
        client.get("/ror/comptes/")
    HabilitationFactory.create_batch(30, structure=eg)
    with django_assert_max_num_queries(len(petit)):
        client.get("/ror/comptes/")


@pytest.mark.exigence("S11", "S12", "S15", "S21")
def test_the_support_opens_an_account_on_the_phone(client, eg, django_capture_on_commit_callbacks):
    saisie = {"prenom": "Jean-Marc", "nom": "D’Œuvre", "courriel": "jm@ehpad.example", "role": "referent"}
    cherche = client.post("/ror/comptes/ouvrir/", {**saisie, "etablissement": "tilleuls", "chercher": "1"})
    assert f'value="{eg.pk}"' in cherche.content.decode()
    assert 'value="Jean-Marc"' in cherche.content.decode()
    sans = client.post("/ror/comptes/ouvrir/", {**saisie, "etablissement": "tilleuls"})
    assert "Choisissez la structure sur laquelle porte le droit Référent" in texte(sans)
    assert not Utilisateur.objects.filter(courriel="jm@ehpad.example").exists()
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post("/ror/comptes/ouvrir/", {**saisie, "structure": eg.pk}, follow=True)
    vu = texte(reponse)
    assert "Invitation envoyée à jm@ehpad.example" in vu
    assert "jeanmarcdoeuvre" in vu
    assert "Référent : EHPAD Les Tilleuls" in vu
    assert mail.outbox[-1].to == ["jm@ehpad.example"]
    assert "mot de passe" in mail.outbox[-1].body


def test_a_second_account_at_the_same_address_is_confirmed(client, eg):
    deja = UtilisateurFactory(courriel="accueil@ehpad.example")
    saisie = {"prenom": "A", "nom": "B", "courriel": "Accueil@ehpad.example", "role": "referent", "structure": eg.pk}
    refuse = texte(client.post("/ror/comptes/ouvrir/", saisie))
    assert f"Un compte existe déjà à cette adresse : {deja} ({deja.identifiant})" in refuse
    assert client.post("/ror/comptes/ouvrir/", {**saisie, "autre_personne": "on"}).status_code == 302


@pytest.mark.exigence("S16", "S21")
def test_a_right_is_given_then_taken_back(client, support, eg, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory()
    pole = PoleFactory(parent=EGFactory(nom="CH de Meaux", groupe="MCO", departement="77"), nom="Pôle Urgences")
    liste = client.get("/ror/comptes/structures/", {"etablissement": "urgences"})
    assert "CH de Meaux" in texte(liste)
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post(
            f"/ror/comptes/{personne.pk}/droit/", {"role": "direction", "structure": pole.pk}, follow=True
        )
    assert f"Droit accordé à {personne}. Direction : Pôle Urgences" in texte(reponse)
    assert "Direction" in mail.outbox[-1].body
    droit = personne.habilitations.get()
    encore = client.post(f"/ror/comptes/{personne.pk}/droit/", {"role": "direction", "structure": pole.pk})
    assert encore.status_code == 409
    assert "a déjà le droit Direction" in texte(encore)
    assert refus(personne, Action.VALIDER_DOSSIER, pole) is None
    fin = texte(client.post(f"/ror/droits/{droit.pk}/terminer/", {"quand": "maintenant"}, follow=True))
    assert "Fin du droit enregistrée" in fin
    assert "Terminé" in fin
    assert "Droit retiré : Direction : Pôle Urgences et tout ce qui en dépend" in fin
    assert str(support) in fin
    assert refus(Utilisateur.objects.get(pk=personne.pk), Action.VALIDER_DOSSIER, pole)
    assert client.post(f"/ror/droits/{droit.pk}/terminer/", {"quand": "maintenant"}).status_code == 409


def test_a_right_may_end_at_a_date(client, eg):
    droit = HabilitationFactory(structure=eg)
    jour = timezone.localdate() + timedelta(days=10)
    passe = timezone.localdate() - timedelta(days=1)
    adresse = f"/ror/droits/{droit.pk}/terminer/"
    assert "Indiquez le dernier jour" in texte(client.post(adresse, {"quand": "jour"}))
    assert "déjà passé" in texte(client.post(adresse, {"quand": "jour", "dernier_jour": passe.isoformat()}))
    client.post(adresse, {"quand": "jour", "dernier_jour": jour.isoformat()})
    droit.refresh_from_db()
    assert droit.fin == jour
    assert refus(Utilisateur.objects.get(pk=droit.utilisateur_id), Action.MODIFIER, eg) is None


@pytest.mark.exigence("S20")
def test_an_administrator_gives_a_territory_by_region_or_departement(region):
    region.departements = ["75", "77"]
    region.save()
    admin = client_de(HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    personne = UtilisateurFactory()
    adresse = f"/ror/comptes/{personne.pk}/droit/"
    faux = admin.post(adresse, {"role": "tutelle", "departements": "77, 999"})
    assert "« 999 » n’est pas un code de département" in texte(faux)
    admin.post(adresse, {"role": "tutelle", "departements": "2a, 77"})
    admin.post(adresse, {"role": "gestionnaire", "regions": [region.pk], "groupes": ["MSS"]})
    tutelle, gestionnaire = personne.habilitations.order_by("pk")
    assert tutelle.departements == ["2A", "77"]
    assert (gestionnaire.departements, gestionnaire.groupes) == (["75", "77"], ["MSS"])
    assert "Corse-du-Sud (2A), Seine-et-Marne (77)" in texte(admin.get(f"/ror/comptes/{personne.pk}/"))


@pytest.mark.exigence("S20", "S21")
def test_a_manager_neither_finds_nor_grants_outside_her_departements(eg):
    ailleurs = EGFactory(nom="EHPAD Les Tilleuls de Toulouse", departement="31")
    gestionnaire = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur
    client, personne = client_de(gestionnaire), UtilisateurFactory()
    trouves = texte(client.get("/ror/comptes/structures/", {"etablissement": "tilleuls"}))
    assert "EHPAD Les Tilleuls" in trouves
    assert "Toulouse" not in trouves
    force = client.post(f"/ror/comptes/{personne.pk}/droit/", {"role": "referent", "structure": ailleurs.pk})
    assert force.status_code == 403
    assert "n’est pas dans votre périmètre" in texte(force)
    admin = client.post(f"/ror/comptes/{personne.pk}/droit/", {"role": "administrateur"})
    assert not personne.habilitations.exists()
    assert admin.status_code == 200
    etranger = HabilitationFactory(structure=ailleurs)
    assert client.post(f"/ror/droits/{etranger.pk}/terminer/", {"quand": "maintenant"}).status_code == 403
    fiche = texte(client.get(f"/ror/comptes/{etranger.utilisateur_id}/"))
    assert "a aussi le droit Référent" in fiche
    assert "Désactiver" not in fiche


def test_deactivating_ends_the_sessions_and_reactivating_restores_the_rights(client, support, eg):
    droit = HabilitationFactory(structure=eg)
    personne = droit.utilisateur
    sien = Client()
    connecter(sien, personne.identifiant)
    assert sien.get("/ror/mon-compte/").status_code == 200
    client.post(f"/ror/comptes/{personne.pk}/desactiver/", {"motif": "Départ en retraite"})
    assert sien.get("/ror/mon-compte/").status_code == 302
    assert connecter(Client(), personne.identifiant).status_code == 200
    fiche = texte(client.get(f"/ror/comptes/{personne.pk}/"))
    assert "Compte désactivé : Départ en retraite" in fiche
    assert str(support) in fiche
    assert client.post(f"/ror/comptes/{personne.pk}/desactiver/", {"motif": "x"}).status_code == 409
    client.post(f"/ror/comptes/{personne.pk}/reactiver/")
    assert sien.get("/ror/mon-compte/").status_code == 302
    assert connecter(Client(), personne.identifiant).status_code == 302
    assert refus(Utilisateur.objects.get(pk=personne.pk), Action.MODIFIER, eg) is None
    deux_fois = client.post(f"/ror/comptes/{personne.pk}/reactiver/")
    assert deux_fois.status_code == 409
    assert "est déjà actif" in texte(deux_fois)


def test_a_new_address_is_told_to_the_old_one(client, region, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory(courriel="ancienne@exemple.example")
    saisie = {"prenom": "Camille", "nom": "Nouveau", "courriel": "nouvelle@exemple.example", "telephone": ""}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/ror/comptes/{personne.pk}/modifier/", saisie)
    assert mail.outbox[-1].to == ["ancienne@exemple.example"]
    personne.refresh_from_db()
    assert (personne.nom, personne.courriel) == ("Nouveau", "nouvelle@exemple.example")
    assert "Identité corrigée" in texte(client.get(f"/ror/comptes/{personne.pk}/"))


def test_a_manager_cannot_take_over_a_wider_account(client, region):
    admin = HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur
    saisie = {"prenom": "P", "nom": "N", "courriel": "pirate@exemple.example", "telephone": ""}
    for adresse, donnees in (("modifier", saisie), ("desactiver", {"motif": "x"}), ("inviter", {})):
        reponse = client.post(f"/ror/comptes/{admin.pk}/{adresse}/", donnees)
        assert reponse.status_code == 403, adresse
        assert "a aussi le droit Administrateur" in texte(reponse)
    admin.refresh_from_db()
    assert admin.is_active
    assert admin.courriel != "pirate@exemple.example"


@pytest.mark.exigence("S16", "S17", "S21")
def test_my_account_says_what_i_may_do_and_where(eg):
    droit = HabilitationFactory(role=Role.DIRECTION, structure=eg, fin=timezone.localdate() + timedelta(days=5))
    HabilitationFactory(
        utilisateur=droit.utilisateur, structure=EGFactory(nom="Ancien"), fin=timezone.localdate() - timedelta(days=1)
    )
    vu = texte(client_de(droit.utilisateur).get("/ror/mon-compte/"))
    assert "Direction : EHPAD Les Tilleuls" in vu
    assert "et tout ce qui en dépend" in vu
    assert "modifier les fiches, relire et diffuser les fiches, valider les dossiers de l’établissement" in vu
    assert "jusqu’au" in vu
    assert "Ancien" not in vu
    assert "Vous pouvez consulter toutes les fiches" in texte(client_de(UtilisateurFactory()).get("/ror/mon-compte/"))


@pytest.mark.exigence("S2", "S4", "S7", "S23", "S24", "S25", "S26")
def test_the_texts_of_a_region_are_changed_on_screen(region):
    admin = client_de(HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    formulaire = admin.get(f"/ror/textes/{region.pk}/")
    saisie = {nom: valeur or "" for nom, valeur in formulaire.context["form"].initial.items()}
    saisie |= {
        "nom_application": "ROR Essai",
        "support_telephone": "0500000000",
        "support_horaires": "du lundi au vendredi de 8h à 18h",
        "support_formulaire": "formulaire.exemple.example",
        "pied_courriel": "pied@exemple.example",
        "autre_porte_url": "",
        "domaines": "www.essai.example, essai.example",
        "departements": "75 77",
    }
    assert admin.post(f"/ror/textes/{region.pk}/", saisie).status_code == 302
    page = Client().get("/ror/connexion/")
    vu = texte(page)
    assert "Bienvenue sur l’application ROR Essai" in vu
    assert "05 00 00 00 00 du lundi au vendredi de 8h à 18h" in vu
    assert "contactez nous sur : pied@exemple.example" in vu
    assert "Autre porte" not in vu
    assert "https://formulaire.exemple.example" in page.content.decode()
    region.refresh_from_db()
    assert (region.domaines, region.departements) == (["www.essai.example", "essai.example"], ["75", "77"])
    assert region.history.first().history_user is not None
    autre = Region.objects.create(code="76", nom="Occitanie", nom_application="ROR O", domaines=["o.example"])
    double = admin.post(f"/ror/textes/{region.pk}/", {**saisie, "domaines": "o.example"})
    assert f"sert déjà {autre.nom_application}" in texte(double)


@pytest.mark.exigence("S5")
def test_conditions_are_published_on_screen_once_per_number(region):
    admin = client_de(HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None).utilisateur)
    saisie = {"numero": "2027-01", "texte": "Nouvelles conditions."}
    assert admin.post("/ror/textes/cgu/", saisie).status_code == 302
    assert "Nouvelles conditions." in texte(Client().get("/ror/conditions-generales/"))
    assert "est déjà publiée" in texte(admin.post("/ror/textes/cgu/", saisie))
    assert VersionCGU.objects.count() == 1


def test_only_administrators_change_the_texts(client, region):
    for adresse in ("/ror/textes/", f"/ror/textes/{region.pk}/", "/ror/textes/cgu/"):
        assert client.get(adresse).status_code == 403
    assert "Textes de la région" not in texte(client.get("/ror/comptes/"))
    assert "Textes de la région" in texte(client_de(superutilisateur()).get("/ror/comptes/"))


def test_a_missing_page_and_a_refusal_say_so_in_french(client, region):
    absente = client.get("/ror/comptes/999999/")
    assert absente.status_code == 404
    assert "Cette page n’existe pas ou n’existe plus" in texte(absente)
    assert client.get("/ror/nulle-part/").status_code == 404
    personne = UtilisateurFactory(is_active=False)
    refuse = client.post(f"/ror/comptes/{personne.pk}/inviter/")
    assert refuse.status_code == 409
    assert "est désactivé : réactivez-le avant de l’inviter" in texte(refuse)
    partiel = client.post(f"/ror/comptes/{personne.pk}/inviter/", headers={"HX-Request": "true"})
    assert partiel.status_code == 409
    assert "<" not in partiel.content.decode()


def test_a_breakdown_shows_a_page_that_needs_no_database(client, region, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("referentiel.droits.views.personnes.historique_de", lambda personne: 1 / 0)
    page = client.get(f"/ror/comptes/{UtilisateurFactory().pk}/")
    assert page.status_code == 500
    assert "momentanément indisponible" in texte(page)


@pytest.mark.parametrize(
    ("champ", "valeur", "motif"),
    [
        ("prenom", "<b>Zoé</b>", "Un nom s’écrit avec des lettres"),
        ("nom", "Martin 2", "Un nom s’écrit avec des lettres"),
        ("telephone", "abc", "n’est pas un numéro"),
        ("telephone", "01 99", "4 chiffres au lieu de 10"),
    ],
)
def test_a_name_and_a_number_can_be_read_out(client, eg, champ, valeur, motif):
    saisie = {"prenom": "A", "nom": "B", "courriel": "a@ehpad.example", "role": "referent", "structure": eg.pk}
    assert motif in texte(client.post("/ror/comptes/ouvrir/", {**saisie, champ: valeur}))
    assert not Utilisateur.objects.filter(courriel="a@ehpad.example").exists()
