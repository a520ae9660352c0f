"""Opening hours as rows. Their meaning, sentences and checks are in `referentiel.horaires` (pure)."""

from django.db import models

from .structure import Structure


class LigneHoraire(models.Model):
    """One keyed element of the hours of an offer: a period, a day of a period, or an exception.

    `cle` and `valeur` are those of `horaires.en_table`: two persons who edit two days touch two rows.
    """

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="lignes_horaires")
    cle = models.CharField(max_length=40)
    valeur = models.JSONField()

    class Meta:
        verbose_name = "ligne d’horaires"
        verbose_name_plural = "lignes d’horaires"
        constraints = [models.UniqueConstraint(fields=["structure", "cle"], name="ligne_horaire_une_fois")]

    def __str__(self) -> str:
        return self.cle
