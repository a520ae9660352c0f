"""The unité opérationnelle (= offre, = unité élémentaire d’accueil) and its coded values."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .nomenclature import Code
from .structure import Structure


class UniteOperationnelle(models.Model):
    """The single values of an offer (MODELE_ROR §2.1); several-valued ones are `CodePorte` rows."""

    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="unite")
    type_offre = models.ForeignKey(Code, models.PROTECT, null=True, related_name="+", verbose_name="type d’UO")
    champ_activite = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    mode_prise_en_charge = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    temporalite_accueil = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    ouverture_annuelle = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    famille_activite = models.ForeignKey(Code, models.PROTECT, null=True, blank=True, related_name="+")
    age_min = models.PositiveSmallIntegerField("âge minimum", null=True, blank=True)
    age_min_unite = models.CharField("unité de l’âge minimum (UCUM)", max_length=3, default="a")
    age_max = models.PositiveSmallIntegerField("âge maximum", null=True, blank=True)
    age_max_unite = models.CharField("unité de l’âge maximum (UCUM)", max_length=3, default="a")
    unite_sensible = models.BooleanField("unité sensible", default=False)
    soins_sans_consentement = models.BooleanField(
        "habilitation aux soins sans consentement", null=True, blank=True, default=None
    )
    secteurs_psychiatriques = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    conditions_admission = models.TextField("conditions d’admission", blank=True)
    conditions_accueil = models.TextField("conditions d’accueil", blank=True)
    informations_complementaires = models.TextField("informations complémentaires", blank=True)
    type_fermeture = models.CharField("type de fermeture (J185)", max_length=3, blank=True)
    date_fermeture = models.DateField("date de fermeture", null=True, blank=True)
    date_reouverture_prevue = models.DateField("réouverture prévisionnelle", null=True, blank=True)
    relue_le = models.DateTimeField("relue et validée le", null=True, blank=True)
    relue_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="relue par"
    )
    lieux = models.ManyToManyField("referentiel.Lieu", blank=True, related_name="unites")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "unité opérationnelle"
        verbose_name_plural = "unités opérationnelles"
        constraints = [
            models.CheckConstraint(
                condition=Q(date_reouverture_prevue=None)
                | Q(date_fermeture=None)
                | Q(date_reouverture_prevue__gt=F("date_fermeture")),
                name="unite_reouverture_apres_fermeture",
                violation_error_message="La date de réouverture doit suivre la date de fermeture.",
            ),
            models.CheckConstraint(
                condition=~Q(age_min_unite=F("age_max_unite")) | Q(age_max=None) | Q(age_min__lte=F("age_max")),
                name="unite_age_min_avant_age_max",
                violation_error_message="L’âge minimum dépasse l’âge maximum.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.structure)


class CodePorte(models.Model):
    """One coded value of a several-valued attribute of a fiche (activités, actes, modalités, publics…)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="codes_portes")
    attribut = models.CharField(max_length=40)
    code = models.ForeignKey(Code, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "code porté"
        verbose_name_plural = "codes portés"
        constraints = [models.UniqueConstraint(fields=["structure", "attribut", "code"], name="code_porte_une_fois")]
        indexes = [models.Index(fields=["code", "attribut"], name="code_porte_par_code")]

    def __str__(self) -> str:
        return f"{self.attribut} : {self.code}"
