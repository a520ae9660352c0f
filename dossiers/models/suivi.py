"""What is said and decided about a dossier: its timeline, corrections asked, comments (B8, B9, B11)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .dossier import Dossier
from .fiche import FicheDossier


class Evenement(models.Model):
    """One line of the timeline of a dossier: who did what, when (S170, B9). Never rewritten."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="evenements")
    geste = models.CharField(max_length=40)
    le = models.DateTimeField(auto_now_add=True)
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Vide : le portail"
    )
    de = models.CharField("état de départ", max_length=12, blank=True)
    vers = models.CharField("état d’arrivée", max_length=12, blank=True)
    phrase = models.CharField(max_length=500)
    message = models.TextField(blank=True)

    class Meta:
        verbose_name = "événement de dossier"
        verbose_name_plural = "événements de dossier"
        ordering = ["-le", "-pk"]
        indexes = [models.Index(fields=["dossier", "-le"], name="evenement_par_dossier")]

    def __str__(self) -> str:
        return self.phrase


class Correction(models.Model):
    """« Demande de correction »: what a validator wants changed, on one fiche or on the whole dossier (B8)."""

    class Nature(models.TextChoices):
        INCORRECT = "incorrect", "Incorrect"
        INCOMPLET = "incomplet", "Incomplet"
        MISE_A_JOUR = "maj", "À mettre à jour"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="corrections")
    fiche = models.ForeignKey(FicheDossier, models.SET_NULL, null=True, blank=True, related_name="corrections")
    sujet = models.CharField(max_length=255, help_text="Nom de la fiche, ou « Tout le dossier »")
    nature = models.CharField(max_length=9, choices=Nature.choices, default=Nature.INCORRECT)
    message = models.CharField(max_length=2000)
    etape = models.CharField(max_length=12, help_text="Étape de validation qui la demande")
    demandee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    demandee_le = models.DateTimeField(auto_now_add=True)
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)
    faite_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    faite_le = models.DateTimeField("faite le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de correction de dossier"
        verbose_name_plural = "demandes de correction de dossier"
        ordering = ["demandee_le", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(message=""),
                name="correction_motivee",
                violation_error_message="Dites ce qui est à corriger.",
            ),
            models.CheckConstraint(
                condition=Q(faite_le=None, faite_par=None) | Q(faite_le__isnull=False, faite_par__isnull=False),
                name="correction_faite_par",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sujet} : {self.message}"

    @property
    def ouverte(self) -> bool:
        return self.faite_le is None and self.annulee_le is None


class Commentaire(models.Model):
    """A remark on a dossier, one of its fiches, or one field of it; settled once it is answered (B11)."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="commentaires")
    fiche = models.ForeignKey(FicheDossier, models.SET_NULL, null=True, blank=True, related_name="commentaires")
    champ = models.CharField(max_length=40, blank=True)
    sujet = models.CharField(max_length=255, blank=True, help_text="Fiche et champ, tels qu’on les lisait")
    reponse_a = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="reponses")
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    le = models.DateTimeField(auto_now_add=True)
    texte = models.CharField(max_length=2000)
    mentionnes = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    regle_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    regle_le = models.DateTimeField("réglé le", null=True, blank=True)

    class Meta:
        verbose_name = "commentaire"
        ordering = ["le", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(texte=""), name="commentaire_non_vide")]

    def __str__(self) -> str:
        return self.texte[:80]
