"""When each section of a fiche was last verified, apart from the others (M9)."""

from django.conf import settings
from django.db import models

from .structure import Structure


class VerificationSection(models.Model):
    """The last verification of one section: re-read, published, or marked as up to date."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="verifications")
    section = models.CharField(max_length=40)
    verifiee_le = models.DateTimeField("vérifiée le")
    verifiee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="vérifiée par"
    )

    class Meta:
        verbose_name = "vérification de section"
        verbose_name_plural = "vérifications de section"
        constraints = [models.UniqueConstraint(fields=["structure", "section"], name="une_verification_par_section")]

    def __str__(self) -> str:
        return f"{self.structure} : {self.section}"
