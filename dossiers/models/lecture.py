"""What a reviewer has ticked « Lu »: hers only, and only as long as the change stays what she read."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .dossier import Dossier


class Lecture(models.Model):
    """The changes of a dossier that one person has marked as read, by digest of what they said."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="lectures")
    lecteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    lus = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)

    class Meta:
        verbose_name = "lecture de dossier"
        verbose_name_plural = "lectures de dossier"
        constraints = [models.UniqueConstraint(fields=["dossier", "lecteur"], name="une_lecture_par_personne")]

    def __str__(self) -> str:
        return f"{self.lecteur} : {self.dossier}"
