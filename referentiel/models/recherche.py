"""What « Recherche » reads: one lean row per fiche, kept by `referentiel.recherche.index`, and the words it knows."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from .structure import Structure

ATTENTE_KO = 512
"""Kilobytes of words that may wait to enter an index: each search reads them all, one by one (4 096 if not said)."""


class PlagesField(models.Field):
    """Moments by the clock on the wall, as one `tsmultirange`; only SQL reads it."""

    def db_type(self, connection) -> str:
        return "tsmultirange"


class FicheRecherche(models.Model):
    """What is searched of a fiche. Everything here is derived: `recherche.index.reindexer_tout` makes it again.

    `propre` is what the fiche says of itself, `lignee` what those above it say: together they are its words. What an
    offer does not say (group, category, place) is that of its establishment.
    """

    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="recherche")
    niveau = models.CharField(max_length=2)
    rang = models.PositiveSmallIntegerField()
    nom = models.CharField(max_length=255)
    propre = models.TextField(blank=True)
    lignee = models.TextField(blank=True)
    mots = SearchVectorField()
    professionnels = SearchVectorField(null=True)
    etat = models.CharField(max_length=3)
    departement = models.CharField(max_length=3, blank=True)
    groupe = models.CharField(max_length=3, blank=True)
    categorie = models.CharField(max_length=4, blank=True)
    type_offre = models.CharField(max_length=20, blank=True)
    mode = models.CharField(max_length=20, blank=True)
    publics = ArrayField(models.CharField(max_length=20), default=list)
    commune = models.CharField(max_length=5, blank=True)
    localite = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    relue_le = models.DateTimeField(null=True)
    sensible = models.BooleanField(default=False)
    ouvertures = PlagesField(null=True)

    class Meta:
        verbose_name = "fiche telle qu’on la cherche"
        verbose_name_plural = "fiches telles qu’on les cherche"
        indexes = [
            GinIndex(fields=["mots"], name="recherche_mots", gin_pending_list_limit=ATTENTE_KO),
            GinIndex(
                fields=["professionnels"],
                name="recherche_professionnels",
                gin_pending_list_limit=ATTENTE_KO,
                condition=models.Q(professionnels__isnull=False),
            ),
            models.Index(
                fields=["latitude", "longitude"],
                name="recherche_position",
                condition=models.Q(latitude__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class MotRecherche(models.Model):
    """A word of the index, and in how many fiches it was at the last count: what a mistyped word is corrected to."""

    mot = models.CharField(max_length=60, primary_key=True)
    frequence = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "mot connu de la recherche"
        verbose_name_plural = "mots connus de la recherche"

    def __str__(self) -> str:
        return self.mot


class EtatMots(models.Model):
    """Which list of words is in force: a process that holds another one reads it again. One row."""

    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "état des mots connus"
        verbose_name_plural = "états des mots connus"

    def __str__(self) -> str:
        return str(self.version)


class SynonymeRecherche(models.Model):
    """Forms that mean the same, added here to those shipped (`donnees/synonymes.csv`), or one of those taken away.

    `formes` are separated by « | »: « EHPAD | établissement d’hébergement pour personnes âgées dépendantes ».
    """

    formes = models.CharField(max_length=500, unique=True)
    actif = models.BooleanField(default=True, help_text="décoché, ces formes livrées ne sont plus synonymes")
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    le = models.DateTimeField("ajouté ou retiré le", auto_now=True)

    class Meta:
        verbose_name = "synonyme"

    def __str__(self) -> str:
        return self.formes
