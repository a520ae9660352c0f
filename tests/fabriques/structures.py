"""Nodes of the tree with their detail, grants and codes."""

import factory

from referentiel import arbre
from referentiel.derives import rafraichir
from referentiel.fiches import DETAILS
from referentiel.models import Code, Habilitation, Nomenclature, Role, Structure
from referentiel.niveaux import Niveau
from ror.commun.texte import normaliser

from .comptes import UtilisateurFactory


def finess(racine: int) -> str:
    """Returns a FINESS number with a right key, from any number below 10^6 (département 77)."""
    chiffres = f"77{racine:06d}"
    somme = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        double = int(chiffre) * 2 if rang % 2 == 0 else int(chiffre)
        somme += double - 9 if double > 9 else double
    return chiffres + str(-somme % 10)


def code(nomenclature: str, valeur: str, libelle: str = "") -> Code:
    """Returns a code of a list, both made when missing."""
    liste, _ = Nomenclature.objects.get_or_create(identifiant=nomenclature, defaults={"nom": nomenclature})
    libelle = libelle or f"{nomenclature} {valeur}"
    resultat, _ = Code.objects.get_or_create(
        nomenclature=liste, code=valeur, defaults={"libelle": libelle, "libelle_recherche": normaliser(libelle)}
    )
    return resultat


class _NoeudFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Structure
        abstract = True

    departement = "77"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        parent = kwargs.pop("parent", None)
        detail = kwargs.pop("_detail", {})
        structure = arbre.inserer(structure=model_class(**kwargs), parent=parent)
        DETAILS[Niveau(structure.niveau)].objects.create(structure=structure, **detail)
        rafraichir([structure.pk])
        return structure


class EJFactory(_NoeudFactory):
    niveau = "EJ"
    nom = factory.Sequence(lambda n: f"Association Les Horizons {n}")
    numero_finess = factory.Sequence(lambda n: finess(700_000 + n))
    _detail = factory.LazyAttribute(lambda o: {"raison_sociale": o.nom.upper()})


class EGFactory(_NoeudFactory):
    niveau = "EG"
    parent = factory.SubFactory(EJFactory)
    nom = factory.Sequence(lambda n: f"EHPAD TEST {n}")
    groupe = "MSS"
    numero_finess = factory.Sequence(lambda n: finess(100_000 + n))
    _detail = factory.LazyAttribute(lambda o: {"raison_sociale": o.nom.upper(), "categorie": "500"})


class PoleFactory(_NoeudFactory):
    niveau = "P"
    parent = factory.SubFactory(EGFactory, groupe="MCO")
    nom = factory.Sequence(lambda n: f"Pôle Médecine {n}")
    _detail = {}


class ServiceFactory(_NoeudFactory):
    niveau = "S"
    parent = factory.SubFactory(PoleFactory)
    nom = factory.Sequence(lambda n: f"Service de cardiologie {n}")
    _detail = {}


class UFFactory(_NoeudFactory):
    niveau = "UF"
    parent = factory.SubFactory(PoleFactory)
    nom = factory.Sequence(lambda n: f"UF Cardiologie {n}")
    _detail = {}


class UOFactory(_NoeudFactory):
    niveau = "UO"
    parent = factory.SubFactory(EGFactory)
    nom = factory.Sequence(lambda n: f"Unité hébergement {n}")
    groupe = "MSS"
    _detail = factory.LazyFunction(lambda: {"age_min": 60, "age_max": 120})


class HabilitationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Habilitation

    utilisateur = factory.SubFactory(UtilisateurFactory)
    role = Role.REFERENT
    structure = factory.SubFactory(EGFactory)
