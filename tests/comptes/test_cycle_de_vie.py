"""The life of accounts: invitations, silence, departures, establishments that nobody keeps up to date (B44)."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from pilotage import calcul
from pilotage.departs import signaler_departs
from pilotage.models import DepartReferent
from referentiel.actions import desactiver, terminer
from referentiel.models import DemandeAcces, Role
from ror.comptes.inactivite import prevenir_inactifs
from ror.comptes.models import AvisInactivite, Invitation
from tests.fabriques import EGFactory, HabilitationFactory, UtilisateurFactory

from .outils import client_de, texte

pytestmark = pytest.mark.django_db
JOUR = timedelta(days=1)


@pytest.fixture
def eg(region):
    return EGFactory(nom="EHPAD Les Tilleuls", departement="77")


@pytest.fixture
def gestionnaire(eg):
    return HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur


@pytest.fixture
def client(gestionnaire):
    return client_de(gestionnaire)


def silencieuse(jours: int, **champs):
    """A person whose last sign-in is that many days old."""
    return UtilisateurFactory(last_login=timezone.now() - jours * JOUR, **champs)


# ---------- silence ----------


@pytest.mark.exigence("B44")
def test_somebody_silent_is_told_once_thirty_days_before_her_account_is_listed(region):
    for jours, nom in ((330, "Tôt"), (340, "Bientôt")):
        silencieuse(jours, nom=nom, courriel=f"{nom.lower()}@ehpad.example")
    silencieuse(400, is_active=False)
    assert prevenir_inactifs() == 1
    assert [m.to for m in mail.outbox] == [["bientôt@ehpad.example"]]
    assert "il suffit de vous connecter" in mail.outbox[0].body
    assert prevenir_inactifs() == 0


def test_a_new_silence_is_told_again_and_a_refused_mail_is_tried_again(region, monkeypatch):
    personne = silencieuse(340)

    def refuser(*_, **__):
        raise smtplib.SMTPException

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuser)
        assert prevenir_inactifs() == 0
    assert prevenir_inactifs() == 1
    personne.last_login = timezone.now() - 336 * JOUR
    personne.save()
    assert prevenir_inactifs() == 1


@pytest.mark.exigence("B44")
def test_accounts_silent_for_a_year_are_listed_then_woken_up_or_closed(client, django_capture_on_commit_callbacks):
    endormie, vive = silencieuse(400, nom="Endormie"), silencieuse(10, nom="Vive")
    vu = texte(client.get("/ror/comptes/?etat=inactifs"))
    assert "Endormie" in vu
    assert "Vive" not in vu
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post(f"/ror/comptes/{endormie.pk}/relancer/", follow=True)
    assert "Relance envoyée" in texte(reponse)
    assert "relance le" in texte(reponse)
    assert mail.outbox[-1].to == [endormie.courriel]
    assert client.post(f"/ror/comptes/{endormie.pk}/relancer/").status_code == 409
    assert client.post(f"/ror/comptes/{vive.pk}/relancer/").status_code == 409
    assert AvisInactivite.objects.count() == 1
    client.post(f"/ror/comptes/{endormie.pk}/desactiver/", {"motif": "Sans connexion depuis un an"}, follow=True)
    assert "Endormie" not in texte(client.get("/ror/comptes/?etat=inactifs"))


def test_nobody_wakes_up_an_account_that_she_could_not_manage(client):
    autre = HabilitationFactory(structure=EGFactory(departement="75"), utilisateur=silencieuse(400)).utilisateur
    assert client.post(f"/ror/comptes/{autre.pk}/relancer/").status_code == 403
    assert client_de(UtilisateurFactory()).post(f"/ror/comptes/{autre.pk}/relancer/").status_code == 403
    assert not mail.outbox


# ---------- invitations ----------


@pytest.mark.exigence("B44")
def test_pending_and_expired_invitations_are_listed_and_sent_again(client, eg):
    for nom, reste in (("Attend", 3), ("Expirée", -3)):
        personne = HabilitationFactory(structure=eg, utilisateur=UtilisateurFactory(nom=nom)).utilisateur
        Invitation.objects.create(utilisateur=personne, empreinte=nom, expire_le=timezone.now() + reste * JOUR)
    attente, expirees = (texte(client.get(f"/ror/comptes/?etat={etat}")) for etat in ("invites", "expirees"))
    assert "Attend" in attente
    assert "Expirée Camille" not in attente
    assert "Expirée Camille" in expirees
    assert "Renvoyer l’invitation" in expirees
    client.post(f"/ror/comptes/{personne.pk}/inviter/")
    assert "Expirée Camille" in texte(client.get("/ror/comptes/?etat=invites"))


def test_each_state_of_the_list_costs_the_same_with_one_or_many(client, eg, django_assert_max_num_queries):
    def peupler(nombre: int) -> None:
        for _ in range(nombre):
            HabilitationFactory(structure=eg, utilisateur=silencieuse(500))

    peupler(1)
    client.get("/ror/comptes/?etat=inactifs")
    with django_assert_max_num_queries(14) as petit:
        client.get("/ror/comptes/?etat=inactifs")
    peupler(20)
    with django_assert_max_num_queries(len(petit)):
        client.get("/ror/comptes/?etat=inactifs")


# ---------- establishments that nobody keeps up to date ----------


@pytest.mark.exigence("B44")
def test_an_establishment_without_active_referent_leads_to_an_invitation_already_filled(client, eg):
    suivi = EGFactory(nom="EHPAD suivi", departement="77")
    HabilitationFactory(structure=suivi)
    EGFactory(nom="EHPAD d’ailleurs", departement="75")
    calcul.calculer_tout()
    page = client.get("/ror/comptes/sans-referent/").content.decode()
    assert "EHPAD Les Tilleuls" in page
    assert "EHPAD suivi" not in page
    assert "ailleurs" not in page
    adresse = f"/ror/comptes/ouvrir/?structure={eg.pk}&amp;role=referent"
    assert adresse in page
    formulaire = client.get(adresse.replace("&amp;", "&")).content.decode()
    assert f'value="{eg.pk}"' in formulaire
    assert "EHPAD Les Tilleuls" in formulaire
    assert "Aucun établissement de ce nom" in texte(client.get("/ror/comptes/sans-referent/?q=zzz"))


@pytest.mark.parametrize(
    "suite", ["?structure=abc&role=zzz", "?structure=99999999999999999999", "?role=administrateur"]
)
def test_an_address_that_chooses_wrongly_opens_a_plain_form(client, suite):
    assert client.get(f"/ror/comptes/ouvrir/{suite}").status_code == 200


def test_who_opens_no_account_does_not_read_that_list(eg):
    assert (
        client_de(HabilitationFactory(structure=eg).utilisateur).get("/ror/comptes/sans-referent/").status_code == 403
    )


@pytest.mark.exigence("B44")
@pytest.mark.parametrize("cause", ["compte désactivé", "droit retiré", "droit terminé", "silence"])
def test_when_the_last_referent_leaves_the_direction_is_told_once(eg, gestionnaire, cause):
    droit = HabilitationFactory(structure=eg, utilisateur=silencieuse(1))
    direction = HabilitationFactory(structure=eg, role=Role.DIRECTION, utilisateur=silencieuse(1)).utilisateur
    calcul.calculer_tout()
    assert signaler_departs() == 0
    if cause == "compte désactivé":
        desactiver(auteur=gestionnaire, personne_id=droit.utilisateur_id, motif="Départ")
    elif cause == "droit retiré":
        terminer(auteur=gestionnaire, habilitation_id=droit.pk)
    elif cause == "droit terminé":
        droit.fin = timezone.localdate() - JOUR
        droit.save()
    else:
        droit.utilisateur.last_login = timezone.now() - 400 * JOUR
        droit.utilisateur.save()
    assert signaler_departs() == 1
    (courriel,) = mail.outbox
    assert courriel.to == [direction.courriel]
    assert "EHPAD Les Tilleuls n’a plus de référent" in courriel.subject
    assert f"/ror/fiche/{eg.pk}/" in courriel.body
    assert signaler_departs() == 0


@pytest.mark.exigence("B44")
def test_without_direction_those_who_open_accounts_are_told_in_one_mail(eg, gestionnaire):
    droits = [HabilitationFactory(structure=e) for e in (eg, EGFactory(departement="77"))]
    calcul.calculer_tout()
    signaler_departs()
    for droit in droits:
        desactiver(auteur=gestionnaire, personne_id=droit.utilisateur_id, motif="Départ")
    assert signaler_departs() == 1
    (courriel,) = mail.outbox
    assert courriel.to == [gestionnaire.courriel]
    assert "2 établissements n’ont plus de référent" in courriel.subject
    assert DepartReferent.objects.filter(traite_le=None).count() == 0


def test_a_refused_mail_about_a_departure_is_tried_again(eg, gestionnaire, monkeypatch):
    droit = HabilitationFactory(structure=eg)
    calcul.calculer_tout()
    signaler_departs()
    desactiver(auteur=gestionnaire, personne_id=droit.utilisateur_id, motif="Départ")

    def refuser(*_, **__):
        raise smtplib.SMTPException

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuser)
        assert signaler_departs() == 0
    assert signaler_departs() == 1


def test_an_establishment_that_keeps_a_referent_by_its_ej_is_not_told_of(eg, gestionnaire):
    HabilitationFactory(structure=eg.parent)
    partant = HabilitationFactory(structure=eg)
    calcul.calculer_tout()
    signaler_departs()
    desactiver(auteur=gestionnaire, personne_id=partant.utilisateur_id, motif="Départ")
    assert signaler_departs() == 0
    calcul.calculer_tout()
    assert signaler_departs() == 0


# ---------- requests ----------


@pytest.mark.exigence("B44")
def test_a_request_is_decided_in_one_page_with_its_duplicates_and_who_is_in_place(client, eg):
    en_place = HabilitationFactory(structure=eg.parent, role=Role.DIRECTION).utilisateur
    homonyme = UtilisateurFactory(prenom="Élodie", nom="Martin", courriel="ailleurs@ehpad.example")
    demandes = [
        DemandeAcces.objects.create(
            prenom="Élodie", nom=nom, courriel="e@ehpad.example", role="referent", structure=eg, fonction="Cadre"
        )
        for nom in ("Martin", "Martin-Durand")
    ]
    page = client.get(f"/ror/demandes-acces/{demandes[0].pk}/").content.decode()
    vu = texte(page)
    assert f"{en_place} (Direction)" in vu
    assert "Élodie Martin-Durand, Référent" in vu
    assert f"Ajouter ce droit au compte de Élodie Martin ({homonyme.identifiant}" in vu
    assert f'value="{eg.pk}"' in page
    reponse = client.post(
        f"/ror/demandes-acces/{demandes[0].pk}/accepter/",
        {"role": "referent", "structure": eg.pk, "personne": homonyme.pk},
    )
    assert reponse.status_code == 302
    assert homonyme.habilitations.filter(structure=eg, role=Role.REFERENT).exists()
