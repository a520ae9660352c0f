"""A long list asked as a file: prepared by the worker, kept a few days for whoever asked (B56)."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class DemandeExport(models.Model):
    """One file asked for.

    `essais` counts the runs; a run that is no longer the last one writes nothing more.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    class Etat(models.TextChoices):
        ATTENTE = "attente", "En attente"
        EN_COURS = "en_cours", "En préparation"
        PRETE = "prete", "Prêt"
        ECHOUEE = "echouee", "Interrompu"

    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    liste = models.CharField("nom de la liste", max_length=40)
    titre = models.CharField(max_length=120)
    parametres = models.TextField("filtres, comme dans l’adresse de la liste", blank=True)
    format = models.CharField(max_length=4, choices=Format.choices)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.ATTENTE)
    essais = models.PositiveSmallIntegerField(default=0)
    fait = models.PositiveIntegerField("lignes écrites", default=0)
    total = models.PositiveIntegerField("lignes attendues", default=0)
    fichier = models.CharField("nom du fichier gardé", max_length=80, blank=True)
    taille = models.PositiveBigIntegerField("octets", default=0)
    motif = models.CharField("pourquoi il n’y a pas de fichier", max_length=300, blank=True)
    demande_le = models.DateTimeField("demandé le", auto_now_add=True)
    signe_le = models.DateTimeField("dernier signe de vie", null=True, blank=True)
    fini_le = models.DateTimeField("fini le", null=True, blank=True)
    expire_le = models.DateTimeField("gardé jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’export"
        verbose_name_plural = "demandes d’export"
        ordering = ["-demande_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["auteur"],
                condition=Q(etat__in=["attente", "en_cours"]),
                name="un_export_a_la_fois_par_personne",
            )
        ]

    def __str__(self) -> str:
        return f"{self.titre} ({self.get_format_display()})"

    @property
    def vivante(self) -> bool:
        return self.etat in (self.Etat.ATTENTE, self.Etat.EN_COURS)

    @property
    def pourcentage(self) -> int:
        """How far it is, 0 to 100; never 100 before it is ready."""
        if self.etat == self.Etat.PRETE:
            return 100
        return min(99, 100 * self.fait // self.total) if self.total else 0
