"""Modèles de saisie as rows: their context, and one row per field. `referentiel.modeles_saisie` says what they mean."""

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ..modeles_saisie import Modele, Origine, RegleChamp, Statut


def _codes(nom: str, longueur: int = 20) -> ArrayField:
    return ArrayField(models.CharField(max_length=longueur), default=list, blank=True, verbose_name=nom)


class ModeleSaisieQuerySet(models.QuerySet):
    def pour_types(self, types_offre: Iterable[str | None]) -> "ModeleSaisieQuerySet":
        """The active ones that may rule an offer of one of these types."""
        return self.filter(Q(types=[]) | Q(types__overlap=[t or "" for t in types_offre]), statut=Statut.ACTIF)


class ModeleSaisie(models.Model):
    """One model in its loaded version. A model that served is retired, never deleted."""

    identifiant = models.CharField(max_length=60, unique=True, help_text="MS-141")
    titre = models.CharField(max_length=255)
    version = models.CharField(max_length=30, blank=True)
    statut = models.CharField(
        max_length=8, choices=[("draft", "Brouillon"), ("active", "Actif"), ("retired", "Retiré")], default="draft"
    )
    origine = models.CharField(
        max_length=12, choices=[("officielle", "Officiel (ANS)"), ("proposition", "Proposition du portail")]
    )
    empreinte = models.CharField("SHA-256 du fichier chargé en dernier", max_length=64, blank=True)
    types = _codes("types d’UO (TRE_R244)")
    champs_activite = _codes("champs d’activité (JDV_J20)", 2)
    categories = _codes("catégories d’établissement", 4)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)

    objects = ModeleSaisieQuerySet.as_manager()

    class Meta:
        verbose_name = "modèle de saisie"
        verbose_name_plural = "modèles de saisie"
        ordering = ["origine", "identifiant"]

    def __str__(self) -> str:
        return f"{self.identifiant} {self.titre}"

    def decrit(self) -> Modele:
        """The model for the pure rules; its rows are read once."""
        return Modele(
            identifiant=self.identifiant,
            titre=self.titre,
            version=self.version,
            statut=Statut(self.statut),
            origine=Origine(self.origine),
            types=frozenset(self.types),
            champs_activite=frozenset(self.champs_activite),
            categories=frozenset(self.categories),
            regles=tuple(champ.regle() for champ in self.champs.all()),
        )


class ChampModele(models.Model):
    """What a model says of one field."""

    modele = models.ForeignKey(ModeleSaisie, models.CASCADE, related_name="champs")
    champ = models.CharField(max_length=40)
    ordre = models.PositiveSmallIntegerField(default=0)
    visible = models.BooleanField(default=True)
    obligatoire = models.BooleanField(default=False)
    repetable = models.BooleanField("répétable", default=True)
    lecture_seule = models.BooleanField("lecture seule", default=False)
    codes = _codes("codes proposés ; aucun = toute la liste")
    defaut = models.JSONField("valeur par défaut", null=True, blank=True)

    class Meta:
        verbose_name = "champ de modèle"
        verbose_name_plural = "champs de modèles"
        ordering = ["ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["modele", "champ"], name="champ_une_fois_par_modele")]

    def __str__(self) -> str:
        return f"{self.modele.identifiant} : {self.champ}"

    def regle(self) -> RegleChamp:
        return RegleChamp(
            self.champ,
            self.ordre,
            self.visible,
            self.obligatoire,
            self.repetable,
            self.lecture_seule,
            tuple(self.codes),
            self.defaut,
        )
