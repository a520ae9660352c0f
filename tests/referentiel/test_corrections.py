"""Values owned by FINESS: locked, with their provenance, asked to the support, applied in one click (S91–S94)."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel.actions import demander_correction
from referentiel.actions.ecriture import publier_changements
from referentiel.actions.fiches import verrouiller
from referentiel.changements import Changement, inverser
from referentiel.identifiants import siren_valide, siret_valide
from referentiel.models import (
    CorrectionFiness,
    CorrespondanceCategorie,
    DemandeCorrection,
    EntreeJournal,
    Role,
    Structure,
)
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import EGFactory, EJFactory, HabilitationFactory, RegionFactory, UtilisateurFactory, code
from tests.fabriques.structures import finess
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db

SIRET, AUTRE_SIRET, TROISIEME_SIRET = "73282932000074", "44306184100047", "40483304800022"
ADRESSE = {
    "numero_voie": "12",
    "type_voie": "R",
    "libelle_voie": "DES TILLEULS",
    "code_postal": "77000",
    "localite": "MELUN",
    "commune_cog": "77288",
}


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def eg():
    jour = timezone.localdate()
    detail = {"raison_sociale": "EHPAD TEST", "siret": SIRET, "categorie": "500", "finess_recu_le": jour, **ADRESSE}
    return EGFactory(nom="EHPAD TEST", _detail=detail)


@pytest.fixture
def lectrice(client):
    personne = UtilisateurFactory(prenom="Camille")
    client.force_login(personne)
    return personne


@pytest.fixture
def support():
    return HabilitationFactory(structure=None, role=Role.SUPPORT).utilisateur


def valeur(structure, nom):
    structure = Structure.objects.get(pk=structure.pk)
    return getattr(structure if hasattr(structure, nom) else structure.entite_geographique, nom)


def fiche(client, structure) -> str:
    return client.get(reverse("fiche", args=[structure.pk])).content.decode()


def demander(client, structure, champ, **saisies):
    """Asks through the dialogue; returns the answer and the request when it is taken."""
    adresse = reverse("demande-correction", args=[structure.pk, champ])
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    reponse = client.post(adresse, {**envoi, **saisies})
    return reponse, DemandeCorrection.objects.order_by("-pk").first()


def traiter(client, demande, geste, **saisies):
    adresse = reverse("demande-repondre", args=[demande.pk])
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    envoi = {nom: v for nom, v in envoi.items() if nom != "geste"}
    return client.post(adresse, {**envoi, "geste": geste, **saisies})


@pytest.mark.exigence("S91", "S92", "S93", "S94")
@pytest.mark.parametrize(
    ("champ", "saisies", "attendu"),
    [
        ("adresse", {"numero_voie": "14"}, "N° de voie\u00a0: 12 → 14"),
        ("numero_finess", {"numero_finess": finess(123_456)}, f"→ {finess(123_456)}"),
        ("siret", {"siret": "443 061 841 00047"}, f"SIRET\u00a0: {SIRET} → {AUTRE_SIRET}"),
        ("raison_sociale", {"raison_sociale": "EHPAD NEUF"}, "Raison sociale\u00a0: EHPAD TEST → EHPAD NEUF"),
    ],
)
def test_locked_asked_and_applied_in_one_click(
    client, eg, lectrice, support, champ, saisies, attendu, django_capture_on_commit_callbacks
):
    page = fiche(client, eg)
    assert f'href="{reverse("demande-correction", args=[eg.pk, champ])}"' in page
    assert "FINESS" in page
    nom = next(iter(saisies))
    editrice = HabilitationFactory(structure=eg).utilisateur
    client.force_login(editrice)
    assert client.get(reverse("fiche-section", args=[eg.pk, "identification"])).status_code == 404
    assert f'name="{nom}"' not in client.get(reverse("fiche-modifier", args=[eg.pk])).content.decode()
    client.force_login(lectrice)
    avant = valeur(eg, nom)
    reponse, demande = demander(client, eg, champ, message="Erreur constatée", **saisies)
    assert reponse.status_code == 302
    assert valeur(eg, nom) == avant  # asked, not written
    assert "correction demandée au support par Camille" in fiche(client, eg)
    assert client.get(reverse("demandes-correction")).status_code == 403
    assert client.post(reverse("demande-repondre", args=[demande.pk]), {"geste": "appliquer"}).status_code == 403

    client.force_login(support)
    file = client.get(reverse("demandes-correction")).content.decode()
    assert attendu in file
    assert "Erreur constatée" in file
    assert client.get(reverse("accueil")).context["demandes"] == 1
    version = Structure.objects.get(pk=eg.pk).version
    adresse = reverse("demande-repondre", args=[demande.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(adresse, {**lire_formulaire(file, adresse), "geste": "appliquer"}).status_code == 302
    propose = demande.changements[0]["propose"]
    assert valeur(eg, nom) == propose
    assert Structure.objects.get(pk=eg.pk).version == version + 1
    entree = EntreeJournal.objects.get(structure=eg)
    assert (entree.origine, entree.auteur, entree.motif) == ("support", support, demande.numero)
    assert any(attendu in phrase for phrase in entree.phrases)
    assert attendu in client.get(reverse("historique", args=[eg.pk])).content.decode()
    (courriel,) = mail.outbox
    assert courriel.to == [lectrice.courriel]
    assert attendu in courriel.body
    assert "Votre demande est traitée." in courriel.body

    client.force_login(lectrice)
    page = fiche(client, eg)
    assert "Support" in page  # the provenance of the corrected value
    assert "Traitée" in page
    assert "Traitée" in client.get(reverse("mes-demandes")).content.decode()

    faits = [inverser(Changement.depuis_json(c)) for c in entree.changements]
    publier_changements(structure=verrouiller(eg.pk), auteur=support, changements=faits)
    assert valeur(eg, nom) == avant  # undone like any other change


def test_the_name_and_the_group_follow_like_those_of_finess(client, eg, lectrice, support):
    CorrespondanceCategorie.objects.create(categorie="355", groupe="MCO", origine="test")
    code("FINESS_CATEGORIE", "355", "Centre hospitalier")
    code("FINESS_CATEGORIE", "500", "EHPAD")
    _, nom = demander(client, eg, "raison_sociale", raison_sociale="EHPAD NEUF")
    _, categorie = demander(client, eg, "categorie", categorie="355")
    client.force_login(support)
    for demande in (nom, categorie):
        assert traiter(client, demande, "appliquer").status_code == 302
    structure = Structure.objects.get(pk=eg.pk)
    assert (structure.nom, structure.groupe, structure.nom_recherche) == ("EHPAD NEUF", "MCO", "ehpad neuf")


@pytest.mark.parametrize(
    ("champ", "saisies", "phrase"),
    [
        ("siret", {"siret": "73282932000075"}, "sa clé de contrôle est fausse"),
        ("siret", {"siret": "7328293200"}, "14 caractères sont attendus"),
        ("numero_finess", {"numero_finess": "770000000"}, "sa clé de contrôle est fausse"),
        ("numero_finess", {"numero_finess": ""}, "une valeur est attendue"),
        ("raison_sociale", {"raison_sociale": ""}, "une valeur est attendue"),
        ("raison_sociale", {"raison_sociale": "X" * 256}, "255 caractères au plus"),
        ("raison_sociale", {"raison_sociale": "a\x00b"}, "Le caractère nul n’est pas autorisé."),
        ("adresse", {"code_postal": "7700"}, "cinq chiffres sont attendus"),
        ("adresse", {"code_postal": "75012"}, "75012 et la commune 77288 sont de deux départements."),
        ("adresse", {"code_postal": "75012", "commune_cog": "75112"}, "dans un autre département (75)"),
        ("adresse", {"commune_cog": "00001"}, "ne commence par aucun département"),
        ("date_fermeture", {"date_fermeture": "0026-01-01"}, "vérifiez l’année"),
        ("date_fermeture", {"date_fermeture": "demain"}, "Une date est attendue"),
        ("categorie", {"categorie": "999"}, "Choisissez dans la liste."),
        ("telephone", {"telephone": "néant"}, "n’est pas un numéro\u00a0:"),
        ("courriel", {"courriel": "x@"}, "une adresse est attendue"),
        ("telephone", {"telephone": "01 99"}, "4 chiffres au lieu de 10"),
        ("siret", {}, "Donnez la valeur proposée, ou expliquez l’erreur dans le motif."),
        ("siret", {"message": "x" * 2001}, "2000"),
    ],
)
def test_what_cannot_be_right_is_refused_and_kept(client, eg, lectrice, champ, saisies, phrase):
    reponse, demande = demander(client, eg, champ, **saisies)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert phrase in page
    assert demande is None
    adresse = reverse("demande-correction", args=[eg.pk, champ])
    garde = lire_formulaire(page, adresse)
    for nom, typed in saisies.items():
        assert typed in ("999", "a\x00b") or garde[nom] == [typed]


def test_a_postcode_of_the_next_departement_is_known_from_finess(client, eg, lectrice):
    """Some communes are served from the post office of another département."""
    detail = {**ADRESSE, "code_postal": "91490", "finess_recu_le": timezone.localdate()}
    EGFactory(_detail=detail)
    reponse, _ = demander(client, eg, "adresse", code_postal="91490")
    assert reponse.status_code == 302


def test_a_number_already_given_is_refused(client, eg, lectrice):
    autre = EGFactory(nom="Résidence voisine")
    reponse, _ = demander(client, eg, "numero_finess", numero_finess=autre.numero_finess)
    assert "c’est déjà celui de «\u00a0Résidence voisine\u00a0»" in reponse.content.decode()


def test_keys_of_siren_and_siret():
    assert siret_valide(SIRET)
    assert siret_valide("35600000000048")  # La Poste, its head office
    assert siret_valide("35600000049837")  # one of its offices: the sum is a multiple of five
    assert not siret_valide("35600000049838")
    assert siren_valide("732829320")
    assert not siren_valide("732829321")
    assert not siren_valide("73282932")


class TestSupport:
    @pytest.fixture
    def demande(self, client, eg, lectrice, support):
        demande = demander(client, eg, "siret", siret=AUTRE_SIRET)[1]
        client.force_login(support)
        return demande

    def changer_entre_temps(self, eg):
        publier_changements(
            structure=verrouiller(eg.pk),
            auteur=None,
            changements=[Changement("siret", SIRET, TROISIEME_SIRET)],
            origine=EntreeJournal.Origine.FINESS,
        )

    @pytest.mark.parametrize(("choix", "attendu"), [("imposer", AUTRE_SIRET), ("garder", TROISIEME_SIRET)])
    def test_a_value_changed_meanwhile_is_shown_and_never_overwritten(self, client, eg, demande, choix, attendu):
        self.changer_entre_temps(eg)
        assert "A changé depuis" in client.get(reverse("demandes-correction")).content.decode()
        reponse = traiter(client, demande, "appliquer")
        assert reponse.status_code == 409
        page = reponse.content.decode()
        for texte in (AUTRE_SIRET, TROISIEME_SIRET, "écrite par FINESS"):
            assert texte in page
        assert valeur(eg, "siret") == TROISIEME_SIRET
        adresse = reverse("demande-repondre", args=[demande.pk])
        nom = page.split('type="radio" name="')[1].split('"')[0]
        reponse = client.post(adresse, {**lire_formulaire(page, adresse), nom: choix})
        assert reponse.status_code == (302 if choix == "imposer" else 422)
        assert valeur(eg, "siret") == attendu
        demande.refresh_from_db()
        assert (demande.etat == "nouvelle") is (choix == "garder")

    def test_in_the_dialogue_the_conflict_replaces_the_request(self, client, eg, demande):
        self.changer_entre_temps(eg)
        adresse = reverse("demande-repondre", args=[demande.pk])
        reponse = client.post(adresse, {"geste": "appliquer"}, headers={"HX-Request": "true"})
        assert (reponse.status_code, reponse["HX-Retarget"]) == (409, "#dialogue")

    def test_applying_something_else(self, client, eg, demande):
        reponse = traiter(client, demande, "autrement", siret="123", message="Corrigé")
        assert reponse.status_code == 422
        assert lire_formulaire(reponse.content.decode(), reverse("demande-repondre", args=[demande.pk]))["siret"] == [
            "123"
        ]
        assert traiter(client, demande, "autrement", siret=TROISIEME_SIRET).status_code == 302
        assert valeur(eg, "siret") == TROISIEME_SIRET

    def test_without_follow_up_needs_its_reason_which_is_mailed(
        self, client, eg, demande, lectrice, django_capture_on_commit_callbacks
    ):
        reponse = traiter(client, demande, "sanssuite")
        assert reponse.status_code == 422
        assert "Dites pourquoi la demande reste sans suite" in reponse.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            assert traiter(client, demande, "sanssuite", message="FINESS a raison.").status_code == 302
        assert valeur(eg, "siret") == SIRET
        assert "FINESS a raison." in mail.outbox[0].body
        client.force_login(lectrice)
        assert "FINESS a raison." in client.get(reverse("mes-demandes")).content.decode()
        assert "FINESS a raison." in fiche(client, eg)

    def test_it_is_answered_once(self, client, eg, demande):
        adresse = reverse("demande-repondre", args=[demande.pk])
        assert client.post(adresse, {"geste": "appliquer"}).status_code == 302
        assert client.post(adresse, {"geste": "appliquer"}).status_code == 409
        assert "Traitée par" in client.get(adresse).content.decode()

    def test_an_unknown_act_is_refused(self, client, demande):
        reponse = client.post(reverse("demande-repondre", args=[demande.pk]), {"geste": "effacer"})
        assert reponse.status_code == 422
        assert DemandeCorrection.objects.get().etat == "nouvelle"

    def test_out_of_her_territory_it_is_refused(self, client, eg, demande):
        client.force_login(HabilitationFactory(structure=None, role=Role.SUPPORT, departements=["75"]).utilisateur)
        assert client.get(reverse("demandes-correction")).context["lignes"] == []
        assert client.post(reverse("demande-repondre", args=[demande.pk]), {"geste": "appliquer"}).status_code == 403

    def test_a_request_that_only_explains_is_answered_or_applied_otherwise(self, client, eg, lectrice, support):
        client.force_login(lectrice)
        _, demande = demander(client, eg, "siret", message="Il a changé")
        client.force_login(support)
        assert traiter(client, demande, "appliquer").status_code == 422
        assert traiter(client, demande, "autrement", siret=AUTRE_SIRET).status_code == 302
        assert valeur(eg, "siret") == AUTRE_SIRET

    def test_a_value_already_there_closes_the_request_without_writing(self, client, eg, demande):
        publier_changements(
            structure=verrouiller(eg.pk), auteur=None, changements=[Changement("siret", SIRET, AUTRE_SIRET)]
        )
        assert "déjà en place" in client.get(reverse("demandes-correction")).content.decode()
        assert traiter(client, demande, "appliquer").status_code == 302
        assert EntreeJournal.objects.filter(structure=eg).count() == 1
        assert not CorrectionFiness.objects.exists()

    def test_correcting_back_forgets_the_correction(self, client, eg, demande, lectrice, support):
        traiter(client, demande, "appliquer")
        assert CorrectionFiness.objects.get().valeur_finess == SIRET
        client.force_login(lectrice)
        _, retour = demander(client, eg, "siret", siret=SIRET)
        client.force_login(support)
        traiter(client, retour, "appliquer")
        assert not CorrectionFiness.objects.exists()

    def test_the_queue_costs_a_constant_number_of_queries(self, client, support):
        def requetes() -> int:
            with CaptureQueriesContext(connection) as lues:
                assert client.get(reverse("demandes-correction")).status_code == 200
            return len(lues)

        def deposer(nombre):
            for structure in [f() for f in (EGFactory, EJFactory) for _ in range(nombre)]:
                nouveau = {"raison_sociale": "NEUVE"}
                vues = {"raison_sociale": structure.nom.upper()}
                demander_correction(
                    structure_id=structure.pk,
                    auteur=UtilisateurFactory(),
                    champ="raison_sociale",
                    vues=vues,
                    saisies=nouveau,
                )

        client.force_login(support)
        deposer(1)
        requetes()
        petite = requetes()
        deposer(8)
        assert requetes() == petite


def test_a_field_people_edit_themselves_is_not_asked_to_the_support(client, eg, lectrice):
    for champ in ("nom", "identification", "inconnu"):
        assert client.get(reverse("demande-correction", args=[eg.pk, champ])).status_code == 404
    with pytest.raises(SaisieInvalide):
        demander_correction(structure_id=eg.pk, auteur=lectrice, champ="nom", vues={}, saisies={"nom": "X"})


def test_a_forged_or_old_form_compares_with_what_is_there_now(client, eg, lectrice):
    adresse = reverse("demande-correction", args=[eg.pk, "siret"])
    assert client.post(adresse, {"siret": AUTRE_SIRET, "vues": "falsifié"}).status_code == 302
    assert DemandeCorrection.objects.get().changements == [
        {"champ": "siret", "base": SIRET, "propose": AUTRE_SIRET},
    ]


def test_un_dialogue_ouvert_par_son_adresse_ne_s_ouvre_pas_une_seconde_fois(client):
    client.force_login(HabilitationFactory(structure=(eg := EGFactory())).utilisateur)
    adresse = reverse("demande-correction", args=[eg.pk, "telephone"])
    page = client.get(adresse).content.decode()
    assert page.index("<div hx-disable>") < page.index(f'action="{adresse}"')
    assert "hx-disable" not in client.get(adresse, headers={"HX-Request": "true"}).content.decode()
