"""One-time links: invitations and lost passwords."""

import smtplib
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from ror.commun.erreurs import EtatIncompatible
from ror.comptes import actions
from ror.comptes.courriels import Portail
from ror.comptes.models import Invitation, Region, Utilisateur
from tests.fabriques import UtilisateurFactory
from tests.fabriques.comptes import MOT_DE_PASSE
from tests.paralleles import en_parallele

from .outils import NOUVEAU, client_de, connecter, liens, superutilisateur, texte

pytestmark = pytest.mark.django_db

CHOIX = {"nouveau": NOUVEAU, "confirmation": NOUVEAU}


def inviter(django_capture_on_commit_callbacks, personne) -> str:
    """Invites through the person's page and returns the path of the link received."""
    gestionnaire = superutilisateur()
    with django_capture_on_commit_callbacks(execute=True):
        client_de(gestionnaire).post(f"/ror/comptes/{personne.pk}/inviter/")
    return next(lien for lien in liens() if "/invitation/" in lien)


@pytest.mark.exigence("S12")
def test_an_invitation_gives_the_identifiant_and_a_link_never_a_password(region, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory(identifiant="mariedupont", password="!")
    lien = inviter(django_capture_on_commit_callbacks, personne)
    courriel = mail.outbox[-1]
    assert courriel.to == [personne.courriel]
    assert "mariedupont" in courriel.body
    assert "01 83 76 30 31" in courriel.body.replace("\u00a0", " ")
    assert lien.rsplit("/", 2)[1] not in str(Invitation.objects.values())
    assert "mariedupont" in texte(Client().get(lien))
    assert Client().post(lien, CHOIX).url == "/ror/mot-de-passe/enregistre/"
    assert connecter(Client(), "mariedupont", NOUVEAU).url == "/ror/"
    assert not Utilisateur.objects.get(pk=personne.pk).doit_changer_mot_de_passe


@pytest.mark.exigence("S12")
def test_a_link_used_replaced_or_too_old_says_what_to_do(region, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory(password="!")
    remplace = inviter(django_capture_on_commit_callbacks, personne)
    utilise = inviter(django_capture_on_commit_callbacks, personne)
    Client().post(utilise, CHOIX)
    perime = inviter(django_capture_on_commit_callbacks, UtilisateurFactory(password="!"))
    with time_machine.travel(timezone.localtime() + timedelta(days=7, minutes=1)):
        vu = Client().get(perime)
    for page in (Client().get(remplace), Client().post(utilise, CHOIX), vu, Client().get("/ror/invitation/inconnue/")):
        assert page.status_code == 410
        assert "Ce lien a déjà servi ou n’est plus valable" in texte(page)
        assert "Recevoir un nouveau lien" in texte(page)


def test_a_refused_password_leaves_the_link_usable(region, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory(password="!")
    lien = inviter(django_capture_on_commit_callbacks, personne)
    assert "trop court" in texte(Client().post(lien, {"nouveau": "court", "confirmation": "court"}))
    assert "Les deux saisies diffèrent" in texte(Client().post(lien, {**CHOIX, "confirmation": "autre"}))
    assert Client().post(lien, CHOIX).status_code == 302


def test_a_deactivated_account_is_not_opened_by_its_invitation(region, django_capture_on_commit_callbacks):
    personne = UtilisateurFactory(password="!")
    lien = inviter(django_capture_on_commit_callbacks, personne)
    Utilisateur.objects.filter(pk=personne.pk).update(is_active=False)
    assert Client().get(lien).status_code == 410


def test_a_mail_that_does_not_leave_is_told_to_the_support(
    region, django_capture_on_commit_callbacks, monkeypatch, caplog
):
    def refuser(self, *args, **kwargs):
        raise smtplib.SMTPRecipientsRefused({})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuser)
    personne = UtilisateurFactory()
    client = client_de(superutilisateur())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/ror/comptes/{personne.pk}/inviter/")
    assert "Non partie" in texte(client.get(f"/ror/comptes/{personne.pk}/"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.exigence("S12")
def test_a_link_sent_twice_at_the_same_time_works_once(monkeypatch):
    jetons = []
    monkeypatch.setattr(actions, "_envoyer_invitation", lambda invitation, jeton, portail: jetons.append(jeton))
    personne = UtilisateurFactory(password="!")
    actions.inviter(utilisateur=personne, auteur=personne, portail=Portail("https://ror.example", Region()))

    def utiliser(rang: int) -> str:
        try:
            actions.utiliser_invitation(jeton=jetons[0], mot_de_passe=f"{NOUVEAU}-{rang}")
        except EtatIncompatible:
            return "refus"
        return "ok"

    issues = en_parallele(*[partial(utiliser, rang) for rang in range(4)])
    assert sorted(issues) == ["ok", "refus", "refus", "refus"]


@pytest.mark.exigence("S14")
def test_a_lost_identifiant_and_password_come_back_by_mail(client, region, taches_immediates):
    UtilisateurFactory(identifiant="camilledemo", courriel="Camille@Exemple.example")
    page = client.post("/ror/mot-de-passe/perdu/", {"saisie": "camille@exemple.example"}, follow=True)
    assert "Regardez votre courriel" in texte(page)
    assert "01 83 76 30 31" in texte(page)
    assert "Identifiant : camilledemo" in mail.outbox[-1].body.replace("\u00a0", " ")
    lien = next(lien for lien in liens() if "/nouveau/" in lien)
    assert "camilledemo" in texte(client.get(lien))
    assert client.post(lien, CHOIX).url == "/ror/mot-de-passe/enregistre/"
    assert client.post(lien, CHOIX).status_code == 410
    assert connecter(client, "camilledemo", NOUVEAU).status_code == 302


@pytest.mark.exigence("S14")
def test_the_identifiant_is_enough_too_and_shared_mails_list_every_account(client, region, taches_immediates):
    UtilisateurFactory(identifiant="camilledemo", courriel="accueil@exemple.example")
    UtilisateurFactory(identifiant="dominiquemodele", courriel="accueil@exemple.example")
    client.post("/ror/mot-de-passe/perdu/", {"saisie": "Camille Demo"})
    assert "dominiquemodele" not in mail.outbox[-1].body
    client.post("/ror/mot-de-passe/perdu/", {"saisie": "accueil@exemple.example"})
    assert "camilledemo" in mail.outbox[-1].body
    assert "dominiquemodele" in mail.outbox[-1].body


def test_the_answer_is_the_same_whether_the_account_exists_or_not(region, taches_immediates):
    UtilisateurFactory(courriel="connue@exemple.example")

    def reponse(saisie):
        return texte(Client().post("/ror/mot-de-passe/perdu/", {"saisie": saisie}, follow=True))

    assert reponse("connue@exemple.example") == reponse("inconnue@exemple.example")
    assert len(mail.outbox) == 1


def test_a_deactivated_account_gets_the_way_to_the_support_not_a_link(client, region, taches_immediates):
    UtilisateurFactory(identifiant="parti", is_active=False)
    client.post("/ror/mot-de-passe/perdu/", {"saisie": "parti"})
    assert "désactivé" in mail.outbox[-1].body
    assert not any("/nouveau/" in lien for lien in liens())


def test_mails_to_one_address_and_requests_from_one_network_are_limited(region, taches_immediates):
    UtilisateurFactory(identifiant="camilledemo")
    reponses = [Client().post("/ror/mot-de-passe/perdu/", {"saisie": "camilledemo"}) for _ in range(11)]
    assert len(mail.outbox) == 3
    assert [r.status_code for r in reponses] == [302] * 10 + [429]
    assert "Réessayez dans 15 minutes" in texte(reponses[-1])


def test_a_reset_link_lasts_a_day_and_dies_with_the_old_password(client, region, taches_immediates):
    personne = UtilisateurFactory(identifiant="camilledemo")
    client.post("/ror/mot-de-passe/perdu/", {"saisie": "camilledemo"})
    lien = next(lien for lien in liens() if "/nouveau/" in lien)
    with time_machine.travel(timezone.localtime() + timedelta(days=1, minutes=1)):
        assert client.get(lien).status_code == 410
    personne.set_password(NOUVEAU)
    personne.save()
    assert client.get(lien).status_code == 410
    assert client.get("/ror/mot-de-passe/nouveau/%C3%A9/x/").status_code == 410


def test_a_new_password_ends_the_pause_of_the_sign_in(client, region, taches_immediates):
    UtilisateurFactory(identifiant="camilledemo")
    for _ in range(5):
        connecter(client, "camilledemo", "faux")
    assert connecter(client, "camilledemo", MOT_DE_PASSE).status_code == 429
    client.post("/ror/mot-de-passe/perdu/", {"saisie": "camilledemo"})
    client.post(next(lien for lien in liens() if "/nouveau/" in lien), CHOIX)
    assert connecter(client, "camilledemo", NOUVEAU).status_code == 302
