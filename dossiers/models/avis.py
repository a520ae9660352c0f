"""Telling persons: what they are told in the portal, by mail at once or in a daily digest (B13)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .dossier import Dossier


class Sujet(models.TextChoices):
    """What a person may be told about dossiers."""

    A_VALIDER = "a_valider", "Un dossier attend ma validation"
    AVANCEE = "avancee", "Un dossier auquel je participe avance"
    CORRECTION = "correction", "Une correction m’est demandée"
    DECISION = "decision", "Un dossier est approuvé, publié ou refusé"
    COMMENTAIRE = "commentaire", "Un commentaire m’est adressé"
    CONFLIT = "conflit", "Le Répertoire a changé sur une fiche du dossier"


class Rythme(models.TextChoices):
    IMMEDIAT = "immediat", "Tout de suite"
    QUOTIDIEN = "quotidien", "Une fois par jour"
    JAMAIS = "jamais", "Jamais par courriel"


class PreferenceAvis(models.Model):
    """How one person wants mails about one subject; without a row, in the daily digest."""

    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences_avis")
    sujet = models.CharField(max_length=12, choices=Sujet.choices)
    rythme = models.CharField(max_length=9, choices=Rythme.choices, default=Rythme.QUOTIDIEN)

    class Meta:
        verbose_name = "préférence d’avis"
        verbose_name_plural = "préférences d’avis"
        constraints = [models.UniqueConstraint(fields=["utilisateur", "sujet"], name="une_preference_par_sujet")]

    def __str__(self) -> str:
        return f"{self.utilisateur} : {self.sujet}"


class AvisQuerySet(models.QuerySet):
    def visibles_par(self, utilisateur) -> "AvisQuerySet":
        """Those of a person, about dossiers that she still sees (S126)."""
        return self.filter(destinataire=utilisateur, dossier__in=Dossier.objects.visibles_par(utilisateur))

    def non_lus(self) -> "AvisQuerySet":
        return self.filter(lu_le=None)


class Avis(models.Model):
    """One thing told to one person. It is also the outbox: written with what it tells, mailed after the commit."""

    destinataire = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="avis")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="avis")
    sujet = models.CharField(max_length=12, choices=Sujet.choices)
    phrase = models.CharField(max_length=500)
    message = models.TextField(blank=True)
    adresse = models.CharField(max_length=255, help_text="Chemin de l’écran concerné")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    lu_le = models.DateTimeField("lu le", null=True, blank=True)
    rythme = models.CharField(max_length=9, choices=Rythme.choices, default=Rythme.QUOTIDIEN)
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.CharField(max_length=255, blank=True)

    objects = AvisQuerySet.as_manager()

    class Meta:
        verbose_name = "avis"
        verbose_name_plural = "avis"
        ordering = ["-cree_le", "-pk"]
        indexes = [
            models.Index(fields=["destinataire"], condition=Q(lu_le=None), name="avis_non_lus"),
            models.Index(
                fields=["rythme", "cree_le"],
                condition=Q(envoye_le=None) & ~Q(rythme="jamais"),
                name="avis_a_envoyer",
            ),
        ]

    def __str__(self) -> str:
        return self.phrase
