"""Long lists are prepared apart, with their progress; nothing is lost, nothing made twice (B56)."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referentiel import tasks
from referentiel.actions import exports as actions
from referentiel.models import (
    DemandeExport,
    Habilitation,
    Role,
)
from ror.commun.erreurs import EtatIncompatible, Introuvable
from ror.comptes.models import Utilisateur
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    UtilisateurFactory,
)
from tests.paralleles import en_parallele

from .outils import a_preparer, adresse, corps, des_etablissements, lire_csv, lire_xlsx

pytestmark = pytest.mark.django_db


@pytest.mark.exigence("B56")
def test_up_to_the_limit_at_once_beyond_it_apart(client, referente, courte, envois, django_capture_on_commit_callbacks):
    des_etablissements(referente, 1)
    assert len(lire_csv(client.get(adresse("mes-etablissements")))) == 3
    des_etablissements(referente, 1)
    page = client.get(adresse("mes-etablissements"), {"q": "e"})
    assert len(lire_csv(client.get(adresse("mes-etablissements"), {"q": "ehpad"}))) == 2
    page = client.get(adresse("mes-etablissements")).content.decode()
    assert "Cette liste dépasse 2 lignes" in page
    assert "Préparer le fichier" in page
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post(adresse("mes-etablissements"), follow=True)
    assert "Le fichier se prépare" in reponse.content.decode()
    demande = DemandeExport.objects.get()
    assert envois == [demande.pk]
    assert demande.total == 3


def test_the_limit_is_ten_thousand_rows(settings):
    assert settings.EXPORT_DIRECT_MAX == 10_000


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_prepared_file_is_the_whole_list_for_its_author_alone(client, referente, format):
    demande = a_preparer(referente, 3, format, q="clinique")
    assert tasks.preparer_export(demande.pk) is True
    demande.refresh_from_db()
    assert (demande.etat, demande.fait, demande.pourcentage) == ("prete", 3, 100)
    page = client.get(reverse("mes-exports")).content.decode()
    lien = reverse("mes-exports-fichier", args=[demande.pk])
    assert f'href="{lien}"' in page
    assert "3\u00a0lignes" in page
    contenu = corps(client.get(lien))
    if format == "csv":
        noms = [ligne[0] for ligne in lire_csv(contenu)[1:]]
    else:
        noms = [ligne[0] for ligne in lire_xlsx(contenu)["Mes établissements"].values][1:]
    assert noms == ["CLINIQUE 000", "CLINIQUE 001", "CLINIQUE 002"]
    autre = Client()
    autre.force_login(UtilisateurFactory(is_superuser=True))
    assert autre.get(lien).status_code == 404
    assert autre.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 404
    assert autre.post(reverse("mes-exports-redemander", args=[demande.pk])).status_code == 404
    assert "CLINIQUE" not in autre.get(reverse("mes-exports")).content.decode()
    assert DemandeExport.objects.filter(pk=demande.pk).exists()


@pytest.mark.exigence("B56")
def test_rights_are_read_again_when_the_file_is_made(referente):
    demande = a_preparer(referente, 3)
    Habilitation.objects.filter(structure__nom="CLINIQUE 001").delete()
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    noms = [ligne[0] for ligne in lire_csv(storages["exports"].open(demande.fichier).read())[1:]]
    assert noms == ["CLINIQUE 000", "CLINIQUE 002", "EHPAD TEST"]


@pytest.mark.exigence("B56")
def test_a_right_lost_meanwhile_gives_no_file_and_says_why(client):
    droit = HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None)
    client.force_login(droit.utilisateur)
    demande = actions.demander(auteur=droit.utilisateur, liste="comptes", parametres="", format="csv")
    droit.delete()
    assert tasks.preparer_export(demande.pk) is False
    demande.refresh_from_db()
    assert (demande.etat, demande.fichier) == ("echouee", "")
    assert "Aucun de vos droits ne permet" in client.get(reverse("mes-exports")).content.decode()


def test_an_account_closed_meanwhile_gets_no_file(referente):
    demande = a_preparer(referente, 1)
    Utilisateur.objects.filter(pk=referente.pk).update(is_active=False)
    assert tasks.preparer_export(demande.pk) is False
    assert DemandeExport.objects.get().motif == "Ce compte est désactivé."


@pytest.mark.exigence("B56")
def test_one_export_at_a_time_per_person(client, referente, courte):
    a_preparer(referente, 3)
    with pytest.raises(EtatIncompatible, match="déjà en préparation"):
        actions.demander(auteur=referente, liste="a-relire", parametres="", format="csv")
    assert "déjà en préparation" in client.get(adresse("mes-etablissements")).content.decode()
    assert "déjà en préparation" in client.post(adresse("mes-etablissements"), follow=True).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        DemandeExport.objects.create(auteur=referente, liste="x", titre="x", format="csv")
    assert DemandeExport.objects.count() == 1
    actions.demander(auteur=UtilisateurFactory(), liste="a-relire", parametres="", format="csv")


def test_what_cannot_be_kept_is_refused_before_it_is(referente):
    with pytest.raises(EtatIncompatible, match="trop longs"):
        actions.demander(auteur=referente, liste="a-relire", parametres="q=" + "x" * 3000, format="csv")
    with pytest.raises(Introuvable):
        actions.demander(auteur=referente, liste="rien", parametres="", format="csv")
    with pytest.raises(Introuvable):
        actions.demander(auteur=referente, liste="a-relire", parametres="", format="pdf")


@pytest.mark.exigence("B56")
def test_progress_is_told_while_the_file_is_made(client, referente, monkeypatch):
    monkeypatch.setattr("referentiel.exports.registre.LOT", 2)
    monkeypatch.setattr("referentiel.exports.fichiers.LOT", 2)
    demande = a_preparer(referente, 6, q="clinique")
    vus = []
    ecrire = actions._ecrire_si_dernier

    def regarder(demande, **valeurs):
        ecrire(demande, **valeurs)
        if "fait" in valeurs and "etat" not in valeurs:
            reponse = client.get(reverse("mes-exports-progression"))
            assert reponse.status_code == 200
            vus.append((valeurs["fait"], "every 2s" in reponse.content.decode()))

    monkeypatch.setattr(actions, "_ecrire_si_dernier", regarder)
    tasks.preparer_export(demande.pk)
    assert vus == [(2, True), (4, True), (6, True)]
    assert client.get(reverse("mes-exports-progression")).status_code == 286


def tuer(demande: DemandeExport) -> None:
    """What a worker killed in the middle leaves behind: a demand in progress, silent for long."""
    DemandeExport.objects.filter(pk=demande.pk).update(
        etat="en_cours", essais=1, fait=2, signe_le=timezone.now() - timedelta(minutes=5)
    )


@pytest.mark.exigence("B56")
def test_the_export_of_a_killed_worker_is_taken_up(referente, envois):
    demande = a_preparer(referente, 3)
    tuer(demande)
    envois.clear()
    assert tasks.reprendre_exports() == 1
    assert envois == [demande.pk]
    assert tasks.preparer_export(demande.pk) is True
    assert DemandeExport.objects.get().etat == "prete"
    assert tasks.reprendre_exports() == 0


@pytest.mark.exigence("B56")
def test_an_export_that_always_kills_its_worker_is_given_up_and_may_be_asked_again(client, referente, envois):
    demande = a_preparer(referente, 3)
    tuer(demande)
    DemandeExport.objects.update(essais=actions.ESSAIS_MAX)
    assert tasks.preparer_export(demande.pk) is False
    page = client.get(reverse("mes-exports")).content.decode()
    assert "s’est arrêtée plusieurs fois" in page
    assert "Redemander" in page
    client.post(reverse("mes-exports-redemander", args=[demande.pk]))
    nouvelle = DemandeExport.objects.get()
    assert (nouvelle.etat, nouvelle.essais, nouvelle.liste) == ("attente", 0, "mes-etablissements")
    assert tasks.preparer_export(nouvelle.pk) is True
    page = client.post(reverse("mes-exports-redemander", args=[nouvelle.pk]), follow=True).content.decode()
    assert "n’est pas interrompu" in page


def test_a_living_run_is_not_taken_over(referente):
    demande = a_preparer(referente, 3)
    DemandeExport.objects.update(etat="en_cours", essais=1, signe_le=timezone.now())
    assert tasks.preparer_export(demande.pk) is False
    assert actions.delaisses() == []
    assert tasks.preparer_export(demande.pk + 1) is False


def test_a_run_overtaken_writes_nothing_more(referente, monkeypatch):
    """The dead worker was only slow: another one took its export up meanwhile."""
    demande = a_preparer(referente, 3)
    vraie = actions._finir

    def depassee(*arguments):
        DemandeExport.objects.update(essais=2)
        vraie(*arguments)

    monkeypatch.setattr(actions, "_finir", depassee)
    gardes = storages["exports"].listdir("")[1]
    assert tasks.preparer_export(demande.pk) is False
    assert DemandeExport.objects.get().etat == "en_cours"
    assert storages["exports"].listdir("")[1] == gardes


def test_a_fault_in_the_middle_is_said_without_its_details(referente, monkeypatch, client):
    demande = a_preparer(referente, 3)

    def casser(*_, **__):
        raise RuntimeError("détail interne")

    monkeypatch.setattr(actions, "ecrire", casser)
    assert tasks.preparer_export(demande.pk) is False
    page = client.get(reverse("mes-exports")).content.decode()
    assert "s’est interrompue" in page
    assert "détail interne" not in page


@pytest.mark.exigence("B56")
def test_cancelled_by_its_author_it_stops(client, referente, monkeypatch):
    demande = a_preparer(referente, 3)
    vraie = actions._finir

    def annulee(*arguments):
        assert client.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 302
        vraie(*arguments)

    monkeypatch.setattr(actions, "_finir", annulee)
    assert tasks.preparer_export(demande.pk) is False
    assert not DemandeExport.objects.exists()


@pytest.mark.exigence("B56")
def test_files_are_kept_seven_days_then_gone(client, referente, django_capture_on_commit_callbacks):
    demande = a_preparer(referente, 1)
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    assert demande.expire_le - demande.fini_le == timedelta(days=7)
    assert tasks.purger_exports() == 0
    DemandeExport.objects.update(expire_le=timezone.now() - timedelta(seconds=1))
    lien = reverse("mes-exports-fichier", args=[demande.pk])
    assert client.get(lien).status_code == 404
    assert tasks.purger_exports() == 1
    assert not storages["exports"].exists(demande.fichier)
    assert client.get(lien).status_code == 404


def test_a_file_that_no_demand_names_is_swept_away(client, referente, time_machine):
    """That of a run killed before it told its name, or of an account that is no more."""
    gardee, perdue = a_preparer(referente, 1), a_preparer(HabilitationFactory().utilisateur, 1)
    for demande in (gardee, perdue):
        tasks.preparer_export(demande.pk)
        demande.refresh_from_db()
    perdue.delete()
    assert tasks.purger_exports() == 0
    assert storages["exports"].exists(perdue.fichier), "a run may be about to tell its name"
    time_machine.move_to(timezone.now() + timedelta(minutes=5))
    assert tasks.purger_exports() == 0
    assert not storages["exports"].exists(perdue.fichier)
    assert storages["exports"].exists(gardee.fichier)


def test_a_file_deleted_by_hand_is_gone_and_answered(client, referente, django_capture_on_commit_callbacks):
    demande = a_preparer(referente, 1)
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    storages["exports"].delete(demande.fichier)
    assert client.get(reverse("mes-exports-fichier", args=[demande.pk])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 302
    assert not DemandeExport.objects.exists()


def test_a_queue_that_does_not_answer_loses_nothing(referente, monkeypatch, django_capture_on_commit_callbacks):
    def injoignable(_):
        raise OSError("file arrêtée")

    monkeypatch.setattr(tasks.preparer_export, "delay", injoignable)
    with django_capture_on_commit_callbacks(execute=True):
        demande = a_preparer(referente, 1)
    DemandeExport.objects.update(demande_le=timezone.now() - timedelta(minutes=5))
    assert actions.delaisses() == [demande.pk]


@pytest.mark.django_db(transaction=True)
@pytest.mark.exigence("B56")
def test_two_workers_and_a_double_click_make_one_file():
    personne = HabilitationFactory(structure=EGFactory(nom="EHPAD TEST")).utilisateur

    def demander():
        qui = Utilisateur.objects.get(pk=personne.pk)
        return actions.demander(auteur=qui, liste="mes-etablissements", parametres="", format="csv")

    rendus = en_parallele(demander, demander, demander)
    assert sorted(type(rendu).__name__ for rendu in rendus) == ["DemandeExport", "EtatIncompatible", "EtatIncompatible"]
    cle = DemandeExport.objects.get().pk
    assert sorted(en_parallele(*[lambda: actions.preparer(cle)] * 4)) == [False, False, False, True]
    demande = DemandeExport.objects.get()
    assert (demande.etat, demande.essais, demande.fait) == ("prete", 1, 1)
