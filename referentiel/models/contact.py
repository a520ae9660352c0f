"""Contacts of a fiche, each line with its own level of confidentiality (J222)."""

import uuid

from django.db import models

from .nomenclature import Code
from .structure import Structure


class Contact(models.Model):
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="contacts")
    cle = models.UUIDField(default=uuid.uuid4, unique=True)
    rang = models.PositiveSmallIntegerField(default=0)
    nom = models.CharField(max_length=120, blank=True)
    fonction = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    nature = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=255, blank=True)
    confidentialite = models.CharField("niveau de confidentialité (J222)", max_length=2, default="1")

    class Meta:
        verbose_name = "contact"
        ordering = ["rang", "pk"]

    def __str__(self) -> str:
        return self.nom or str(self.fonction or self.nature or "Contact")


class Telecom(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="telecoms")
    rang = models.PositiveSmallIntegerField(default=0)
    canal = models.CharField("canal (J225)", max_length=2)
    adresse = models.CharField(max_length=254)
    usage = models.CharField(max_length=120, blank=True)
    confidentialite = models.CharField("niveau de confidentialité (J222)", max_length=2, default="1")

    class Meta:
        verbose_name = "télécommunication"
        ordering = ["rang", "pk"]

    def __str__(self) -> str:
        return self.adresse
