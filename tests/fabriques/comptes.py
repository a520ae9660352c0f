"""Persons and regions."""

import factory

from ror.comptes.models import Region, Utilisateur

MOT_DE_PASSE = "Peuplier-Vallon-42"
"""Password of every test person."""


class RegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "11"
    nom = "Île-de-France"
    nom_application = "ROR-IF"
    validateur = "SESAN"
    support_telephone = "0183763031"
    support_horaires = "du lundi au vendredi de 8h à 20h"
    support_courriel = "ror.support@sesan.example"
    support_formulaire = "https://formulaire-support.example/"
    pied_courriel = "ror.support@sesan.example"
    par_defaut = True


class UtilisateurFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Utilisateur
        skip_postgeneration_save = True

    prenom = "Camille"
    nom = factory.Sequence(lambda n: f"Démo{n}")
    identifiant = factory.Sequence(lambda n: f"camilledemo{n}")
    courriel = factory.LazyAttribute(lambda o: f"{o.identifiant}@exemple.example")
    doit_changer_mot_de_passe = False
    password = factory.django.Password(MOT_DE_PASSE)
