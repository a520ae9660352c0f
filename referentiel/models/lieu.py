"""Places where offers are given (LieuRealisationOffre)."""

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Exists, OuterRef
from simple_history.models import HistoricalRecords

from .nomenclature import Code
from .structure import Adresse, Structure


class LieuQuerySet(models.QuerySet):
    def lisibles(self, cachees: Collection[int]) -> "LieuQuerySet":
        """Leaves out the lieux that only offers among `cachees` use: they would tell where these are (B51)."""
        if not cachees:
            return self
        poses = self.model._meta.get_field("unites").field.remote_field.through.objects.filter(lieu=OuterRef("pk"))
        secrets = poses.filter(uniteoperationnelle__in=cachees)
        return self.exclude(Exists(secrets) & ~Exists(poses.exclude(uniteoperationnelle__in=cachees)))


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
    objects = LieuQuerySet.as_manager()

    class Meta:
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom
