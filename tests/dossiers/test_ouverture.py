"""Opening a dossier: its name by the convention, one per EG, by itself for a first description (S133–S139)."""

from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from dossiers import actions
from dossiers.models import Dossier
from dossiers.nommage import DISCIPLINES, avertissement_nom_dossier
from referentiel.departements import NOMS
from referentiel.models import CorrespondanceCategorie, Role, Structure
from referentiel.niveaux import Niveau
from ror.commun.erreurs import EtatIncompatible
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UOFactory,
    UtilisateurFactory,
)
from tests.fabriques.comptes import MOT_DE_PASSE
from tests.formulaires import lire_formulaire
from tests.paralleles import en_parallele

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ehpad():
    RegionFactory()
    CorrespondanceCategorie.objects.create(categorie="500", groupe="MSS", discipline="MSPA", origine="CNSA")
    eg = EGFactory(nom="EHPAD TEST")
    UOFactory(parent=eg, nom="Unité hébergement")
    return eg


@pytest.fixture
def referent(client, ehpad):
    personne = HabilitationFactory(structure=ehpad).utilisateur
    client.force_login(personne)
    return personne


def ouvrir(client, eg, **saisies):
    adresse = reverse("dossier-nouveau", args=[eg.pk])
    return client.post(adresse, {**lire_formulaire(client.get(adresse).content.decode(), adresse), **saisies})


@pytest.mark.exigence("S133", "S135", "S136", "S137")
def test_the_actions_of_an_eg_open_a_dossier_with_the_name_of_the_convention(client, ehpad, referent):
    adresse = reverse("dossier-nouveau", args=[ehpad.pk])
    menu = client.get(reverse("fiche-actions", args=[ehpad.pk]), headers=HTMX).content.decode()
    assert f'href="{adresse}" hx-get="{adresse}"' in menu
    assert "Créer un dossier collaboratif" in menu
    assert adresse in client.get(reverse("fiche", args=[ehpad.pk])).content.decode()
    page = client.get(adresse, headers=HTMX).content.decode()
    assert lire_formulaire(page, adresse)["nom"] == ["77 MAJ MSPA – EHPAD TEST"]
    assert "Enregistrer" in page
    assert "Forme attendue" not in page
    assert not Dossier.objects.exists()
    reponse = ouvrir(client, ehpad)
    dossier = Dossier.objects.get()
    assert (dossier.nom, dossier.etablissement, dossier.cree_par) == ("77 MAJ MSPA – EHPAD TEST", ehpad, referent)
    assert reponse.url == reverse("dossier", args=[dossier.pk])


def test_from_the_dialogue_it_leads_to_the_dossier(client, ehpad, referent):
    reponse = client.post(reverse("dossier-nouveau", args=[ehpad.pk]), {"nom": "77 MAJ MSPA – X"}, headers=HTMX)
    assert reponse.headers["HX-Redirect"] == reverse("dossier", args=[Dossier.objects.get().pk])


@pytest.mark.exigence("S137")
def test_a_name_out_of_the_convention_is_told_and_kept(client, ehpad, referent):
    adresse = reverse("dossier-nouveau", args=[ehpad.pk])
    pendant = client.get(adresse, {"nom": "Travaux du 2e étage"}, headers=HTMX).content.decode()
    assert "ne commence pas par un numéro de département" in pendant
    assert lire_formulaire(pendant, adresse)["nom"] == ["Travaux du 2e étage"]
    reponse = ouvrir(client, ehpad, nom="75 MAJ MCO – EHPAD TEST")
    page = client.get(reponse.url).content.decode()
    assert "Ce nom commence par 75, l’établissement est dans le 77" in page
    assert "vous pouvez le renommer" in page
    assert Dossier.objects.get().nom == "75 MAJ MCO – EHPAD TEST"


@pytest.mark.exigence("S137")
@pytest.mark.parametrize("code", NOMS)
def test_every_departement_passes_the_check(code):
    for discipline in DISCIPLINES:
        assert avertissement_nom_dossier(f"{code} MAJ {discipline} – CH de Valmont", code) is None
    assert avertissement_nom_dossier(f"{code.lower()} maj mco - ch", code) is None


def test_the_codes_that_are_no_plain_number_are_departements():
    assert {"2A", "2B", "971", "972", "973", "974", "976"} <= set(NOMS)
    assert "20" not in NOMS


@pytest.mark.parametrize(
    ("nom", "dit"),
    [
        ("MAJ MCO – X", "numéro de département"),
        ("2C MAJ MCO – X", "numéro de département"),
        ("2A MCO – X", "MAJ"),
        ("2A MAJ – X", "grand groupe"),
        ("2A MAJ MAS – X", "grand groupe"),
        ("77 MAJ MCO – X", "l’établissement est dans le 2A"),
        ("", "numéro de département"),
    ],
)
def test_what_is_missing_is_said(nom, dit):
    assert dit in avertissement_nom_dossier(nom, "2A")


@pytest.mark.exigence("S139")
def test_a_second_dossier_is_answered_with_the_first(client, ehpad, referent):
    ouvrir(client, ehpad)
    dossier = Dossier.objects.get()
    adresse = reverse("dossier-nouveau", args=[ehpad.pk])
    page = client.get(adresse, headers=HTMX).content.decode()
    assert "Un dossier collaboratif est déjà ouvert sur cet établissement" in page
    assert f'href="{reverse("dossier", args=[dossier.pk])}"' in page
    assert "Ouvrir le dossier" in page
    for entetes in ({}, HTMX):
        reponse = client.post(adresse, {"nom": "77 MAJ MSPA – bis"}, headers=entetes)
        assert reponse.status_code == 409
        assert "déjà ouvert" in reponse.content.decode()
    assert Dossier.objects.count() == 1


@pytest.mark.exigence("S33")
def test_from_any_fiche_one_joins_the_dossier_or_is_asked_its_name(client, ehpad, referent):
    offre = Structure.objects.get(parent=ehpad)
    adresse = reverse("dossier-ouvrir", args=[offre.pk])
    assert adresse in client.get(reverse("fiche-actions", args=[offre.pk])).content.decode()
    assert client.get(adresse).url == reverse("dossier-nouveau", args=[offre.pk])
    client.post(adresse, {"nom": ""})
    dossier = Dossier.objects.get()
    assert dossier.nom == "77 MAJ MSPA – EHPAD TEST"
    assert client.get(adresse).url == reverse("dossier", args=[dossier.pk])


def test_the_actions_of_every_fiche_lead_to_the_open_dossier(client, ehpad, referent):
    ouvrir(client, ehpad)
    adresse = reverse("dossier", args=[Dossier.objects.get().pk])
    for fiche in (ehpad, Structure.objects.get(parent=ehpad)):
        menu = client.get(reverse("fiche-actions", args=[fiche.pk]), headers=HTMX).content.decode()
        assert f'href="{adresse}"' in menu
        assert "Ouvrir le dossier" in menu
        assert "Créer un dossier" not in menu
    client.force_login(HabilitationFactory().utilisateur)
    menu = client.get(reverse("fiche-actions", args=[ehpad.pk]), headers=HTMX).content.decode()
    assert "dossier" not in menu, "who may not see it does not learn of it"


def test_without_the_right_nothing_is_offered_nor_made(client, ehpad):
    client.force_login(HabilitationFactory().utilisateur)
    adresse = reverse("dossier-nouveau", args=[ehpad.pk])
    assert client.get(adresse).status_code == 403
    assert client.post(adresse, {"nom": "77 MAJ MSPA – X"}).status_code == 403
    assert "dossier" not in client.get(reverse("fiche-actions", args=[ehpad.pk]), headers=HTMX).content.decode()
    assert client.get(reverse("dossier-nouveau", args=[999_999])).status_code == 404
    assert not Dossier.objects.filter(etablissement=ehpad).exists()


@pytest.mark.parametrize("nom", ["x" * 256, "   ", "a\x00b"])
def test_a_bad_name_is_told_and_kept(client, ehpad, referent, nom):
    reponse = client.post(reverse("dossier-nouveau", args=[ehpad.pk]), {"nom": nom})
    assert reponse.status_code == 422
    assert not Dossier.objects.exists()
    if "x" in nom:
        assert nom in reponse.content.decode()


def test_an_ej_has_no_dossier(client, ehpad):
    client.force_login(HabilitationFactory(structure=ehpad.parent).utilisateur)
    reponse = client.get(reverse("dossier-nouveau", args=[ehpad.parent_id]))
    assert reponse.status_code == 409
    assert "porte sur un établissement" in reponse.content.decode()


@pytest.mark.exigence("S138")
def test_a_dossier_is_renamed(client, ehpad, referent):
    ouvrir(client, ehpad)
    dossier = Dossier.objects.get()
    adresse = reverse("dossier-renommer", args=[dossier.pk])
    vu = lire_formulaire(client.get(adresse).content.decode(), adresse)
    assert vu["nom"] == [dossier.nom]
    assert client.post(adresse, {**vu, "nom": " "}).status_code == 422
    reponse = client.post(adresse, {**vu, "nom": "77 MAJ MSPA – EHPAD TEST, 2e étage"})
    assert reponse.url == reverse("dossier", args=[dossier.pk])
    dossier.refresh_from_db()
    assert dossier.nom == "77 MAJ MSPA – EHPAD TEST, 2e étage"
    perime = client.post(adresse, {**vu, "nom": "Autre nom"})
    assert perime.status_code == 409
    page = perime.content.decode()
    assert "a été renommé entre-temps" in page
    client.post(adresse, lire_formulaire(page, adresse))
    dossier.refresh_from_db()
    assert dossier.nom == "Autre nom"


