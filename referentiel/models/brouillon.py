"""What a person has typed in a form and not saved, and whether she wants it kept (B16). Never published."""

from django.conf import settings
from django.db import models


class Brouillon(models.Model):
    """The raw fields of one form, typed by one person: hers alone, and no change of anything until she saves them.

    Attributes:
        objet: what the form is about (`referentiel.objets`), for instance « fiche:12/contacts ».
        donnees: name of a field → values, as typed, readable or not.
        vues: the signed values the form showed, so that a late save is merged.
        version: counts the keepings; two pages that type in the same form do not overwrite each other unseen.
        precedent: another typing of the same form (`donnees`, `vues`, `modifie_le`) that is not settled yet, or that
            she gave up (`ecarte`): restored at her demand, never offered.
        ecarte_le: when she gave it up; it may be restored for a while.
    """

    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="brouillons")
    objet = models.CharField(max_length=80)
    donnees = models.JSONField("champs tels que saisis")
    vues = models.TextField("valeurs montrées, signées", blank=True)
    version = models.PositiveIntegerField(default=1)
    precedent = models.JSONField("autre saisie du même formulaire", null=True, blank=True)
    modifie_le = models.DateTimeField("modifié le", auto_now=True, db_index=True)
    ecarte_le = models.DateTimeField("écarté le", null=True, blank=True)

    class Meta:
        verbose_name = "brouillon"
        ordering = ["-modifie_le"]
        constraints = [models.UniqueConstraint(fields=["utilisateur", "objet"], name="un_brouillon_par_formulaire")]

    def __str__(self) -> str:
        return self.objet

    @property
    def cle(self) -> str:
        """Which keeping this is; a form knows the one it continues."""
        return f"{self.pk}.{self.version}"


class Preference(models.Model):
    """How a person wants the portal to behave; without a row, as the defaults say."""

    utilisateur = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preference"
    )
    brouillons = models.BooleanField("garder ce que je saisis au fur et à mesure", default=True)

    class Meta:
        verbose_name = "préférence"

    def __str__(self) -> str:
        return str(self.utilisateur)
