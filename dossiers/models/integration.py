"""What the integration of a dossier wrote, and what it takes to undo it (B5)."""

from django.conf import settings
from django.db import models

from .dossier import Dossier


class Integration(models.Model):
    """Written in the transaction that publishes the dossier.

    `bilan` is the report as it was approved (sentences, trees before and after); `inverse` is what undoing needs:
    fiches created, places left, fiches deleted (keys of `FicheSupprimee`), types replaced, entries of the journal.
    """

    dossier = models.OneToOneField(Dossier, models.CASCADE, related_name="integration")
    le = models.DateTimeField()
    bilan = models.JSONField(default=dict)
    inverse = models.JSONField(default=dict)
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)
    annulee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "intégration"

    def __str__(self) -> str:
        return f"Intégration de {self.dossier}"
