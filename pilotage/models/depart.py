"""The day the last référent of an establishment left, and who was told."""

from django.conf import settings
from django.db import models

from referentiel.models import Structure


class DepartReferent(models.Model):
    """An establishment that had an active référent and has none any more (B44)."""

    etablissement = models.ForeignKey(Structure, models.CASCADE, related_name="departs_referent")
    constate_le = models.DateTimeField("constaté le", auto_now_add=True)
    traite_le = models.DateTimeField("dit aux personnes concernées le", null=True)

    class Meta:
        verbose_name = "départ de référent"
        verbose_name_plural = "départs de référent"
        indexes = [
            models.Index(fields=["constate_le"], condition=models.Q(traite_le=None), name="depart_referent_a_dire")
        ]

    def __str__(self) -> str:
        return f"{self.etablissement} : {self.constate_le:%d/%m/%Y}"


class AvisDepart(models.Model):
    """A departure was mailed to this person: the same is never mailed twice."""

    depart = models.ForeignKey(DepartReferent, models.CASCADE, related_name="avis")
    destinataire = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    envoye_le = models.DateTimeField("envoyé le", auto_now_add=True)

    class Meta:
        verbose_name = "avis de départ"
        verbose_name_plural = "avis de départ"
        constraints = [models.UniqueConstraint(fields=["depart", "destinataire"], name="un_avis_par_depart")]

    def __str__(self) -> str:
        return f"{self.depart} : {self.destinataire}"
