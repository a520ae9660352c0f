"""The yearly review: the reminders mailed, each once, what a person put off, and how she wants to be told (B28)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.models import Structure


class Palier(models.IntegerChoices):
    """Which reminder; the number is days from the due date (`referentiel.relecture.PALIERS`)."""

    AVANT_60 = -60, "60 jours avant l’échéance"
    AVANT_30 = -30, "30 jours avant l’échéance"
    ECHEANCE = 0, "à l’échéance"
    APRES_30 = 30, "30 jours après l’échéance"
    REPORT = 999, "rappel demandé"


class Qualite(models.TextChoices):
    """Why a person is told of an offer."""

    REFERENT = "referent", "Référent"
    DIRECTION = "direction", "Direction, sans référent actif"
    ESCALADE = "escalade", "Direction, après 30 jours de retard"
    GESTIONNAIRE = "gestionnaire", "Gestionnaire, sans référent actif"


class CourrielRelecture(models.Model):
    """One digest to one person, one a day at most. The outbox: written with the reminders it tells, mailed after."""

    destinataire = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="courriels_relecture")
    jour = models.DateField()
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    clos_le = models.DateTimeField("clos le", null=True, blank=True, help_text="Envoyé, ou sans objet")
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = "courriel de relecture"
        verbose_name_plural = "courriels de relecture"
        constraints = [models.UniqueConstraint(fields=["destinataire", "jour"], name="un_courriel_relecture_par_jour")]
        indexes = [models.Index(fields=["jour"], condition=Q(clos_le=None), name="courriel_relecture_a_envoyer")]

    def __str__(self) -> str:
        return f"{self.destinataire}, {self.jour}"


class RappelRelecture(models.Model):
    """This person was told that this offer is due on this day, at this palier: the same is never told twice.

    `version` and `relue_le` are what the offer was when the mail left: its signed link confirms that state only.
    """

    courriel = models.ForeignKey(CourrielRelecture, models.CASCADE, related_name="rappels")
    destinataire = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    offre = models.ForeignKey(Structure, models.CASCADE, related_name="rappels_relecture")
    echeance = models.DateField("échéance")
    palier = models.SmallIntegerField(choices=Palier)
    du = models.DateField(help_text="Premier jour du palier, ou jour du rappel demandé")
    qualite = models.CharField("qualité", max_length=12, choices=Qualite)
    version = models.PositiveIntegerField(null=True, blank=True)
    relue_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "rappel de relecture"
        verbose_name_plural = "rappels de relecture"
        constraints = [
            models.UniqueConstraint(
                fields=["offre", "echeance", "palier", "du", "destinataire"], name="un_rappel_relecture_par_palier"
            )
        ]

    def __str__(self) -> str:
        return f"{self.offre} : {self.get_palier_display()}"


class ReportRelecture(models.Model):
    """« Rappeler plus tard »: until `au` this person is not reminded of this offer; its due date does not move."""

    offre = models.ForeignKey(Structure, models.CASCADE, related_name="reports_relecture")
    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    echeance = models.DateField("échéance")
    au = models.DateField("rappel le")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "relecture remise à plus tard"
        verbose_name_plural = "relectures remises à plus tard"
        constraints = [models.UniqueConstraint(fields=["offre", "utilisateur"], name="un_report_par_offre_et_personne")]

    def __str__(self) -> str:
        return f"{self.offre} : {self.au}"


class PreferenceRelecture(models.Model):
    """How a person wants her reminders; without a row, a mail on each day that brings some."""

    utilisateur = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preference_relecture"
    )
    hebdomadaire = models.BooleanField("un courriel par semaine au plus", default=False)

    class Meta:
        verbose_name = "préférence de relecture"

    def __str__(self) -> str:
        return str(self.utilisateur)


class PreparationRappels(models.Model):
    """The reminders of this day are all written: the runs of the later hours only send what is left."""

    jour = models.DateField(primary_key=True)
    fini_le = models.DateTimeField("finie le", auto_now_add=True)

    class Meta:
        verbose_name = "préparation des rappels"
        verbose_name_plural = "préparations des rappels"

    def __str__(self) -> str:
        return str(self.jour)
