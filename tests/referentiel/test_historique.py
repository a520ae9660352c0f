"""The history of a fiche: published, to come, waiting, and what the reader may see of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel.actions import enregistrer, renommer, valider
from referentiel.models import EntreeJournal, Modification
from ror.comptes.models import Utilisateur
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def offre():
    return UOFactory(nom="Accueil de jour")


@pytest.fixture
def referente(client, offre):
    personne = HabilitationFactory(structure=offre).utilisateur
    client.force_login(personne)
    return personne


def changer(offre, auteur, **valeurs) -> None:
    vues = dict.fromkeys(valeurs)
    enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies=valeurs)


def lire(client, offre, **entetes) -> str:
    return client.get(reverse("historique", args=[offre.pk]), **entetes).content.decode()


def test_each_entry_tells_what_who_when_and_which_version(client, offre, referente):
    renommer(structure_id=offre.pk, auteur=referente, nom="Accueil de jour Alzheimer")
    page = lire(client, offre)
    assert "Accueil de jour Alzheimer" in page
    assert str(referente) in page
    assert "Version 2, publiée aujourd’hui" in page


@pytest.mark.exigence("S102")
def test_what_is_to_come_is_shown_and_may_be_cancelled(client, offre, referente):
    changer(offre, referente, conditions_accueil="Sur rendez-vous")
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=8))
    modification = Modification.objects.get()
    page = lire(client, offre)
    assert "Sur rendez-vous" in page
    assert "À venir" in page
    adresse = reverse("modification-annuler", args=[modification.pk])
    assert f'href="{adresse}"' in page
    assert client.post(adresse).status_code == 302
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.ANNULEE
    assert "Sur rendez-vous" not in lire(client, offre)


def test_what_is_not_published_is_not_shown_to_readers(client, offre, referente):
    changer(offre, referente, conditions_accueil="Pas encore public")
    assert "Pas encore public" in lire(client, offre)
    client.force_login(UtilisateurFactory())
    assert "Pas encore public" not in lire(client, offre)


def test_a_reader_cannot_cancel(client, offre, referente):
    changer(offre, referente, conditions_accueil="Sur rendez-vous")
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=8))
    client.force_login(UtilisateurFactory())
    modification = Modification.objects.get()
    assert client.post(reverse("modification-annuler", args=[modification.pk])).status_code == 403
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.PROGRAMMEE


def test_a_reserved_contact_is_not_told_to_everyone(client, offre, referente):
    ligne = {"rang": 0, "nom": "Cellule de crise secrète", "confidentialite": "3", "telecoms": []}
    EntreeJournal.objects.create(
        structure=offre,
        version=2,
        le=timezone.now(),
        auteur=referente,
        origine="saisie",
        phrases=["Contact « Cellule de crise secrète » : ajouté.", "Âge minimum : 60 → 65."],
        changements=[
            {"champ": "contacts", "base": {}, "propose": {str(uuid4()): ligne}},
            {"champ": "age_min", "base": 60, "propose": 65},
        ],
    )
    assert "Cellule de crise secrète" in lire(client, offre)
    client.force_login(UtilisateurFactory())
    page = lire(client, offre)
    assert "secrète" not in page
    assert "modification réservée" in page
    assert "65" in page


def test_the_history_costs_the_same_whatever_its_length(client, offre, referente):
    def requetes() -> int:
        with CaptureQueriesContext(connection) as vues:
            lire(client, offre)
        return len(vues)

    def programmer(jours: int) -> None:
        personne = Utilisateur.objects.get(pk=referente.pk)
        changer(offre, personne, conditions_accueil=f"Texte {jours}")
        jour = timezone.localdate() + timedelta(days=jours)
        valider(structure_id=offre.pk, auteur=personne, relue=True, date_effet=jour)

    renommer(structure_id=offre.pk, auteur=referente, nom="Un")
    programmer(3)
    une = requetes()
    for n in range(6):
        renommer(structure_id=offre.pk, auteur=referente, nom=f"Nom {n}")
        programmer(10 + n)
    assert requetes() == une


def test_a_long_history_is_cut_in_pages_and_htmx_gets_the_list_of_the_page(client, offre, referente):
    for n in range(30):
        renommer(structure_id=offre.pk, auteur=referente, nom=f"Nom {n}")
    entiere, partie = lire(client, offre), lire(client, offre, headers={"HX-Request": "true"}).strip()
    assert partie.startswith('<div id="liste">')
    assert partie in entiere
    assert "Nom 29" in partie
    assert "Nom 2 " not in partie
    suite = client.get(reverse("historique", args=[offre.pk]), {"page": "2"}).content.decode()
    assert "Version 2 " in suite
