"""What is kept of a fiche taken out of the tree: enough to put it back, and to tell readers that it is gone (B5)."""

from django.conf import settings
from django.db import models

from referentiel.niveaux import Niveau


class FicheSupprimee(models.Model):
    """A deleted node. Its number is never given again: restored, it is the same fiche with all its history."""

    cle = models.BigIntegerField("n° de la fiche")
    niveau = models.CharField(max_length=2, choices=[(n.value, n.nom) for n in Niveau])
    nom = models.CharField(max_length=255)
    chemin = models.CharField(max_length=1600, blank=True, help_text="Ce qui était au-dessus d’elle")
    supprimee_le = models.DateTimeField("supprimée le", auto_now_add=True)
    supprimee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    motif = models.CharField(max_length=255, blank=True)
    instantane = models.JSONField("instantané", help_text="Ses lignes, dans l’ordre où les remettre")
    restauree_le = models.DateTimeField("restaurée le", null=True, blank=True)

    class Meta:
        verbose_name = "fiche supprimée"
        verbose_name_plural = "fiches supprimées"
        indexes = [models.Index(fields=["cle"], name="fiche_supprimee_par_cle")]

    def __str__(self) -> str:
        return self.nom
