"""What the tests of the offer, of its edition and of its publication share."""

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code


@pytest.fixture(scope="class")
def nomenclatures_livrees(django_db_setup, django_db_blocker):
    """All the lists shipped, loaded once by the command for the tests of a class; each writes in its own savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("charger_nomenclatures", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def listes(db):
    """A few codes of the lists an offer uses."""
    for valeur, libelle in (("a", "année"), ("mo", "mois")):
        code("JDV_J37", valeur, libelle)
    for valeur, libelle in (("01", "Kinésithérapie"), ("02", "Consultation mémoire"), ("03", "Psychomotricité")):
        code("JDV_J17", valeur, libelle)
    code("JDV_J16", "0001", "Oxygénothérapie")
    code("JDV_J30", "01", "Temporaire")
    code("JDV_J30", "02", "Permanent")
    for valeur, libelle in (
        ("1", "Visible du grand public"),
        ("2", "Visible par les professionnels"),
        ("3", "Visible régulation et gestion de crise"),
    ):
        code("JDV_J222", valeur, libelle)
    for valeur, libelle in (("1", "Téléphone mobile"), ("2", "Téléphone fixe"), ("3", "Courrier électronique")):
        code("JDV_J225", valeur, libelle)
    code("JDV_J220", "18", "Cadre de santé")
    code("JDV_J221", "03", "Admission")
    code("JDV_J198", "005", "Adresse")
    code("JDV_J224", "3", "Opérationnel")


@pytest.fixture
def offre(listes):
    RegionFactory()
    return UOFactory(nom="Unité d’hébergement")


@pytest.fixture
def referente(client, offre):
    """Signed in in `client`, référente of the establishment."""
    personne = HabilitationFactory(structure=offre.parent).utilisateur
    client.force_login(personne)
    return personne


@pytest.fixture
def collegue(offre):
    """Another référent of the same establishment."""
    return HabilitationFactory(structure=offre.parent, utilisateur=UtilisateurFactory(prenom="Alix")).utilisateur
