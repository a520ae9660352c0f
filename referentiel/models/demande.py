"""What people ask the support to correct on a fiche, and what it corrected: the values that FINESS owns."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.champs import Champ, champs_de

from .structure import Structure


class DemandeCorrectionQuerySet(models.QuerySet):
    def a_traiter(self) -> "DemandeCorrectionQuerySet":
        """Those nobody has answered yet, the oldest first."""
        return self.filter(etat=DemandeCorrection.Etat.NOUVELLE).order_by("creee_le", "pk")


class DemandeCorrection(models.Model):
    """A request to the support about one field of a fiche (S91–S94)."""

    class Etat(models.TextChoices):
        NOUVELLE = "nouvelle", "À traiter"
        TRAITEE = "traitee", "Traitée"
        SANS_SUITE = "sanssuite", "Sans suite"

    ADRESSE = "adresse"
    """`champ` of a request about the address taken as a whole."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="demandes")
    champ = models.CharField(max_length=40)
    valeur_actuelle = models.TextField("valeur actuelle", blank=True)
    valeur_proposee = models.TextField("valeur proposée", blank=True)
    changements = models.JSONField(
        "changements proposés", default=list, blank=True, help_text="Ceux du moteur : champ, base, proposé"
    )
    message = models.TextField(blank=True)
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    creee_le = models.DateTimeField("créée le", auto_now_add=True)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.NOUVELLE)
    reponse = models.TextField("réponse", blank=True)
    traitee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    traitee_le = models.DateTimeField("traitée le", null=True, blank=True)

    objects = DemandeCorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de correction"
        verbose_name_plural = "demandes de correction"
        constraints = [
            models.CheckConstraint(
                condition=Q(etat="nouvelle", traitee_le=None, traitee_par=None)
                | (~Q(etat="nouvelle") & Q(traitee_le__isnull=False, traitee_par__isnull=False)),
                name="demande_correction_traitee_datee",
                violation_error_message="Une demande traitée porte la date et l’auteur de la réponse.",
            ),
        ]
        indexes = [models.Index(fields=["etat", "creee_le"], name="demande_par_etat")]

    def __str__(self) -> str:
        return f"{self.structure} : {self.champ}"

    @property
    def numero(self) -> str:
        """How it is called in the journal and in the mails."""
        return f"Demande de correction n°\u00a0{self.pk}"

    @property
    def champs(self) -> dict[str, Champ]:
        """The fields of the fiche it is about: one, or the parts of the address."""
        tous = champs_de(self.structure.type_niveau)
        adresse = self.champ == self.ADRESSE
        return {
            n: c for n, c in tous.items() if c.finess and (c.section == self.ADRESSE if adresse else n == self.champ)
        }

    @property
    def libelle(self) -> str:
        """How the field is called on the fiche."""
        if self.champ == self.ADRESSE:
            return "Adresse"
        return champs_de(self.structure.type_niveau)[self.champ].libelle


class CorrectionFiness(models.Model):
    """A value of FINESS that the support corrected: the next synchronisation does not overwrite it in silence.

    As long as FINESS repeats `valeur_finess`, the difference is an écart that a person decides. The row goes when
    FINESS gives the corrected value itself, or when a later value of FINESS is written.
    """

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="corrections_finess")
    champ = models.CharField(max_length=40)
    valeur_finess = models.JSONField("valeur de FINESS", null=True)
    valeur = models.JSONField("valeur corrigée", null=True)
    demande = models.ForeignKey(DemandeCorrection, models.PROTECT, null=True, blank=True, related_name="corrections")
    corrigee_le = models.DateTimeField("corrigée le", auto_now=True)

    class Meta:
        verbose_name = "correction d’une donnée FINESS"
        verbose_name_plural = "corrections de données FINESS"
        constraints = [models.UniqueConstraint(fields=["structure", "champ"], name="une_correction_par_champ")]

    def __str__(self) -> str:
        return f"{self.structure} : {self.champ}"
