"""What is computed of each fiche, so that a figure over the whole country is one reading of narrow rows.

`departement`, `groupe` and the primary key bear the names they have on `Structure`: the conditions that
`referentiel.permissions` writes about structures are true of these rows too, without a join.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from referentiel.models import Structure


class BilanEtablissement(models.Model):
    """An EG that is not closed for good, and the sums of its offers."""

    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="bilan_etablissement")
    ej = models.ForeignKey(Structure, models.CASCADE, related_name="+", verbose_name="entité juridique")
    departement = models.CharField("département", max_length=3, blank=True)
    groupe = models.CharField("champ", max_length=3, blank=True)
    nom_recherche = models.CharField(max_length=255, blank=True)
    attendu = models.BooleanField("attendu par l’indicateur de peuplement")
    offres = models.PositiveIntegerField("offres décrites")
    finalisees = models.PositiveIntegerField("offres décrites selon la règle nationale")
    relues = models.PositiveIntegerField("offres relues depuis moins d’un an")
    somme_scores = models.PositiveIntegerField("somme des complétudes de ses offres")
    score = models.PositiveSmallIntegerField("complétude")
    peuple = models.BooleanField("peuplement finalisé")
    re12 = models.BooleanField("conforme à RE1.2", null=True, help_text="vide : la règle ne le concerne pas")
    calcule_le = models.DateTimeField("calculé le")
    avait_referent = models.BooleanField(
        "avait un référent", db_default=False, help_text="La dernière fois que cela fut regardé : pour dire son départ."
    )

    class Meta:
        verbose_name = "bilan d’établissement"
        verbose_name_plural = "bilans d’établissement"
        indexes = [
            models.Index(fields=["departement", "groupe"], name="bilan_eg_territoire"),
            models.Index(fields=["nom_recherche", "structure"], name="bilan_eg_alphabetique"),
            models.Index(fields=["score", "nom_recherche", "structure"], name="bilan_eg_score"),
        ]

    def __str__(self) -> str:
        return f"{self.structure} : {self.score}"


class BilanOffre(models.Model):
    """An offer that is not closed for good; `departement` and `groupe` are those of its establishment."""

    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="bilan_offre")
    etablissement = models.ForeignKey(Structure, models.CASCADE, related_name="+", verbose_name="établissement")
    departement = models.CharField("département", max_length=3, blank=True)
    groupe = models.CharField("champ", max_length=3, blank=True)
    nom_recherche = models.CharField(max_length=255, blank=True)
    score = models.PositiveSmallIntegerField("complétude")
    manques = ArrayField(models.CharField(max_length=40), default=list, verbose_name="critères qui manquent")
    finalisee = models.BooleanField("décrite selon la règle nationale")
    relue_le = models.DateField("relue le", null=True)
    mise_a_jour = models.DateField("dernière mise à jour")
    calcule_le = models.DateTimeField("calculé le")

    class Meta:
        verbose_name = "bilan d’offre"
        verbose_name_plural = "bilans d’offre"
        indexes = [
            models.Index(fields=["departement", "groupe"], name="bilan_offre_territoire"),
            models.Index(fields=["nom_recherche", "structure"], name="bilan_offre_alphabetique"),
            models.Index(fields=["score", "structure"], name="bilan_offre_score"),
            models.Index(models.F("relue_le").asc(nulls_first=True), "structure", name="bilan_offre_relecture"),
        ]

    def __str__(self) -> str:
        return f"{self.structure} : {self.score}"


class CalculBilans(models.Model):
    """The last computation of each kind: all of it, at night, and what the edits touched since."""

    class Genre(models.TextChoices):
        COMPLET = "complet", "Calcul complet"
        SUIVI = "suivi", "Suivi des modifications"

    genre = models.CharField(max_length=8, choices=Genre.choices, primary_key=True)
    commence_le = models.DateTimeField("commencé le")
    termine_le = models.DateTimeField("terminé le", null=True)
    fiches = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "calcul des bilans"
        verbose_name_plural = "calculs des bilans"

    def __str__(self) -> str:
        return f"{self.get_genre_display()} : {self.termine_le or 'en cours'}"
