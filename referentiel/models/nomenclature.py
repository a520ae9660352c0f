"""Official code lists (NOS of the ANS, FINESS tables), with versions. A code in use is never deleted."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models


class Nomenclature(models.Model):
    """One list (JDV_J…, TRE_R…, or a FINESS table) in its loaded version."""

    identifiant = models.CharField(max_length=40, unique=True, help_text="JDV_J20, TRE_R244, FINESS_CATEGORIE…")
    nom = models.CharField(max_length=120)
    oid = models.CharField("OID", max_length=60, blank=True)
    version = models.CharField(max_length=20, blank=True)
    attribut = models.TextField("attribut lié", blank=True)
    officielle = models.BooleanField(default=True)
    empreinte = models.CharField("SHA-256 du fichier livré chargé en dernier", max_length=64, blank=True)
    chargee_le = models.DateTimeField("chargée le", auto_now=True)

    class Meta:
        verbose_name = "nomenclature"
        ordering = ["identifiant"]

    def __str__(self) -> str:
        return f"{self.identifiant} {self.nom}"


class CodeQuerySet(models.QuerySet):
    def de(self, identifiant: str) -> "CodeQuerySet":
        """The codes of one list, in the order of their labels."""
        return self.filter(nomenclature__identifiant=identifiant).order_by("libelle")

    def proposes(self) -> "CodeQuerySet":
        """Those a person may still choose."""
        return self.filter(actif=True)


class Code(models.Model):
    """One coded value. Withdrawn codes stay, inactive, as long as a fiche may carry them."""

    nomenclature = models.ForeignKey(Nomenclature, models.PROTECT, related_name="codes")
    code = models.CharField(max_length=20)
    libelle = models.CharField("libellé", max_length=400)
    libelle_recherche = models.CharField(max_length=400, blank=True)
    systeme = models.CharField("système", max_length=80, blank=True)
    systeme_url = models.CharField("adresse du système", max_length=200, blank=True)
    definition = models.TextField("définition", blank=True)
    actif = models.BooleanField(default=True)
    date_debut = models.DateField(null=True, blank=True)
    date_fin = models.DateField(null=True, blank=True)
    proprietes = models.JSONField("propriétés", default=dict, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = "code"
        constraints = [
            models.UniqueConstraint(fields=["nomenclature", "code", "systeme"], name="code_unique_par_systeme")
        ]
        indexes = [
            models.Index(fields=["nomenclature", "libelle"], name="code_par_libelle"),
            GinIndex(SearchVector("libelle_recherche", config="simple"), name="code_par_mots"),
        ]

    def __str__(self) -> str:
        return self.libelle


class Discipline(models.TextChoices):
    """The « grands groupes de disciplines » that name dossiers (S69), not the seven groups of the Répertoire."""

    MCO = "MCO", "Médecine, chirurgie, obstétrique"
    SSR = "SSR", "Soins de suite et de réadaptation"
    PSY = "PSY", "Psychiatrie"
    MSPA = "MSPA", "Médico-social, personnes âgées"
    MSPH = "MSPH", "Médico-social, personnes handicapées"


class CorrespondanceCategorie(models.Model):
    """Category of establishment → group of the Répertoire, champ, discipline. Inferred: editable seed data."""

    categorie = models.CharField("catégorie", max_length=4, unique=True)
    groupe = models.CharField(max_length=3, blank=True)
    champ = models.CharField("champ d’activité (J20)", max_length=2, blank=True)
    discipline = models.CharField("grand groupe de disciplines", max_length=4, choices=Discipline, blank=True)
    origine = models.CharField(max_length=20, help_text="CNSA, BI ANS, proposition…")

    class Meta:
        verbose_name = "correspondance de catégorie"
        verbose_name_plural = "correspondances de catégories"

    def __str__(self) -> str:
        return f"{self.categorie} → {self.groupe or 'aucun groupe'}"
