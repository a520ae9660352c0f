"""The weights of the completeness that this portal has changed; the others are those shipped."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

POIDS_MAX = 100


class PoidsCompletude(models.Model):
    """What one criterion weighs on the fiches of one level, for one type d’UO or for all."""

    niveau = models.CharField(max_length=2)
    critere = models.CharField("critère", max_length=40)
    type_offre = models.CharField("type d’UO (TRE_R244)", max_length=8, blank=True, help_text="vide : tous")
    poids = models.PositiveSmallIntegerField(validators=[MaxValueValidator(POIDS_MAX)])
    modifie_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    modifie_le = models.DateTimeField("modifié le", auto_now=True)

    class Meta:
        verbose_name = "poids de complétude"
        verbose_name_plural = "poids de complétude"
        constraints = [
            models.UniqueConstraint(fields=["niveau", "critere", "type_offre"], name="un_poids_par_critere"),
            models.CheckConstraint(
                condition=models.Q(poids__lte=POIDS_MAX),
                name="poids_borne",
                violation_error_message=f"Un poids va de 0 à {POIDS_MAX}.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.niveau} {self.critere} : {self.poids}"
