"""What is computed from the fiches, when two persons write at the same moment: neither hides what the other wrote."""

import threading

import pytest
from django.db import transaction
from django.utils import timezone

from referentiel import derives
from referentiel.models import FicheRecherche, RelecturesEtablissement, Structure, UniteOperationnelle
from tests.fabriques import EGFactory, PoleFactory, UFFactory, UOFactory
from tests.paralleles import en_parallele

pytestmark = pytest.mark.django_db(transaction=True)
ATTENTE = 0.5
"""Seconds the first writer keeps its transaction open once it has written: the second has begun meanwhile."""


def ensemble(premier, second) -> None:
    """Runs two writings, the second begun while the first is not committed; what is computed must be right then."""
    ecrit = threading.Event()

    @transaction.atomic
    def un():
        premier()
        ecrit.set()
        threading.Event().wait(ATTENTE)

    @transaction.atomic
    def deux():
        assert ecrit.wait(30)
        second()

    assert en_parallele(un, deux) == [None, None]
    assert derives.tout_rafraichir() == 0, "a row was not as it should"


def renommer(structure: Structure, nom: str):
    def acte():
        Structure.objects.filter(pk=structure.pk).update(nom=nom, nom_recherche=nom)
        derives.rafraichir([structure.pk])

    return acte


@pytest.fixture
def eg():
    return EGFactory(nom="centre ancien")


def test_two_offers_of_an_establishment_re_read_at_once_are_both_counted(eg):
    offres = [UOFactory(parent=eg) for _ in range(2)]

    def relire(offre):
        def acte():
            UniteOperationnelle.objects.filter(pk=offre.pk).update(relue_le=timezone.now())
            derives.rafraichir([offre.pk])

        return acte

    ensemble(*map(relire, offres))
    assert RelecturesEtablissement.objects.get(etablissement=eg).jours == [timezone.localdate()] * 2


@pytest.mark.parametrize("profondeur", ["dessous", "plus bas"])
@pytest.mark.parametrize("premier", ["établissement", "offre"])
def test_an_establishment_and_one_of_its_offers_renamed_at_once(eg, premier, profondeur):
    parent = eg if profondeur == "dessous" else UFFactory(parent=PoleFactory(parent=eg))
    offre = UOFactory(parent=parent, nom="unite vieille")
    gestes = [renommer(eg, "centre nouveau"), renommer(offre, "unite neuve")]
    ensemble(*(gestes if premier == "établissement" else gestes[::-1]))
    lue = FicheRecherche.objects.get(pk=offre.pk)
    assert lue.nom == "unite neuve"
    assert "centre nouveau" in lue.lignee


@pytest.mark.parametrize("premier", ["établissement", "offre"])
def test_an_offer_created_while_its_establishment_is_renamed(eg, premier):
    def creer():
        UOFactory(parent=eg, nom="unite neuve")

    gestes = [renommer(eg, "centre nouveau"), creer]
    ensemble(*(gestes if premier == "établissement" else gestes[::-1]))
    assert "centre nouveau" in FicheRecherche.objects.get(nom="unite neuve").lignee
