"""Telling the right persons, once, at the pace they chose: page, bell, mails from the outbox (B13, S176)."""

import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from dossiers import actions, courriels, tasks
from dossiers.actions.avis import avertir
from dossiers.models import Avis, Dossier, PreferenceAvis, Rythme, Sujet
from referentiel.models import Habilitation, Role
from referentiel.niveaux import Niveau
from ror.celery import app
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UtilisateurFactory
from tests.finess_sync.test_ouvrier import attendre, ouvrier
from tests.formulaires import lire_formulaire
from tests.paralleles import en_parallele

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sans_file(monkeypatch):
    """The acts ask the worker for the mails; here the tests are the worker."""
    demandes: list[int] = []
    monkeypatch.setattr(tasks.envoyer_avis, "delay", lambda: demandes.append(1))
    return demandes


@pytest.fixture
def hopital():
    RegionFactory(domaines=["ror.exemple.fr"], departements=["77"])
    return EGFactory(groupe="MCO", nom="CH de Valmont", departement="77")


def personne(hopital, role=Role.REFERENT, prenom="Alix", **droit):
    utilisateur = UtilisateurFactory(prenom=prenom)
    return HabilitationFactory(utilisateur=utilisateur, role=role, **{"structure": hopital, **droit}).utilisateur


@pytest.fixture
def referente(hopital):
    return personne(hopital, prenom="Camille")


@pytest.fixture
def dossier(hopital, referente):
    ouvert = actions.ouvrir(structure=hopital, auteur=referente, nom="77 MAJ MCO – CH de Valmont")
    actions.creer_fiches(
        dossier_id=ouvert.pk, sous=f"s{hopital.pk}", niveau=Niveau.P, auteur=referente, nom="Pôle Gériatrie"
    )
    ouvert.fiches.update(etat="finalisee")
    return ouvert


def destinataires(sujet: Sujet) -> set:
    avis = list(Avis.objects.filter(sujet=sujet).values_list("destinataire", flat=True))
    assert len(avis) == len(set(avis)), "told twice"
    return set(avis)


def pks(*personnes) -> set:
    return {p.pk for p in personnes}


# ---------- who ----------


@pytest.mark.exigence("B13", "S163")
def test_each_step_tells_those_whose_business_it_is(hopital, referente, dossier):
    direction, autre_direction = personne(hopital, Role.DIRECTION), personne(EGFactory(), Role.DIRECTION)
    ici = personne(hopital, Role.GESTIONNAIRE, structure=None, departements=["77"])
    personne(hopital, Role.GESTIONNAIRE, structure=None, departements=["75"])
    personne(hopital, Role.TUTELLE, structure=None)
    personne(hopital, Role.LECTEUR)
    UtilisateurFactory(is_superuser=True)
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    assert destinataires(Sujet.A_VALIDER) == pks(direction)
    avis = Avis.objects.get(destinataire=direction)
    assert "attend votre validation" in avis.phrase
    assert "Le pôle «\u00a0Pôle Gériatrie\u00a0» est créé" in avis.message
    assert avis.adresse == reverse("dossier-relecture", args=[dossier.pk])
    actions.accepter(dossier_id=dossier.pk, auteur=direction, vu=None, sans_tout_lire=True)
    assert destinataires(Sujet.A_VALIDER) == pks(direction, ici)
    assert destinataires(Sujet.AVANCEE) == pks(referente)
    actions.accepter(dossier_id=dossier.pk, auteur=ici, vu=None, sans_tout_lire=True)
    assert destinataires(Sujet.DECISION) == pks(referente, direction, ici)
    assert autre_direction.avis.count() == 0


@pytest.mark.exigence("B13", "B8", "B11")
def test_a_correction_a_comment_a_refusal(hopital, referente, dossier):
    direction = personne(hopital, Role.DIRECTION)
    personne(hopital, Role.GESTIONNAIRE, structure=None, departements=["77"])
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    fiche = dossier.fiches.get()
    demande = actions.DemandeCorrection(fiche.pk, "incorrect", "Nom à revoir")
    actions.demander_corrections(dossier_id=dossier.pk, auteur=direction, vu=None, demandes=[demande])
    assert destinataires(Sujet.CORRECTION) == pks(referente)
    assert "Nom à revoir" in Avis.objects.get(sujet=Sujet.CORRECTION).message
    actions.commenter(dossier_id=dossier.pk, auteur=referente, texte=f"Vu @{direction.identifiant}")
    assert destinataires(Sujet.COMMENTAIRE) == pks(direction)
    dossier.fiches.update(etat="finalisee")
    actions.envoyer(dossier_id=dossier.pk, auteur=referente, corrections_faites=True)
    actions.refuser(dossier_id=dossier.pk, auteur=direction, vu=None, motif="Hors projet")
    assert destinataires(Sujet.DECISION) == pks(referente)


