"""When the offers of an establishment were last re-read: what the yearly duty is counted from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .structure import Structure


class RelecturesEtablissement(models.Model):
    """The days, in order, on which each offer of an EG that is not closed for good was last re-read.

    Derived by `referentiel.echeancier.rafraichir`. A day is compared to them by halves, so that an establishment of a
    thousand offers is counted as fast as one of three, for any day. An offer never re-read has `-infinity`.
    """

    etablissement = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="relectures")
    jours = ArrayField(models.DateField(), default=list)

    class Meta:
        verbose_name = "relectures d’un établissement"
        verbose_name_plural = "relectures des établissements"

    def __str__(self) -> str:
        return str(self.etablissement)
