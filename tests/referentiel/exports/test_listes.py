"""Every list that may be exported, and to whom (B56, B51)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions as gestes
from referentiel.exports import trouver
from referentiel.exports.registre import _LISTES
from referentiel.models import (
    DemandeCorrection,
    DemandeExport,
    Role,
    Structure,
    UniteOperationnelle,
)
from ror.comptes.models import Utilisateur
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)

from .outils import adresse, corps, des_etablissements, lire_csv, lire_xlsx

pytestmark = pytest.mark.django_db


PARAMETRES = {
    "mes-etablissements": ["", "q=ehpad", "onglet=ej", "onglet=ej&q=horizons"],
    "a-venir": ["", "du=2026-01-01", "auteur=1", "eg=1"],
    "dossiers": ["", "vue=miens", "vue=attente", "vue=a-valider", "etat=finalise", "q=77", "tri=recents"],
    "comptes": ["", "q=demo", "etat=actifs"],
    "recherche": [
        "",
        "q=ehpad",
        "q=unite&niveau=UO&lat=48.5&lon=2.6&km=20&tri=distance",
        "groupe=MSS&ouvert=maintenant",
    ],
    "demandes-correction": ["", "etat=traitee"],
    "demandes-acces": ["", "etat=traitees"],
    "finess-ecarts": ["", "nature=creee", "passage=1"],
}
PIEGES = [
    "q=%00",
    "q=" + "x" * 3000,
    "etat=xx",
    "fiche=abc",
    "fiche=99999999999999999999",
    "passage=²",
    "page=-1",
    "du=x",
]


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("nom", sorted(_LISTES))
def test_every_list_answers_all_that_its_address_may_say(client, nom):
    client.force_login(UtilisateurFactory(is_superuser=True))
    offre = UOFactory()
    gestes.enregistrer(
        structure_id=offre.pk, auteur=Utilisateur.objects.get(), vues={"age_min": 60}, saisies={"age_min": 65}
    )
    gestes.valider(
        structure_id=offre.pk,
        auteur=Utilisateur.objects.get(),
        relue=True,
        date_effet=timezone.localdate() + timedelta(days=3),
    )
    for requete in PARAMETRES.get(nom, [""]):
        assert lire_csv(client.get(f"{adresse(nom)}?{requete}"))
        assert lire_xlsx(client.get(f"{adresse(nom, 'xlsx')}?{requete}"))
    for requete in PIEGES:
        assert client.get(f"{adresse(nom)}?{requete}").status_code in (200, 404), requete
    assert reverse(trouver(nom).url)


@pytest.mark.exigence("B56")
def test_what_is_to_come_is_exported_within_its_fiche(client, referente):
    eg = Structure.objects.get(nom="EHPAD TEST")
    jour = timezone.localdate() + timedelta(days=9)
    for nom in ("Accueil de jour", "Hébergement"):
        offre = UOFactory(parent=eg, nom=nom)
        gestes.enregistrer(structure_id=offre.pk, auteur=referente, vues={"age_min": 60}, saisies={"age_min": 65})
        gestes.valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=jour)
    offre = Structure.objects.get(nom="Hébergement")
    page = client.get(reverse("fiche-a-venir", args=[offre.pk])).content.decode()
    assert f'href="{adresse("a-venir")}?fiche={offre.pk}"' in page
    entete, *lignes = lire_csv(client.get(adresse("a-venir"), {"fiche": offre.pk}))
    ligne = dict(zip(entete, lignes[0], strict=True))
    assert len(lignes) == 1
    assert ligne["Fiche"] == "Hébergement"
    assert ligne["Date"] == jour.strftime("%d/%m/%Y")
    assert "60" in ligne["Ce qui change"]
    assert len(lire_csv(client.get(adresse("a-venir")))) == 3


@pytest.mark.exigence("B56")
def test_whoever_may_not_read_a_list_may_not_export_it(client, referente):
    for nom in ("comptes", "finess-ecarts", "modeles-saisie", "demandes-correction", "demandes-acces"):
        reponse = client.get(adresse(nom))
        assert reponse.status_code == 403
        assert "Votre droit Référent ne permet pas" in reponse.content.decode()
    Client().get(adresse("mes-etablissements"))
    assert Client().get(adresse("mes-etablissements")).status_code == 302


def test_unknown_lists_and_formats_are_told_in_french(client, referente):
    assert client.get(adresse("inconnue")).status_code == 404
    assert client.get("/ror/exports/comptes.pdf").status_code == 404
    assert "Cette liste n’existe pas" in client.get(adresse("inconnue")).content.decode()


@pytest.mark.parametrize("nom", ["mes-etablissements", "a-relire"])
def test_an_export_costs_the_same_whatever_its_length(client, referente, nom):
    def cout() -> int:
        with CaptureQueriesContext(connection) as vues:
            corps(client.get(adresse(nom)))
        return len(vues)

    eg = Structure.objects.get(nom="EHPAD TEST")
    UOFactory(parent=eg)
    peu = cout()
    des_etablissements(referente, 6)
    for _ in range(12):
        UOFactory(parent=eg)
    assert cout() == peu


def test_a_get_never_asks_for_anything(client, referente, courte):
    des_etablissements(referente, 3)
    assert client.get(adresse("mes-etablissements")).status_code == 200
    assert not DemandeExport.objects.exists()


def test_a_category_is_written_in_words(client, referente):
    code("FINESS_CATEGORIE", "500", "Établissement d’hébergement pour personnes âgées dépendantes")
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Catégorie")].startswith("Établissement d’hébergement")


@pytest.mark.exigence("B51", "B56")
def test_an_offer_that_one_may_not_know_of_is_not_even_counted(client):
    eg = EGFactory(nom="EHPAD TEST")
    UOFactory(parent=eg)
    UniteOperationnelle.objects.filter(structure=UOFactory(parent=eg)).update(unite_sensible=True)
    lectrice = HabilitationFactory(structure=eg, role=Role.LECTEUR).utilisateur
    client.force_login(lectrice)
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Offres")] == "1"
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Offres")] == "2"


@pytest.mark.exigence("B56")
def test_the_offers_of_one_establishment_alone_are_exported(client, referente):
    eg, autre = Structure.objects.get(nom="EHPAD TEST"), EGFactory()
    HabilitationFactory(utilisateur=referente, structure=autre)
    UOFactory(parent=eg, nom="Accueil de jour")
    UOFactory(parent=autre)
    assert len(lire_csv(client.get(adresse("a-relire")))) == 3
    entete, ligne = lire_csv(client.get(adresse("a-relire"), {"eg": eg.pk}))
    assert ligne[entete.index("Offre")] == "Accueil de jour"
    assert (
        dict(lire_xlsx(client.get(adresse("a-relire", "xlsx"), {"eg": eg.pk}))["À propos"].values)[
            "Filtre\u00a0: Établissement"
        ]
        == "EHPAD TEST"
    )
    for forge in ("abc", "²", "9" * 30, str(ligne and eg.parent_id)):
        assert client.get(adresse("a-relire"), {"eg": forge}).status_code == 404


@pytest.mark.exigence("B56")
def test_what_one_asked_the_support_is_exported_for_her_alone(client, referente):
    eg = Structure.objects.get(nom="EHPAD TEST")
    DemandeCorrection.objects.create(structure=eg, champ="adresse", message="=RUE()", auteur=referente)
    DemandeCorrection.objects.create(structure=eg, champ="adresse", message="autre", auteur=UtilisateurFactory())
    entete, ligne = lire_csv(client.get(adresse("mes-demandes")))
    assert ligne[entete.index("Motif")] == "'=RUE()"
    client.force_login(UtilisateurFactory(is_superuser=True))
    assert len(lire_csv(client.get(adresse("demandes-correction")))) == 3
    assert len(lire_csv(client.get(adresse("demandes-correction"), {"etat": "traitee"}))) == 1