@pytest.mark.exigence("B13", "S126")
def test_who_lost_the_right_is_told_nothing_more(client, hopital, referente, dossier):
    partie = personne(hopital, prenom="Sasha")
    actions.commenter(dossier_id=dossier.pk, auteur=partie, texte="Je m’en occupe")
    attend = Avis.objects.get(destinataire=referente)
    avertir(dossier, [partie], Sujet.COMMENTAIRE, "Secret du dossier")
    Habilitation.objects.filter(utilisateur=partie).delete()
    actions.abandonner(dossier_id=dossier.pk, auteur=referente)
    assert not partie.avis.filter(sujet=Sujet.DECISION).exists()
    client.force_login(partie)
    assert "Secret" not in client.get(reverse("avis")).content.decode()
    assert "non lue" not in client.get(reverse("accueil")).content.decode()
    secret = partie.avis.get()
    for nom in ("avis-aller", "avis-lire"):
        assert client.post(reverse(nom, args=[secret.pk])).status_code == 404
        assert client.post(reverse(nom, args=[attend.pk])).status_code == 404
    courriels.envoyer_resumes()
    assert [m.to for m in mail.outbox] == [[referente.courriel]]


# ---------- mails ----------


@pytest.mark.exigence("B13", "S176")
def test_at_once_or_in_one_digest_with_links_that_work(hopital, referente, dossier):
    direction = personne(hopital, Role.DIRECTION)
    PreferenceAvis.objects.create(utilisateur=referente, sujet=Sujet.COMMENTAIRE, rythme=Rythme.JAMAIS)
    actions.commenter(dossier_id=dossier.pk, auteur=direction, texte="Une question")
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    assert tasks.envoyer_avis() == 1
    (courriel,) = mail.outbox
    assert courriel.to == [direction.courriel]
    assert (
        courriel.subject == "ROR-IF\u00a0: Le dossier «\u00a077 MAJ MCO – CH de Valmont\u00a0» attend votre validation."
    )
    assert f"https://ror.exemple.fr{reverse('dossier', args=[dossier.pk])}" in courriel.body
    assert "Le pôle «\u00a0Pôle Gériatrie\u00a0» est créé" in courriel.body
    assert f"https://ror.exemple.fr{reverse('avis-preferences')}" in courriel.body
    actions.retirer_de_la_validation(dossier_id=dossier.pk, auteur=referente)
    autre = actions.ouvrir(
        structure=EGFactory(parent=hopital.parent, departement="77"), auteur=_sur_ej(hopital), nom="B"
    )
    avertir(dossier, [referente], Sujet.AVANCEE, "Première nouvelle.")
    HabilitationFactory(utilisateur=referente, structure=autre.etablissement)
    referente.__dict__.pop("_droits_en_vigueur", None)
    referente.__dict__.pop("_roles_par_noeud", None)
    avertir(autre, [referente], Sujet.AVANCEE, "Seconde nouvelle.", message="Avec ses mots")
    mail.outbox.clear()
    assert tasks.envoyer_resume_du_jour() >= 1
    siens = [m for m in mail.outbox if m.to == [referente.courriel]]
    assert len(siens) == 1
    assert "2 nouvelles" in siens[0].subject
    corps = siens[0].body
    assert "Une question" not in corps
    assert (
        corps.index("Dossier «\u00a077 MAJ MCO") < corps.index("Première nouvelle.") < corps.index("Dossier «\u00a0B")
    )
    assert "Avec ses mots" in corps
    mail.outbox.clear()
    assert tasks.envoyer_avis() + tasks.envoyer_resume_du_jour() == 0
    assert mail.outbox == []


def _sur_ej(hopital):
    return personne(hopital, structure=hopital.parent)


def test_several_avis_at_once_go_in_one_mail(hopital, referente, dossier):
    for n in range(3):
        avertir(dossier, [referente], Sujet.CORRECTION, f"Correction {n}.")
    assert courriels.envoyer_immediats() == 1
    assert "3 nouvelles de vos dossiers" in mail.outbox[0].subject
    assert all(f"Correction {n}." in mail.outbox[0].body for n in range(3))


@pytest.mark.exigence("S176")
def test_a_transaction_that_fails_tells_nobody(hopital, referente, dossier, sans_file):
    personne(hopital, Role.DIRECTION)
    point = transaction.savepoint()
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    assert Avis.objects.exists()
    transaction.savepoint_rollback(point)
    assert not Avis.objects.exists()
    assert sans_file == []
    assert courriels.envoyer_immediats() == 0


