"""The dossier collaboratif: structural changes of one establishment, prepared apart from the published tree (S126).

Live `lft/rght` are never touched by a dossier: it is an overlay of proposed fiches on the subtree of its EG.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.models import Code, Structure
from referentiel.models.structure import Groupe
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, filtre


class DossierQuerySet(models.QuerySet):
    def ouverts(self) -> "DossierQuerySet":
        return self.filter(etat__in=Dossier.OUVERTS)

    def visibles_par(self, utilisateur) -> "DossierQuerySet":
        """Those of the establishments the person edits or approves; to others a dossier does not exist (S126)."""
        condition = filtre(utilisateur, Action.MODIFIER) | filtre(utilisateur, Action.APPROUVER_DOSSIER)
        return self.filter(etablissement__in=Structure.objects.filter(condition, niveau=Niveau.EG))


class Dossier(models.Model):
    """One dossier on one EG; at most one is open (S139)."""

    class Etat(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        ABANDONNE = "abandonne", "Abandonné"

    OUVERTS = (Etat.BROUILLON,)

    etablissement = models.ForeignKey(Structure, models.PROTECT, related_name="dossiers")
    nom = models.CharField(max_length=255)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.BROUILLON)
    cree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier collaboratif"
        verbose_name_plural = "dossiers collaboratifs"
        ordering = ["-modifie_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["etablissement"],
                condition=Q(etat="brouillon"),
                name="un_dossier_ouvert_par_etablissement",
                violation_error_message="Un dossier collaboratif est déjà ouvert sur cet établissement.",
            )
        ]

    def __str__(self) -> str:
        return self.nom


class FicheDossier(models.Model):
    """A fiche proposed in a dossier: its level, its name, where it will hang, and what is typed of it (S70–S77)."""

    class Etat(models.TextChoices):
        ATTENTE = "attente", "En attente"
        FINALISEE = "finalisee", "Finalisée"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="fiches")
    niveau = models.CharField(max_length=2, choices=[(n.value, n.nom) for n in Niveau])
    nom = models.CharField(max_length=255)
    parent = models.ForeignKey(Structure, models.PROTECT, related_name="+")
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.ATTENTE)
    type_offre = models.ForeignKey(
        Code, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="type d’UO"
    )
    groupe = models.CharField("grand groupe de disciplines", max_length=3, choices=Groupe.choices, blank=True)
    valeurs = models.JSONField(default=dict, blank=True, help_text="champ → valeur, comme les lit `referentiel.fiches`")
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    creee_le = models.DateTimeField("créée le", auto_now_add=True)
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)

    class Meta:
        verbose_name = "fiche en création"
        verbose_name_plural = "fiches en création"
        ordering = ["creee_le", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(nom=""), name="fiche_en_creation_nommee")]

    def __str__(self) -> str:
        return self.nom
