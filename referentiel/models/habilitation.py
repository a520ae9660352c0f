"""Who may act where: a person, a role, and a node of the tree or a territory (S16–S21)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from referentiel.departements import nom_departement
from ror.commun.francais import finess_fr

from .structure import Groupe, Structure


class Role(models.TextChoices):
    LECTEUR = "lecteur", "Lecteur"
    REFERENT = "referent", "Référent"
    DIRECTION = "direction", "Direction"
    GESTIONNAIRE = "gestionnaire", "Gestionnaire régional"
    TUTELLE = "tutelle", "Autorité de tutelle"
    SUPPORT = "support", "Support"
    ADMINISTRATEUR = "administrateur", "Administrateur"


class HabilitationQuerySet(models.QuerySet):
    def en_vigueur(self) -> "HabilitationQuerySet":
        jour = timezone.localdate()
        return self.filter(Q(fin=None) | Q(fin__gte=jour), debut__lte=jour)

    def non_terminees(self) -> "HabilitationQuerySet":
        """The grants in force or to come."""
        return self.filter(Q(fin=None) | Q(fin__gte=timezone.localdate()))


class Habilitation(models.Model):
    """A grant. On a node it is inherited by all that is below (S21); else it holds on a territory and/or a champ.

    Empty `departements` and `groupes` on a grant without node mean the whole region served.
    """

    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="habilitations")
    role = models.CharField("droit", max_length=16, choices=Role.choices)
    structure = models.ForeignKey(Structure, models.PROTECT, null=True, blank=True, related_name="habilitations")
    departements = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    groupes = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    debut = models.DateField(default=timezone.localdate)
    fin = models.DateField(null=True, blank=True)
    accordee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accordee_le = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()
    objects = HabilitationQuerySet.as_manager()

    class Meta:
        verbose_name = "habilitation"
        constraints = [
            models.CheckConstraint(
                condition=~Q(role__in=["referent", "direction"]) | Q(structure__isnull=False),
                name="habilitation_de_structure",
                violation_error_message="Un droit Référent ou Direction porte sur une structure.",
            ),
            models.CheckConstraint(
                condition=Q(structure=None) | Q(departements=[], groupes=[]),
                name="habilitation_structure_ou_territoire",
                violation_error_message="Un droit porte sur une structure ou sur un territoire, pas sur les deux.",
            ),
            models.UniqueConstraint(
                fields=["utilisateur", "role", "structure"],
                condition=Q(fin=None, structure__isnull=False),
                name="habilitation_une_fois_par_structure",
                violation_error_message="Cette personne a déjà ce droit sur cette structure.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} : {self.perimetre}"

    @property
    def perimetre(self) -> str:
        """Where the right holds, in words."""
        if self.structure is not None:
            numero = f" (n° FINESS {finess_fr(self.structure.numero_finess)})" if self.structure.numero_finess else ""
            return f"{self.structure}{numero} et tout ce qui en dépend"
        ou = ", ".join(nom_departement(code) for code in self.departements) or "tous les départements"
        quoi = ", ".join(Groupe(code).label for code in self.groupes)
        return f"{ou} ; {quoi}" if quoi else ou

    @property
    def terminee(self) -> bool:
        return self.fin is not None and self.fin < timezone.localdate()


class DemandeAccesQuerySet(models.QuerySet):
    def traitables_par(self, utilisateur) -> "DemandeAccesQuerySet":
        """The requests on structures this person manages; those without structure too, if she has no limit."""
        from referentiel.permissions import Action, filtre, sans_limite

        ici = Q(structure__in=Structure.objects.filter(filtre(utilisateur, Action.GERER_COMPTES)))
        if sans_limite(utilisateur, Action.GERER_COMPTES):
            ici |= Q(structure=None)
        return self.filter(ici)


class DemandeAcces(models.Model):
    """A request for an account or a right, queued for the support (S11)."""

    class Etat(models.TextChoices):
        NOUVELLE = "nouvelle", "À traiter"
        ACCEPTEE = "acceptee", "Acceptée"
        ECARTEE = "ecartee", "Sans suite"

    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField(max_length=80)
    courriel = models.EmailField()
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    fonction = models.CharField(max_length=120, blank=True)
    role = models.CharField("droit demandé", max_length=16, choices=Role.choices)
    structure = models.ForeignKey(Structure, models.SET_NULL, null=True, blank=True, related_name="+")
    etablissement = models.CharField(
        "établissement (nom ou n° FINESS)", max_length=200, blank=True, help_text="Tel qu’il a été saisi."
    )
    message = models.TextField(blank=True)
    etat = models.CharField(max_length=10, choices=Etat.choices, default=Etat.NOUVELLE)
    motif = models.TextField("réponse", blank=True)
    creee_le = models.DateTimeField(auto_now_add=True)
    traitee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    traitee_le = models.DateTimeField(null=True, blank=True)
    utilisateur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="demandes_acceptees"
    )

    objects = DemandeAccesQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d’accès"
        verbose_name_plural = "demandes d’accès"
        ordering = ["creee_le"]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat="nouvelle", traitee_le=None) | (~Q(etat="nouvelle") & Q(traitee_le__isnull=False)),
                name="demande_traitee_datee",
            )
        ]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom} : {self.get_role_display()}"
