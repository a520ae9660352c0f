"""What the tests of the yearly review share."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from referentiel.models import LigneHoraire, Role, Structure, UniteOperationnelle
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code


@pytest.fixture
def region(db):
    """The region, and the codes that contacts use."""
    for valeur, libelle in (("2", "Téléphone fixe"), ("3", "Courrier électronique")):
        code("JDV_J225", valeur, libelle)
    for valeur, libelle in (("1", "Visible du grand public"), ("3", "Visible régulation et gestion de crise")):
        code("JDV_J222", valeur, libelle)
    return RegionFactory()


@pytest.fixture
def eg(region):
    return EGFactory(nom="EHPAD Les Glycines")


@pytest.fixture
def referente(client, eg):
    """Signed in in `client`, référente of the establishment."""
    personne = droit(eg, prenom="Camille")
    client.force_login(personne)
    return personne


def droit(structure, role=Role.REFERENT, **personne):
    """A person with this right on a node."""
    return HabilitationFactory(structure=structure, role=role, utilisateur=UtilisateurFactory(**personne)).utilisateur


def offre_saine(eg, nom: str, jours: int | None = 350, telephone: str = "0160000001") -> Structure:
    """An offer with hours and a phone, re-read some days ago; None for never."""
    offre = UOFactory(parent=eg, nom=nom)
    LigneHoraire.objects.create(structure=offre, cle="p1", valeur={"feries": "ferme"})
    LigneHoraire.objects.create(structure=offre, cle="p1/1", valeur=[{"debut": 540, "fin": 1020}])
    contact = offre.contacts.create(nom="Accueil")
    contact.telecoms.create(canal="2", adresse=telephone)
    if jours is not None:
        relire_le(offre, timezone.now() - timedelta(days=jours))
    return offre


def relire_le(offre, le: datetime) -> None:
    """Dates the last re-reading of an offer."""
    UniteOperationnelle.objects.filter(pk=offre.pk).update(relue_le=le)
