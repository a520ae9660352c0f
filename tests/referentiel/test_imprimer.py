"""The whole of a fiche on one sheet: what is published, for this reader, nothing folded (B56)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel import actions
from referentiel.models import CodePorte, Role, Structure, UniteOperationnelle
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, UFFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db


def feuille(client, structure) -> str:
    reponse = client.get(reverse("fiche-imprimer", args=[structure.pk]))
    assert reponse.status_code == 200
    return reponse.content.decode()


CONTACTS = {
    "7f3d6f7e-8d3a-4a3e-9a9e-1c2d3e4f5a6b": {
        "nom": "Secrétariat",
        "confidentialite": "1",
        "telecoms": [{"canal": "2", "adresse": "0123456789", "usage": "", "confidentialite": "1"}],
    },
    "0f3d6f7e-8d3a-4a3e-9a9e-1c2d3e4f5a6c": {
        "nom": "Ligne directe du SAMU",
        "confidentialite": "3",
        "telecoms": [{"canal": "2", "adresse": "0199999999", "usage": "", "confidentialite": "3"}],
    },
}


def diffuser(offre, auteur, **saisies) -> None:
    vues = dict.fromkeys(saisies)
    actions.enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies=saisies)
    actions.valider(structure_id=offre.pk, auteur=auteur, relue=True)


@pytest.mark.exigence("B56")
def test_the_sheet_holds_all_that_is_published_and_when_it_was_printed(client, offre, referente):
    for rang in range(12):
        acte = code("JDV_J17", f"9{rang:02}", f"Activité n° {rang:02}")
        CodePorte.objects.create(structure=offre, attribut="activites", code=acte)
    diffuser(offre, referente, conditions_accueil="Sur rendez-vous", contacts=CONTACTS)
    actions.enregistrer(structure_id=offre.pk, auteur=referente, vues={"age_min": 60}, saisies={"age_min": 61})
    page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert f'href="{reverse("fiche-imprimer", args=[offre.pk])}"' in page
    texte = feuille(client, offre)
    for attendu in ("Sur rendez-vous", "Secrétariat", "01\u00a023\u00a045\u00a067\u00a089", "Imprimé le", "ROR-IF"):
        assert attendu in texte, attendu
    assert all(f"Activité n° {rang:02}" in texte for rang in range(12))
    assert "<details" not in texte.split('<article class="papier">')[1]
    assert referente.nom_complet in texte
    assert offre.parent.nom in texte
    assert "61\u00a0ans" not in texte, "what is not published is not printed"
    assert "Relue le" in texte


@pytest.mark.exigence("B51", "B56")
def test_restricted_contacts_are_printed_for_those_who_read_them(client, offre, referente):
    diffuser(offre, referente, contacts=CONTACTS)
    texte = feuille(client, offre)
    assert "Ligne directe du SAMU" in texte
    assert "ne le diffusez pas" in texte
    client.force_login(UtilisateurFactory())
    texte = feuille(client, offre)
    assert "Secrétariat" in texte
    assert "SAMU" not in texte
    assert "0199999999" not in texte.replace("\u00a0", "")
    assert "ne le diffusez pas" not in texte


@pytest.mark.exigence("B51", "B56")
def test_an_offer_that_one_may_not_know_of_is_on_no_sheet(client, offre):
    eg = offre.parent
    secrete = UOFactory(parent=eg, nom="Unité gardée secrète")
    UniteOperationnelle.objects.filter(structure=secrete).update(unite_sensible=True)
    client.force_login(HabilitationFactory(structure=eg, role=Role.LECTEUR).utilisateur)
    assert client.get(reverse("fiche-imprimer", args=[secrete.pk])).status_code == 404
    texte = feuille(client, eg)
    assert offre.nom in texte
    assert "secrète" not in texte
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    assert "secrète" in feuille(client, eg)


@pytest.mark.exigence("B56")
def test_an_establishment_lists_what_it_holds_in_the_order_of_its_tree(client, offre, referente, monkeypatch):
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    pole = PoleFactory(parent=eg, nom="Pôle Femme")
    UOFactory(parent=UFFactory(parent=pole, nom="UF 1204"), nom="Maternité")
    texte = feuille(client, Structure.objects.get(pk=eg.pk))
    assert texte.index("Pôle Femme") < texte.index("UF 1204") < texte.index("Maternité")
    monkeypatch.setattr("referentiel.views.imprimer.DESSOUS_MAX", 1)
    texte = feuille(client, eg)
    assert "Maternité" not in texte
    assert "2\u00a0autres fiches" in texte
    assert "CH de Valmont" in feuille(client, eg.parent)
    assert client.get(reverse("fiche-imprimer", args=[999_999])).status_code == 404


def test_a_sheet_costs_the_same_whatever_it_holds(client, offre, referente):
    def cout(structure) -> int:
        with CaptureQueriesContext(connection) as vues:
            feuille(client, structure)
        return len(vues)

    eg = offre.parent
    feuille(client, eg)
    peu = cout(eg)
    for _ in range(15):
        UOFactory(parent=eg)
    assert cout(eg) == peu
