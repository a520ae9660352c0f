"""The unité opérationnelle (= offre, = unité élémentaire d’accueil) and its coded values."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from referentiel.fermeture import MESSAGE_MAX, RAPPEL

from .nomenclature import Code
from .structure import Etat, Structure


class UniteOperationnelleQuerySet(models.QuerySet):
    def a_confirmer(self, jour: date) -> "UniteOperationnelleQuerySet":
        """Closed provisionally, open again soon after `jour`, and nobody has confirmed it; the nearest first (B50)."""
        return (
            self.filter(
                structure__etat=Etat.FERMEE_PROVISOIREMENT,
                date_reouverture_prevue__gt=jour,
                date_reouverture_prevue__lte=jour + RAPPEL,
            )
            .exclude(reouverture_confirmee=F("date_reouverture_prevue"))
            .order_by("date_reouverture_prevue", "structure__nom_recherche", "pk")
        )


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
    fermeture_previsionnelle = models.BooleanField("fermeture prévisionnelle", default=False)
    message_fermeture = models.CharField("message de fermeture", max_length=MESSAGE_MAX, blank=True)
    reouverture_confirmee = models.DateField(
        "réouverture confirmée pour le", null=True, blank=True, help_text="la date prévue à laquelle on a répondu oui"
    )
    relue_le = models.DateTimeField("relue et validée le", null=True, blank=True)
    relue_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="relue par"
    )
    lieux = models.ManyToManyField("referentiel.Lieu", blank=True, related_name="unites")

    history = HistoricalRecords()
    objects = UniteOperationnelleQuerySet.as_manager()

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
                condition=Q(type_fermeture="", date_fermeture=None, date_reouverture_prevue=None)
                | Q(type_fermeture="DEF", date_fermeture__isnull=False, date_reouverture_prevue=None)
                | Q(type_fermeture="PRO", date_fermeture__isnull=False),
                name="unite_fermeture_datee",
                violation_error_message="Le type et les dates de la fermeture se contredisent.",
            ),
            models.CheckConstraint(
                condition=~Q(age_min_unite=F("age_max_unite")) | Q(age_max=None) | Q(age_min__lte=F("age_max")),
                name="unite_age_min_avant_age_max",
                violation_error_message="L’âge minimum dépasse l’âge maximum.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["date_fermeture"], condition=Q(date_fermeture__isnull=False), name="unite_fermeture_echeance"
            ),
            models.Index(
                fields=["date_reouverture_prevue"],
                condition=Q(date_reouverture_prevue__isnull=False),
                name="unite_reouverture_echeance",
            ),
            models.Index(fields=["structure"], condition=Q(unite_sensible=True), name="unite_sensible"),
        ]

    def __str__(self) -> str:
        return str(self.structure)


class RappelReouverture(models.Model):
    """« L’offre a-t-elle rouvert ? » was mailed to this person about this date: the same is never mailed twice."""

    unite = models.ForeignKey(UniteOperationnelle, models.CASCADE, related_name="rappels")
    date_reouverture = models.DateField("réouverture prévue le")
    destinataire = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    envoye_le = models.DateTimeField("envoyé le", auto_now_add=True)

    class Meta:
        verbose_name = "rappel de réouverture"
        verbose_name_plural = "rappels de réouverture"
        constraints = [
            models.UniqueConstraint(
                fields=["unite", "date_reouverture", "destinataire"], name="un_rappel_par_date_et_personne"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unite} : {self.date_reouverture}"


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
