"""What a synchronisation leaves: its run, its écarts, its rejected lines; and its rules, which are data (B34, B36)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.permissions import Action as Droit
from referentiel.permissions import filtre

from .rapprochement import Action, Nature

_NIVEAUX = [(Niveau.EJ.value, "EJ"), (Niveau.EG.value, "EG")]

NATURES = {
    Nature.CREEE: "Création",
    Nature.MODIFIEE: "Modification",
    Nature.EJ_CHANGEE: "Changement d’entité juridique",
    Nature.CATEGORIE_CHANGEE: "Changement de catégorie",
    Nature.RAISON_SOCIALE_CHANGEE: "Raison sociale",
    Nature.DEPLACEE: "Déplacement",
    Nature.FERMEE: "Fermeture",
    Nature.ROUVERTE: "Réouverture",
    Nature.ABSENTE: "Absence du fichier",
}
_CHOIX_NATURES = [(nature.value, libelle) for nature, libelle in NATURES.items()]


class ExecutionQuerySet(models.QuerySet):
    def appliquees(self) -> "ExecutionQuerySet":
        """The runs that went to their end for real, whether they changed something or not."""
        return self.filter(simulation=False, etat__in=[self.model.Etat.REUSSI, self.model.Etat.INCHANGE], complet=True)


class Execution(models.Model):
    """One run: one file, or several read together, from one start to its end whatever it is."""

    class Etat(models.TextChoices):
        EN_COURS = "en_cours", "En cours"
        REUSSI = "reussi", "Réussi"
        INCHANGE = "inchange", "Inchangé"
        REFUSE = "refuse", "Refusé"
        INTERROMPU = "interrompu", "Interrompu"
        ECHOUE = "echoue", "Échoué"

    class Etape(models.TextChoices):
        TELECHARGEMENT = "telechargement", "Téléchargement"
        LECTURE = "lecture", "Lecture"
        CONTROLES = "controles", "Contrôles"
        CREATION = "creation", "Création"
        COMPARAISON = "comparaison", "Comparaison et application"
        CLOTURE = "cloture", "Clôture"

    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.EN_COURS)
    simulation = models.BooleanField(default=True)
    complet = models.BooleanField("stock complet", default=True, help_text="Faux pour un extrait : rien n’y est absent")
    etape = models.CharField("étape", max_length=14, choices=Etape.choices, default=Etape.TELECHARGEMENT)
    fait = models.PositiveIntegerField("progression", default=0)
    total = models.PositiveIntegerField("sur", default=0, help_text="0 : inconnu d’avance")
    source = models.CharField(max_length=255)
    format = models.CharField(max_length=40, blank=True)
    niveaux = models.CharField("niveaux fournis", max_length=8, blank=True)
    fichier = models.CharField(max_length=255, blank=True)
    sha1 = models.CharField("SHA-1", max_length=40, blank=True)
    date_donnees = models.DateField("données du", null=True, blank=True)
    compteurs = models.JSONField(default=dict)
    gardes = models.JSONField("garde-fous", default=list)
    motif = models.TextField(blank=True)
    declenchee_par = models.CharField("déclenchée par", max_length=120)
    debut = models.DateTimeField("débutée le", auto_now_add=True)
    fin = models.DateTimeField("finie le", null=True, blank=True)

    objects = ExecutionQuerySet.as_manager()

    class Meta:
        verbose_name = "passage de l’import FINESS"
        verbose_name_plural = "passages de l’import FINESS"
        ordering = ["-debut", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat="en_cours", fin=None) | (~Q(etat="en_cours") & Q(fin__isnull=False)),
                name="passage_fini_date",
            ),
            models.UniqueConstraint(
                fields=["etat"],
                condition=Q(etat="en_cours"),
                name="un_seul_passage_en_cours",
                violation_error_message="Un passage de l’import FINESS est déjà en cours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fichier or self.source} : {self.get_etat_display()}"

    @property
    def pourcentage(self) -> int | None:
        """Progress of the current step in percent, None when its size is not known beforehand."""
        return min(100, 100 * self.fait // self.total) if self.total else None

    @property
    def nombre_creees(self) -> int:
        """Structures created, the provisional ones included."""
        return sum(self.compteurs.get(nom, 0) for nom in ("eg_creees", "ej_creees", "ej_provisoires"))

    @property
    def nombre_appliques(self) -> int:
        return self.compteurs.get("appliques", 0)

    @property
    def nombre_a_relire(self) -> int:
        return self.compteurs.get("a_relire", 0)

    @property
    def nombre_rejets(self) -> int:
        return self.compteurs.get("rejets", 0)


class EcartQuerySet(models.QuerySet):
    def a_relire(self) -> "EcartQuerySet":
        return self.filter(etat=Ecart.Etat.A_RELIRE)

    def visibles_par(self, utilisateur) -> "EcartQuerySet":
        """The écarts on the structures where the person follows FINESS."""
        return self.filter(structure__in=Structure.objects.filter(filtre(utilisateur, Droit.SUIVRE_FINESS)))


class Ecart(models.Model):
    """One difference between the ROR and FINESS, applied by a rule or waiting for a person (B34).

    `avant` and `apres` are the JSON of the values of `rapprochement.Ecart`.
    """

    class Etat(models.TextChoices):
        A_RELIRE = "relire", "À relire"
        APPLIQUE = "applique", "Appliqué"
        IGNORE = "ignore", "Ignoré"
        PERIME = "perime", "Périmé"

    execution = models.ForeignKey(Execution, models.PROTECT, related_name="ecarts", verbose_name="passage")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="ecarts_finess")
    numero_finess = models.CharField("n° FINESS", max_length=9)
    niveau = models.CharField(max_length=2, choices=_NIVEAUX)
    nature = models.CharField(max_length=24, choices=_CHOIX_NATURES)
    champ = models.CharField(max_length=40, blank=True)
    avant = models.JSONField(null=True)
    apres = models.JSONField("après", null=True)
    distance = models.FloatField("distance (m)", null=True, blank=True)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.A_RELIRE)
    decide_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decide_le = models.DateTimeField("décidé le", null=True, blank=True)
    motif = models.CharField(max_length=255, blank=True)

    objects = EcartQuerySet.as_manager()

    class Meta:
        verbose_name = "écart"
        ordering = ["numero_finess", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["numero_finess", "nature", "champ"],
                condition=Q(etat="relire"),
                name="un_ecart_a_relire_par_champ",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ignore") | Q(decide_par__isnull=False), name="ecart_ignore_par_quelqu_un"
            ),
        ]
        indexes = [
            models.Index(fields=["structure"], condition=Q(etat="relire"), name="ecart_a_relire"),
            models.Index(fields=["numero_finess", "etat"], name="ecart_par_numero"),
        ]

    def __str__(self) -> str:
        return f"{self.numero_finess} {self.get_nature_display()}"


class Rejet(models.Model):
    """One line of a file that is not taken, or taken with a remark, and why (B37)."""

    execution = models.ForeignKey(Execution, models.CASCADE, related_name="rejets", verbose_name="passage")
    ligne = models.PositiveIntegerField(help_text="Ligne du fichier classique, rang de l’entité juridique de FINESS+")
    numero_finess = models.CharField("n° FINESS", max_length=20, blank=True)
    contenu = models.CharField(max_length=255, blank=True)
    raison = models.CharField(max_length=255)
    retenue = models.BooleanField("ligne retenue malgré la remarque", default=False)

    class Meta:
        verbose_name = "ligne rejetée"
        verbose_name_plural = "lignes rejetées"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Ligne {self.ligne} : {self.raison}"


class RegleEcart(models.Model):
    """What is done with the écarts of a nature: the first rule that speaks of an écart decides."""

    ordre = models.PositiveSmallIntegerField(unique=True)
    nature = models.CharField(max_length=24, choices=_CHOIX_NATURES)
    champ = models.CharField(max_length=40, blank=True, help_text="Vide : tous les champs")
    seuil = models.FloatField("au-delà de (m)", null=True, blank=True, help_text="Vide : quelle que soit la distance")
    action = models.CharField(
        max_length=10, choices=[(Action.APPLIQUER.value, "Appliquer"), (Action.RELIRE.value, "Faire relire")]
    )

    class Meta:
        verbose_name = "règle d’écart"
        verbose_name_plural = "règles d’écart"
        ordering = ["ordre"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seuil=None) | Q(seuil__gte=0),
                name="regle_seuil_positif",
                violation_error_message="La distance est un nombre positif de mètres.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} : {self.get_action_display()}"


class Garde(models.Model):
    """A threshold beyond which a run is refused, or raises an alarm, and applies nothing (B36, M14)."""

    code = models.CharField(max_length=20, primary_key=True)
    libelle = models.CharField("libellé", max_length=120)
    seuil = models.FloatField()
    unite = models.CharField("unité", max_length=20)
    ordre = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "garde-fou"
        verbose_name_plural = "garde-fous"
        ordering = ["ordre"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seuil__gte=0),
                name="garde_seuil_positif",
                violation_error_message="Le seuil est un nombre positif.",
            )
        ]

    def __str__(self) -> str:
        return self.libelle


class Temoin(models.Model):
    """A canary: an establishment every complete file holds; without it, the file is not the one expected."""

    numero_finess = models.CharField("n° FINESS", max_length=9, unique=True)
    nom = models.CharField(max_length=120)

    class Meta:
        verbose_name = "établissement témoin"
        verbose_name_plural = "établissements témoins"
        ordering = ["numero_finess"]

    def __str__(self) -> str:
        return f"{self.numero_finess} {self.nom}"


class Empreinte(models.Model):
    """Digest of the record FINESS last gave of a structure, once it is entirely dealt with.

    A record with the same digest is neither staged nor compared: a nightly run costs its reading and its changes. It
    is written in the transaction that deals with the record, so a run killed anywhere is resumed by the next one.
    """

    numero_finess = models.CharField(primary_key=True, max_length=9, db_collation="C")
    niveau = models.CharField(max_length=2, choices=_NIVEAUX)
    empreinte = models.BigIntegerField()

    class Meta:
        verbose_name = "empreinte"

    def __str__(self) -> str:
        return self.numero_finess
