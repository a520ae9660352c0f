"""A search that a person keeps under a name (B23)."""

from django.conf import settings
from django.db import models

NOM_MAX = 120
REQUETE_MAX = 4_000


class RechercheEnregistree(models.Model):
    """Criteria kept as the address of the search, which is their whole state."""

    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recherches")
    nom = models.CharField(max_length=NOM_MAX)
    requete = models.CharField("critères, comme dans l’adresse", max_length=REQUETE_MAX)
    creee_le = models.DateTimeField("enregistrée le", auto_now_add=True)

    class Meta:
        verbose_name = "recherche enregistrée"
        verbose_name_plural = "recherches enregistrées"
        ordering = ["nom", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["auteur", "nom"], name="un_nom_par_recherche"),
            models.CheckConstraint(condition=~models.Q(nom=""), name="recherche_nommee"),
        ]

    def __str__(self) -> str:
        return self.nom