def test_a_dossier_is_renamed_by_its_editors_only(client, ehpad, referent):
    ouvrir(client, ehpad)
    dossier = Dossier.objects.get()
    adresse = reverse("dossier-renommer", args=[dossier.pk])
    tutelle = Client()
    tutelle.force_login(HabilitationFactory(role=Role.TUTELLE, structure=None).utilisateur)
    assert tutelle.post(adresse, {"nom": "X", "nom_vu": dossier.nom}).status_code == 403
    actions.abandonner(dossier_id=dossier.pk, auteur=referent)
    assert client.get(adresse).status_code == 409
    inconnu = Client()
    inconnu.force_login(UtilisateurFactory())
    assert inconnu.get(adresse).status_code == 404


# ---------- S134 ----------


@pytest.mark.exigence("S134")
def test_signing_in_opens_the_dossier_of_a_first_description(client):
    RegionFactory()
    eg = EGFactory(nom="EHPAD des Glycines")
    personne = HabilitationFactory(structure=eg).utilisateur
    envoi = {"username": personne.identifiant, "password": MOT_DE_PASSE}
    client.post(reverse("connexion"), envoi)
    dossier = Dossier.objects.get()
    assert (dossier.nom, dossier.cree_par) == ("Peuplement de EHPAD des Glycines", personne)
    page = client.get(reverse("accueil")).content.decode()
    assert (
        "Décrivez votre établissement\u00a0: le dossier «\u00a0Peuplement de EHPAD des Glycines\u00a0» est prêt."
        in page
    )
    assert f'href="{reverse("dossier", args=[dossier.pk])}"' in page
    client.post(reverse("deconnexion"))
    client.post(reverse("connexion"), envoi)
    assert Dossier.objects.count() == 1
    actions.abandonner(dossier_id=dossier.pk, auteur=personne)
    client.post(reverse("connexion"), envoi)
    assert Dossier.objects.count() == 1
    assert "Décrivez votre établissement" not in client.get(reverse("accueil")).content.decode()


@pytest.mark.exigence("S134")
def test_by_name_only_and_never_what_is_described_or_closed(client):
    nu, decrit = EGFactory(), EGFactory()
    UOFactory(parent=decrit)
    fermee = EGFactory(etat="DEF")
    territoire = HabilitationFactory(structure=None, role=Role.GESTIONNAIRE).utilisateur
    lecteur = HabilitationFactory(structure=nu, role=Role.LECTEUR).utilisateur
    for personne in (territoire, lecteur, UtilisateurFactory()):
        client.force_login(personne)
        assert not Dossier.objects.exists()
        assert "Décrivez" not in client.get(reverse("accueil")).content.decode()
    personne = UtilisateurFactory()
    for structure in (decrit, fermee, nu.parent):
        HabilitationFactory(utilisateur=personne, structure=structure)
    client.force_login(personne)
    assert [d.etablissement for d in Dossier.objects.all()] == [nu]


def test_what_was_begun_is_no_more_announced(client):
    eg = EGFactory(groupe="MCO")
    personne = HabilitationFactory(structure=eg).utilisateur
    client.force_login(personne)
    actions.creer_fiches(
        dossier_id=Dossier.objects.get().pk, sous=f"s{eg.pk}", niveau=Niveau.P, auteur=personne, nom="Pôle A"
    )
    assert "Décrivez" not in client.get(reverse("accueil")).content.decode()


@pytest.mark.parametrize("nombre", [1, 25])
def test_a_sign_in_opens_a_bounded_number_of_dossiers_and_the_home_page_costs_the_same(
    client, nombre, django_assert_max_num_queries
):
    ej = EGFactory().parent
    for _ in range(nombre - 1):
        EGFactory(parent=ej)
    personne = HabilitationFactory(structure=ej).utilisateur
    client.force_login(personne)
    assert Dossier.objects.count() == min(nombre, 20)
    with django_assert_max_num_queries(32):
        page = client.get(reverse("accueil")).content.decode()
    assert page.count("Décrivez votre établissement") == min(nombre, 5)
    client.force_login(personne)
    assert Dossier.objects.count() == nombre


@pytest.mark.django_db(transaction=True)
def test_two_persons_signing_in_at_once_open_one_dossier():
    eg = EGFactory()
    personnes = [HabilitationFactory(structure=eg).utilisateur for _ in range(4)]
    rendus = en_parallele(*[partial(actions.ouvrir_peuplements, auteur=personne) for personne in personnes])
    assert [r for r in rendus if isinstance(r, Exception)] == []
    assert Dossier.objects.get().etablissement == eg


def test_a_failure_never_stops_the_sign_in(client, monkeypatch):
    def echouer(**_):
        raise EtatIncompatible("x")

    monkeypatch.setattr("dossiers.suites.ouvrir_peuplements", echouer)
    RegionFactory()
    client.force_login(HabilitationFactory(structure=PoleFactory().parent).utilisateur)
    assert client.get(reverse("accueil")).status_code == 200
