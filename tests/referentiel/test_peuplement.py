"""« Peuplement »: which offers of an establishment are described as the national rule asks."""

from dataclasses import replace

import pytest

from referentiel.models import CodePorte, Contact, Telecom
from referentiel.qualite.peuplement import LIBELLES, Faits, Peuplement, situer_etablissement, situer_offre
from tests.fabriques import EGFactory, RegionFactory, UOFactory, UtilisateurFactory, code

COMPLETE = Faits(*[True] * 7)
VIDE = Faits(*[False] * 7)


@pytest.mark.parametrize("critere", LIBELLES)
def test_each_criterion_is_asked_and_named(critere):
    faits = replace(COMPLETE, **{critere: False})
    assert faits.manques() == (LIBELLES[critere],)
    assert situer_offre(faits) == Peuplement.EN_COURS


def test_an_establishment_is_finalised_when_all_its_offers_are():
    assert situer_offre(VIDE) == Peuplement.A_FAIRE
    assert situer_etablissement([]) == Peuplement.A_FAIRE
    assert situer_etablissement([COMPLETE, VIDE]) == Peuplement.EN_COURS
    assert situer_etablissement([COMPLETE, COMPLETE]) == Peuplement.FINALISE


def decrire(uo) -> None:
    """Gives an offer all that the rule asks."""
    uo.unite.champ_activite = code("JDV_J20", "04")
    uo.unite.mode_prise_en_charge = code("JDV_J19", "46")
    uo.unite.save()
    CodePorte.objects.create(structure=uo, attribut="activites", code=code("JDV_J17", "285"))
    contact = Contact.objects.create(structure=uo, fonction=code("JDV_J220", "01"))
    Telecom.objects.create(contact=contact, canal="01", adresse="0199002715")


@pytest.mark.django_db
@pytest.mark.exigence("S66")
def test_the_fiche_of_an_establishment_says_which_offers_are_not_fully_described(client):
    RegionFactory()
    client.force_login(UtilisateurFactory())
    adresse = {"code_postal": "77990", "localite": "Valmont-sur-Lys", "libelle_voie": "DES GLYCINES"}
    eg = EGFactory(_detail={"categorie": "500", **adresse})
    page = client.get(f"/ror/fiche/{eg.pk}/").content.decode()
    assert "Peuplement à faire" in page
    decrite, autre = UOFactory(parent=eg), UOFactory(parent=eg, nom="Unité d’accueil de jour")
    decrire(decrite)
    page = client.get(f"/ror/fiche/{eg.pk}/").content.decode()
    assert "Peuplement en cours" in page
    assert "Unité d’accueil de jour</a> : champ d’activité" in page
    decrire(autre)
    assert "Peuplement finalisé" in client.get(f"/ror/fiche/{eg.pk}/").content.decode()
