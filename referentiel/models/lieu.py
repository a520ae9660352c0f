"""Places where offers are given (LieuRealisationOffre)."""

import uuid

from django.db import models
from simple_history.models import HistoricalRecords

from .nomenclature import Code
from .structure import Adresse, Structure


class Lieu(Adresse):
    """A place managed by one EG and used by any number of its offers (MODELE_ROR §2.3)."""

    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    etablissement = models.ForeignKey(Structure, models.CASCADE, related_name="lieux")
    nom = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    fonction = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    statut = models.CharField("statut (J224)", max_length=2, default="3")
    acces = models.TextField("accès et stationnement", blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom
