"""« Annuler la publication »: everything comes back, what was done since is asked, never lost (B5)."""

import re

import pytest

from dossiers import actions
from dossiers.etats import Etat
from dossiers.models import Dossier
from referentiel import arbre, fiches
from referentiel.models import EntreeJournal, Structure
from tests.dossiers.circuit import brouillon, changer, diffuser, envoyer, monde, vu
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db):
    return monde()


@pytest.fixture
def publie(m):
    dossier = brouillon(m)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Du dossier", conditions_admission="Du dossier")
    envoyer(m, dossier)
    actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
    return actions.accepter(dossier_id=dossier.pk, auteur=m.gestionnaire, vu=None, sans_tout_lire=True)


def valeur(structure, champ):
    return fiches.lire(Structure.objects.get(pk=structure.pk))[champ]


@pytest.mark.exigence("B5")
def test_the_last_validator_undoes_a_publication(m, publie):
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{publie.pk}/annuler-la-publication/"
    assert m.client("referent").get(adresse).status_code == 403
    html = client.get(adresse).content.decode()
    assert "«\u00a0Pôle B\u00a0»" in html or "Pôle B" in html
    assert "Unité de rythmologie" in html
    envoi = lire_formulaire(html, "")
    assert client.post(adresse, {**envoi, "motif": " "}).status_code == 422
    assert client.post(adresse, {**envoi, "motif": "x" * 256}).status_code == 422
    assert client.post(adresse, {**envoi, "vu": "jamais", "motif": "Erreur"}).status_code == 409
    assert client.post(adresse, {**envoi, "motif": "Mauvais pôle"}).status_code == 302
    assert Dossier.objects.get().etat == Etat.ANNULE
    assert valeur(m.cardio, "conditions_accueil") in (None, "")
    assert Structure.objects.get(pk=m.cardio.pk).parent.nom == "UF 1"
    assert Structure.objects.filter(pk=m.rythmo.pk).exists()
    assert not Structure.objects.filter(nom="Pôle B").exists()
    assert arbre.verifier() == []
    assert EntreeJournal.objects.filter(structure=m.cardio, motif__contains="Mauvais pôle").exists()
    assert client.post(adresse, {**envoi, "motif": "Encore"}).status_code == 409
    suivi = client.get(f"/ror/dossiers/{publie.pk}/suivi/").content.decode()
    assert "Mauvais pôle" in suivi
    assert "Publication annulée" in suivi


@pytest.mark.exigence("B5")
@pytest.mark.parametrize(("reponse", "attendue"), [("garder", "Depuis"), ("imposer", None)])
def test_what_was_changed_since_is_asked_first(m, publie, reponse, attendue):
    diffuser(m.cardio, m.referent, conditions_accueil="Depuis")
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{publie.pk}/annuler-la-publication/"
    html = client.get(adresse).content.decode()
    assert "1\u00a0élément a encore changé" in html
    envoi = lire_formulaire(html, "")
    sans = client.post(adresse, {**envoi, "motif": "Erreur"})
    assert sans.status_code == 409
    assert "choisissez ce qu’il faut garder" in sans.content.decode()
    assert "Erreur" in sans.content.decode()
    assert valeur(m.cardio, "conditions_accueil") == "Depuis"
    (choix,) = set(re.findall(r'name="(choix:[^"]+)"', html))
    assert client.post(adresse, {**envoi, "motif": "Erreur", choix: reponse}).status_code == 302
    assert (valeur(m.cardio, "conditions_accueil") or None) == attendue
    assert not valeur(m.cardio, "conditions_admission")


@pytest.mark.exigence("B5")
def test_a_new_dossier_on_the_establishment_forbids_to_undo_the_former(m, publie):
    actions.ouvrir(structure=m.hopital, auteur=m.referent, nom="Le suivant")
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{publie.pk}/annuler-la-publication/"
    html = client.get(adresse).content.decode()
    assert "Le suivant" in html
    assert client.post(adresse, {"vu": vu(publie), "motif": "Erreur"}).status_code == 409
    assert Dossier.objects.get(pk=publie.pk).etat == Etat.PUBLIE


def test_a_published_dossier_shows_what_was_approved(m, publie):
    html = m.client("referent").get(f"/ror/dossiers/{publie.pk}/relecture/").content.decode()
    assert "Le pôle «\u00a0Pôle B\u00a0» est créé" in html
    assert "Avant l’intégration" in html
    assert "Rapport de simulation" not in html
