"""The dossier collaboratif: structural changes of one establishment, prepared apart from the published tree (S126).

Live `lft/rght` are never touched by a dossier: it is an overlay of fiches on the subtree of its EG.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from dossiers.etats import ENVOYES, OUVERTS, Etat, est_derniere
from referentiel.models import Structure
from referentiel.permissions import Action, est_permis

ACTIONS_VISIBLES = (
    Action.MODIFIER,
    Action.VALIDER_DOSSIER,
    Action.APPROUVER_DOSSIER,
    Action.APPROUVER_TUTELLE,
)
"""Who edits, validates or approves the establishment sees its dossiers; to others they do not exist (S126)."""


class DossierQuerySet(models.QuerySet):
    def ouverts(self) -> "DossierQuerySet":
        return self.filter(etat__in=sorted(OUVERTS))

    def visibles_par(self, utilisateur) -> "DossierQuerySet":
        """Those of the establishments the person edits or approves; to others a dossier does not exist (S126)."""
        return self.filter(est_permis(utilisateur, *ACTIONS_VISIBLES, relation="etablissement"))


class Dossier(models.Model):
    """One dossier on one EG; at most one is open (S139). What may be done in which state: `dossiers.etats`."""

    etablissement = models.ForeignKey(Structure, models.PROTECT, related_name="dossiers")
    nom = models.CharField(max_length=255)
    etat = models.CharField(
        "état", max_length=12, choices=[(e.value, e.libelle) for e in Etat], default=Etat.BROUILLON.value
    )
    route = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, help_text="Étapes de validation, fixées à l’envoi"
    )
    cree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)
    envoye_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    approuve_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approuve_le = models.DateTimeField("approuvé le", null=True, blank=True)
    date_effet = models.DateField("date d’effet", null=True, blank=True)
    publie_le = models.DateTimeField("publié le", null=True, blank=True)
    motif = models.CharField("motif du refus", max_length=1000, blank=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier collaboratif"
        verbose_name_plural = "dossiers collaboratifs"
        ordering = ["-modifie_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["etablissement"],
                condition=Q(etat__in=sorted(OUVERTS)),
                name="un_dossier_ouvert_par_etablissement",
                violation_error_message="Un dossier collaboratif est déjà ouvert sur cet établissement.",
            ),
            models.CheckConstraint(condition=~Q(nom=""), name="dossier_nomme"),
            models.CheckConstraint(
                condition=~Q(etat__in=sorted([*ENVOYES, Etat.APPROUVE, Etat.PUBLIE]))
                | Q(envoye_le__isnull=False, envoye_par__isnull=False, route__len__gt=0),
                name="dossier_envoye_date",
                violation_error_message="Un dossier envoyé porte sa date, son auteur et ses étapes.",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=[Etat.APPROUVE, Etat.PUBLIE])
                | Q(approuve_le__isnull=False, approuve_par__isnull=False, date_effet__isnull=False),
                name="dossier_approuve_date",
                violation_error_message="Un dossier approuvé porte son auteur et sa date d’effet.",
            ),
            models.CheckConstraint(
                condition=~Q(etat=Etat.PUBLIE) | Q(publie_le__isnull=False), name="dossier_publie_date"
            ),
            models.CheckConstraint(condition=~Q(etat=Etat.REFUSE) | ~Q(motif=""), name="dossier_refuse_motive"),
        ]
        indexes = [
            models.Index(fields=["date_effet"], condition=Q(etat=Etat.APPROUVE.value), name="dossier_echeance"),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def etat_dossier(self) -> Etat:
        return Etat(self.etat)

    @property
    def etapes(self) -> tuple[Etat, ...]:
        """The steps of its route."""
        return tuple(Etat(e) for e in self.route)

    @property
    def ouvert(self) -> bool:
        return self.etat_dossier in OUVERTS

    @property
    def derniere_etape(self) -> bool:
        """Whether who validates now is the last one, who chooses the date."""
        return est_derniere(self.etapes, self.etat_dossier)
