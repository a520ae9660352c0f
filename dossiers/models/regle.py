"""The routes of validation, as data (B6): the three of the guides are the first rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dossiers.etats import ETAPES, Etat, Regle


class RegleValidation(models.Model):
    """Which steps a dossier goes through when it touches a fiche like this; an empty criterion admits everything."""

    nom = models.CharField(max_length=120, unique=True)
    groupes = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    disciplines = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    departements = ArrayField(models.CharField(max_length=3), default=list, blank=True, verbose_name="départements")
    categories = ArrayField(models.CharField(max_length=4), default=list, blank=True, verbose_name="catégories")
    etapes = ArrayField(models.CharField(max_length=12, choices=[(e.value, e.libelle) for e in ETAPES]))
    poids = models.PositiveSmallIntegerField(default=10, help_text="La règle la plus lourde qui s’applique décide")
    delai_jours = models.PositiveSmallIntegerField("délai habituel de réponse, en jours", default=7)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "règle de validation"
        verbose_name_plural = "règles de validation"
        ordering = ["-poids", "nom"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(etapes__len__gt=0),
                name="regle_validation_etapes",
                violation_error_message="Choisissez au moins une étape.",
            )
        ]

    def __str__(self) -> str:
        return self.nom

    def en_regle(self) -> Regle:
        """The rule as `dossiers.etats` wants it."""
        return Regle(
            frozenset(self.groupes),
            frozenset(self.disciplines),
            frozenset(self.departements),
            frozenset(self.categories),
            tuple(e for e in ETAPES if e in [Etat(x) for x in self.etapes]),
            self.poids,
        )