@pytest.mark.exigence("S176")
def test_the_worker_is_asked_once_the_act_is_committed_and_a_broken_queue_loses_nothing(
    hopital, referente, dossier, monkeypatch, django_capture_on_commit_callbacks
):
    personne(hopital, Role.DIRECTION)

    def injoignable():
        raise OperationalError("injoignable")

    monkeypatch.setattr(tasks.envoyer_avis, "delay", injoignable)
    with django_capture_on_commit_callbacks(execute=True) as suites:
        actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    assert suites
    assert Dossier.objects.get().etat == "direction"
    assert courriels.envoyer_immediats() == 1


@pytest.mark.exigence("S176")
def test_a_mail_server_that_is_down_is_tried_again_less_and_less_often(
    hopital, referente, dossier, monkeypatch, time_machine
):
    depart = timezone.now()
    time_machine.move_to(depart, tick=False)
    avertir(dossier, [referente], Sujet.CORRECTION, "À corriger.")
    essais = []

    def en_panne(*_, **__):
        essais.append(timezone.now() - depart)
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as panne:
        panne.setattr("django.core.mail.message.EmailMessage.send", en_panne)
        for minute in range(20):
            time_machine.move_to(depart + timedelta(minutes=minute), tick=False)
            assert courriels.envoyer_immediats() == 0
    assert [e.seconds // 60 for e in essais] == [0, 1, 3, 7, 15]
    assert Avis.objects.get().erreur
    time_machine.move_to(depart + timedelta(days=2), tick=False)
    assert courriels.envoyer_immediats() == 1
    assert "À corriger." in mail.outbox[0].body
    assert Avis.objects.get().envoye_le


@pytest.mark.exigence("S176", "B13")
def test_a_digest_that_failed_does_not_wait_for_tomorrow(hopital, referente, dossier, monkeypatch):
    avertir(dossier, [referente], Sujet.AVANCEE, "Le dossier avance.")
    Avis.objects.update(cree_le=timezone.now() - timedelta(hours=5))
    assert courriels.envoyer_immediats() == 0
    with monkeypatch.context() as panne:
        panne.setattr("dossiers.courriels.envoyer", lambda *_, **__: "Serveur injoignable.")
        assert courriels.envoyer_resumes() == 0
    assert courriels.envoyer_immediats() == 1
    assert "une nouvelle" in mail.outbox[0].subject


def test_what_stops_one_mail_does_not_stop_the_others(hopital, referente, dossier, monkeypatch):
    autre = personne(hopital)
    avertir(dossier, [referente, autre], Sujet.CORRECTION, "À corriger.")
    vrai = courriels.envoyer

    def capricieux(gabarit, *, a, **contexte):
        if a == referente.courriel:
            raise ValueError("gabarit")
        return vrai(gabarit, a=a, **contexte)

    monkeypatch.setattr("dossiers.courriels.envoyer", capricieux)
    assert courriels.envoyer_immediats() == 1
    assert [m.to for m in mail.outbox] == [[autre.courriel]]


@pytest.mark.exigence("S176")
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(hopital, referente, dossier, monkeypatch):
    avertir(dossier, [referente], Sujet.CORRECTION, "À corriger.")
    vrai, partis = courriels.envoyer, []

    def lent(gabarit, *, a, **contexte):
        partis.append(a)
        threading.Event().wait(0.3)
        return vrai(gabarit, a=a, **contexte)

    monkeypatch.setattr("dossiers.courriels.envoyer", lent)

    assert [r for r in en_parallele(*[courriels.envoyer_immediats] * 3) if isinstance(r, Exception)] == []
    assert partis == [referente.courriel]
    assert courriels.envoyer_immediats() == 0


@pytest.mark.exigence("S176")
def test_the_schedule_publishes_and_mails(settings):
    app.loader.import_default_modules()
    prevues = {e["task"]: e["schedule"] for e in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(prevues) <= set(app.tasks)
    assert prevues["dossiers.tasks.publier_dossiers"].minute == set(range(60))
    assert prevues["dossiers.tasks.envoyer_avis"].minute == set(range(60))
    resume = prevues["dossiers.tasks.envoyer_resume_du_jour"]
    assert (resume.hour, resume.minute, resume.day_of_week) == ({7}, {30}, {1, 2, 3, 4, 5})


@pytest.mark.exigence("S176")
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sends_them(hopital, referente, dossier, tmp_path):
    avertir(dossier, [referente], Sujet.CORRECTION, "À corriger.")
    app.control.purge()
    with ouvrier(tmp_path / "aucun", tmp_path):
        tasks.envoyer_avis.apply_async()
        attendre(lambda: Avis.objects.filter(envoye_le__isnull=False).exists(), tmp_path)
    app.control.purge()
    assert Avis.objects.get().essais == 1


# ---------- page, bell, preferences ----------


@pytest.fixture
def cloche(client, referente, dossier):
    avertir(dossier, [referente], Sujet.AVANCEE, "Première nouvelle.")
    avertir(dossier, [referente], Sujet.CORRECTION, "Seconde nouvelle.", adresse="/ror/dossiers/")
    client.force_login(referente)
    return client


@pytest.mark.exigence("B13")
def test_the_bell_counts_what_is_not_read_and_the_page_lists_it(cloche, referente):
    page = cloche.get(reverse("accueil")).content.decode()
    assert "Mes notifications, 2\u00a0non lues" in page
    page = cloche.get(reverse("avis")).content.decode()
    assert page.index("Seconde nouvelle.") < page.index("Première nouvelle.")
    seconde = Avis.objects.get(phrase="Seconde nouvelle.")
    assert cloche.get(reverse("avis-aller", args=[seconde.pk])).status_code == 405
    assert cloche.post(reverse("avis-aller", args=[seconde.pk])).url == "/ror/dossiers/"
    page = cloche.get(reverse("avis")).content.decode()
    assert "Mes notifications, 1\u00a0non lue" in page
    assert page.index("Première nouvelle.") < page.index("Seconde nouvelle.")
    cloche.post(reverse("avis-lire", args=[Avis.objects.get(phrase="Première nouvelle.").pk]))
    page = cloche.get(reverse("avis")).content.decode()
    assert "Tout est lu" in page
    assert "Tout marquer comme lu" not in page


@pytest.mark.exigence("B13")
def test_all_are_read_at_once_hers_only(cloche, dossier, hopital):
    autre = personne(hopital)
    avertir(dossier, [autre], Sujet.AVANCEE, "Nouvelle.")
    cloche.post(reverse("avis-tout-lire"))
    assert [a.destinataire for a in Avis.objects.filter(lu_le=None)] == [autre]
    assert cloche.post(reverse("avis-aller", args=[autre.avis.get().pk])).status_code == 404
    assert cloche.post(reverse("avis-lire", args=[999_999])).status_code == 404


def test_the_bell_costs_one_query_and_none_in_a_fragment(client, hopital):
    client.force_login(personne(hopital))

    def sur_les_avis(adresse, **entetes) -> int:
        with CaptureQueriesContext(connection) as vues:
            assert client.get(adresse, headers=entetes).status_code == 200
        return sum('"dossiers_avis"' in v["sql"] for v in vues.captured_queries)

    fiche = reverse("fiche-actions", args=[hopital.pk])
    assert sur_les_avis(fiche) == 1
    assert sur_les_avis(fiche, **{"HX-Request": "true"}) == 0


@pytest.mark.parametrize("nombre", [3, 40])
def test_the_page_costs_the_same_whatever_it_lists(cloche, referente, dossier, nombre, django_assert_max_num_queries):
    for n in range(nombre):
        avertir(dossier, [referente], Sujet.AVANCEE, f"Nouvelle {n}.")
    with django_assert_max_num_queries(14):
        page = cloche.get(reverse("avis")).content.decode()
    assert page.count('<li class="notification') == min(nombre + 2, 25)
    htmx = cloche.get(f"{reverse('avis')}?page=2", headers={"HX-Request": "true", "HX-Target": "liste"})
    assert "<html" not in htmx.content.decode()


@pytest.mark.exigence("B13")
def test_each_subject_has_its_pace(cloche, referente, dossier):
    adresse = reverse("avis-preferences")
    envoi = lire_formulaire(cloche.get(adresse).content.decode(), "")
    assert envoi["a_valider"] == ["immediat"]
    assert envoi["decision"] == ["quotidien"]
    reponse = cloche.post(adresse, {**envoi, "decision": "immediat", "correction": "jamais"})
    assert reponse.url == reverse("avis")
    assert lire_formulaire(cloche.get(adresse).content.decode(), "")["correction"] == ["jamais"]
    Avis.objects.all().delete()
    avertir(dossier, [referente], Sujet.DECISION, "Publié.")
    avertir(dossier, [referente], Sujet.CORRECTION, "À corriger.")
    assert courriels.envoyer_immediats() == 1
    assert courriels.envoyer_resumes() == 0
    assert "Publié." in mail.outbox[0].body
    assert "À corriger." not in mail.outbox[0].body
    assert "À corriger." in cloche.get(reverse("avis")).content.decode()


@pytest.mark.parametrize("envoi", [{}, {"a_valider": "toujours"}, {"a_valider": "x" * 5000}])
def test_a_bad_preference_is_told_and_nothing_is_kept(cloche, envoi):
    bon = dict.fromkeys(Sujet.values, "jamais")
    del bon["a_valider"]
    reponse = cloche.post(reverse("avis-preferences"), {**bon, **envoi})
    assert reponse.status_code == 422
    assert "Un dossier attend ma validation\u00a0: choisissez dans la liste." in reponse.content.decode()
    assert not PreferenceAvis.objects.exists()
    envoi = lire_formulaire(reponse.content.decode(), "")
    assert envoi["decision"] == ["jamais"]
