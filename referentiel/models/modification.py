"""Changes waiting or published, and the journal. Their arithmetic is in `referentiel.changements` (pure)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .structure import Structure

LONGUEUR_MOTIF = 255
"""Characters of the reason of a change."""


class Modification(models.Model):
    """Changes of one fiche that will be published together (S103): pending, scheduled at a date, or published."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "attente", "Modifiée, non diffusée"
        PROGRAMMEE = "programmee", "Programmée"
        A_ARBITRER = "arbitrage", "À arbitrer"
        PUBLIEE = "publiee", "Publiée"
        ANNULEE = "annulee", "Annulée"

    EN_COURS = (Etat.EN_ATTENTE, Etat.PROGRAMMEE, Etat.A_ARBITRER)
    """Accepted and not published yet."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="modifications")
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.EN_ATTENTE)
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    creee_le = models.DateTimeField("créée le", auto_now_add=True)
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)
    date_effet = models.DateField("date d’effet", null=True, blank=True)
    validee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    validee_le = models.DateTimeField("validée le", null=True, blank=True)
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True)
    annulee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)
    conflits = models.JSONField(default=list, blank=True)
    motif = models.CharField(max_length=LONGUEUR_MOTIF, blank=True)
    retour_de = models.ForeignKey(
        "referentiel.EntreeJournal",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="retours_prevus",
        help_text="L’entrée du journal que cette modification annule",
    )

    class Meta:
        verbose_name = "modification"
        constraints = [
            models.UniqueConstraint(
                fields=["structure"], condition=Q(etat="attente"), name="une_modification_en_attente_par_fiche"
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["attente", "annulee"])
                | Q(date_effet__isnull=False, validee_par__isnull=False, validee_le__isnull=False),
                name="modification_validee_datee",
                violation_error_message="Une modification validée porte sa date d’effet et son auteur.",
            ),
            models.CheckConstraint(
                condition=Q(etat="publiee", publiee_le__isnull=False) | (~Q(etat="publiee") & Q(publiee_le=None)),
                name="modification_publiee_datee",
            ),
        ]
        indexes = [
            models.Index(fields=["date_effet"], condition=Q(etat="programmee"), name="modification_echeance"),
            models.Index(fields=["structure", "etat"], name="modification_par_fiche"),
        ]

    def __str__(self) -> str:
        return f"{self.structure} : {self.get_etat_display()}"


class ChangementPropose(models.Model):
    """One field of a modification, with the value it had when its author first touched it."""

    modification = models.ForeignKey(Modification, models.CASCADE, related_name="changements")
    champ = models.CharField(max_length=40)
    base = models.JSONField(null=True)
    propose = models.JSONField(null=True)
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "changement proposé"
        verbose_name_plural = "changements proposés"
        constraints = [models.UniqueConstraint(fields=["modification", "champ"], name="un_changement_par_champ")]

    def __str__(self) -> str:
        return self.champ


class EntreeJournal(models.Model):
    """What was done to a fiche, by whom, when, in sentences; `changements` hold base and value, so it can be undone."""

    class Origine(models.TextChoices):
        SAISIE = "saisie", "Saisie"
        FINESS = "finess", "FINESS"
        SUPPORT = "support", "Support"
        ARBRE = "arbre", "Organisation"
        DOSSIER = "dossier", "Dossier collaboratif"
        AUTO = "auto", "À sa date"

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="journal")
    version = models.PositiveIntegerField()
    le = models.DateTimeField(db_index=True)
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    origine = models.CharField(max_length=8, choices=Origine.choices)
    motif = models.CharField(max_length=LONGUEUR_MOTIF, blank=True)
    phrases = models.JSONField(default=list)
    changements = models.JSONField(default=list)
    modification = models.ForeignKey(Modification, models.PROTECT, null=True, blank=True, related_name="entrees")
    retour_de = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="retours",
        help_text="L’entrée du journal que celle-ci annule",
    )

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "entrées du journal"
        ordering = ["-le", "-pk"]
        indexes = [models.Index(fields=["structure", "-le"], name="journal_par_fiche")]

    def __str__(self) -> str:
        return f"{self.structure} v{self.version}"
