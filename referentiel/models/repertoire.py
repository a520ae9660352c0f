"""What « Afficher par : » of the Répertoire needs (S52): favourites, groupings of codes, establishments classed."""

from django.conf import settings
from django.db import models

from .nomenclature import Code
from .structure import Structure


class Favori(models.Model):
    """A fiche that a person keeps at hand (S57, S58): hers alone, and gone with the fiche."""

    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favoris")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="+")
    ajoute_le = models.DateTimeField("ajouté le", auto_now_add=True)

    class Meta:
        verbose_name = "favori"
        constraints = [models.UniqueConstraint(fields=["utilisateur", "structure"], name="un_favori_par_fiche")]

    def __str__(self) -> str:
        return str(self.structure)


class Axe(models.TextChoices):
    """The two ways to group offers that no official list gives."""

    BESOINS = "besoins", "Catégorie de Besoins"
    FILIERE = "filiere", "Filière"


class Regroupement(models.Model):
    """A value of an axis and the codes that lead to it. Inferred: seed data, replaced by `importer_regroupements`.

    An offer belongs to it by its type or by any code it carries, an establishment by its category or by an offer.
    """

    axe = models.CharField(max_length=8, choices=Axe)
    nom = models.CharField(max_length=120)
    rang = models.PositiveSmallIntegerField(default=0)
    origine = models.CharField(max_length=40, blank=True, help_text="proposition, région…")
    codes = models.ManyToManyField(Code, blank=True, related_name="+")

    class Meta:
        verbose_name = "regroupement"
        ordering = ["axe", "rang", "nom"]
        constraints = [models.UniqueConstraint(fields=["axe", "nom"], name="un_regroupement_par_nom")]

    def __str__(self) -> str:
        return self.nom


class Classement(models.Model):
    """An establishment is in a grouping. Computed from the codes by `regroupements.classer`, never written by hand.

    `axe` is that of the grouping, here so that what has no value on an axis is found by one index.
    """

    axe = models.CharField(max_length=8, choices=Axe)
    regroupement = models.ForeignKey(Regroupement, models.CASCADE, related_name="+", db_index=False)
    etablissement = models.ForeignKey(Structure, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        verbose_name = "classement"
        constraints = [models.UniqueConstraint(fields=["regroupement", "etablissement"], name="un_classement_par_eg")]
        indexes = [models.Index(fields=["etablissement", "axe"], name="classement_par_axe")]

    def __str__(self) -> str:
        return f"{self.etablissement} : {self.regroupement}"
