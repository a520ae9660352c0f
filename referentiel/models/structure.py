"""The node of the tree and the detail of EJ, EG, pôle, service and UF."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from mptt.fields import TreeForeignKey
from mptt.managers import TreeManager
from mptt.models import MPTTModel
from mptt.querysets import TreeQuerySet
from simple_history.models import HistoricalRecords

from referentiel.niveaux import Niveau


class Groupe(models.TextChoices):
    """The seven groups of « Afficher les structures » (S49); which category belongs to which is data."""

    MCO = "MCO", "Médecine, chirurgie, obstétrique"
    MSS = "MSS", "Médico-Social et Social"
    PSY = "PSY", "Psychiatrie"
    SLD = "SLD", "Soins de longue durée"
    SMA = "SMA", "SMA"
    SSR = "SSR", "Soins médicaux et de réadaptation"
    VIL = "VIL", "Ville"


class Etat(models.TextChoices):
    OUVERTE = "OUV", "Ouverte"
    FERMEE_PROVISOIREMENT = "PRO", "Fermée provisoirement"
    FERMEE = "DEF", "Fermée définitivement"


class Origine(models.TextChoices):
    FINESS = "FINESS", "FINESS"
    SAISIE = "SAISIE", "Saisie"
    DEMONSTRATION = "DEMO", "Démonstration"


class StructureQuerySet(TreeQuerySet):
    def lisibles_par(self, utilisateur) -> "StructureQuerySet":
        """Everyone signed in reads every level of every establishment (S22), but for unités sensibles (B51)."""
        from referentiel.permissions import offres_cachees

        if not utilisateur.is_authenticated:
            return self.none()
        cachees = offres_cachees(utilisateur)
        return self.exclude(pk__in=cachees) if cachees else self

    def modifiables_par(self, utilisateur) -> "StructureQuerySet":
        """The nodes whose fiche the person may edit: her grants and all that is below them, as one range join."""
        from referentiel.permissions import Action, filtre

        return self.filter(filtre(utilisateur, Action.MODIFIER))


class Structure(MPTTModel):
    """A node EJ → EG → Pôle → Service → UF → UO (S63). `parent` is the truth; lft, rght, level are its cache.

    Only `referentiel.arbre` writes parent, lft, rght, tree_id, level.
    """

    niveau = models.CharField(max_length=2, choices=[(n.value, n.nom) for n in Niveau])
    nom = models.CharField(max_length=255)
    nom_recherche = models.CharField(max_length=255, blank=True, editable=False)
    parent = TreeForeignKey("self", models.PROTECT, null=True, blank=True, related_name="enfants")
    numero_finess = models.CharField("n° FINESS", max_length=9, null=True, blank=True, unique=True)
    etat = models.CharField("état", max_length=3, choices=Etat.choices, default=Etat.OUVERTE)
    departement = models.CharField("département", max_length=3, blank=True)
    groupe = models.CharField("grand groupe", max_length=3, choices=Groupe.choices, blank=True)
    provisoire = models.BooleanField(
        default=False, help_text="EJ connue par ses seuls établissements, sa ligne FINESS n’est pas encore reçue"
    )
    origine = models.CharField(max_length=6, choices=Origine.choices, default=Origine.SAISIE)
    version = models.PositiveIntegerField(default=1)
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    modifie_le = models.DateTimeField("modifiée le", auto_now=True)

    history = HistoricalRecords(excluded_fields=["lft", "rght", "tree_id", "level"])
    objects = TreeManager.from_queryset(StructureQuerySet)()

    class Meta:
        verbose_name = "structure"
        constraints = [
            models.UniqueConstraint(
                fields=["tree_id", "lft"], name="structure_lft_unique", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=["tree_id", "rght"], name="structure_rght_unique", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(lft__lt=F("rght")),
                name="structure_lft_avant_rght",
                violation_error_message="La place de cette fiche dans l’arborescence est incohérente.",
            ),
            models.CheckConstraint(
                condition=Q(niveau=Niveau.EJ, parent=None) | (~Q(niveau=Niveau.EJ) & Q(parent__isnull=False)),
                name="structure_seule_une_ej_est_racine",
                violation_error_message="Seule une entité juridique n’a pas de structure au-dessus d’elle.",
            ),
            models.CheckConstraint(condition=~Q(nom=""), name="structure_nommee"),
        ]
        indexes = [
            models.Index(fields=["niveau", "departement"], name="structure_par_departement"),
            models.Index(fields=["niveau", "nom_recherche", "id"], name="structure_alphabetique"),
            models.Index(
                fields=["departement"],
                include=["groupe", "parent", "id"],
                condition=Q(niveau=Niveau.EG),
                name="structure_eg_comptees",
            ),
            GinIndex(SearchVector("nom_recherche", config="simple"), name="structure_mots"),
        ]

    class MPTTMeta:
        pass

    def __str__(self) -> str:
        return self.nom

    @property
    def type_niveau(self) -> Niveau:
        return Niveau(self.niveau)

    @property
    def ouverte(self) -> bool:
        return self.etat == Etat.OUVERTE


class Adresse(models.Model):
    """The postal address shared by EJ, EG and lieux (MODELE_ROR §2.2)."""

    complement_adresse = models.CharField("complément", max_length=80, blank=True)
    numero_voie = models.CharField("n°", max_length=10, blank=True)
    complement_voie = models.CharField("bis, ter…", max_length=10, blank=True)
    type_voie = models.CharField("type de voie", max_length=40, blank=True)
    libelle_voie = models.CharField("voie", max_length=120, blank=True)
    lieu_dit = models.CharField("lieu-dit, boîte postale", max_length=80, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    localite = models.CharField("localité", max_length=80, blank=True)
    commune_cog = models.CharField("commune (code INSEE)", max_length=5, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    source_position = models.CharField("source de la position", max_length=255, blank=True)

    class Meta:
        abstract = True

    @property
    def lignes_adresse(self) -> list[str]:
        """The address as it is written on an envelope, without empty lines."""
        voie = " ".join(filter(None, [self.numero_voie, self.complement_voie, self.type_voie, self.libelle_voie]))
        ville = f"{self.code_postal} {self.localite}".strip()
        return [ligne for ligne in (self.complement_adresse, voie, self.lieu_dit, ville) if ligne]


class ReceptionFiness(models.Model):
    """When FINESS last told of this entity, and since when it no longer does."""

    finess_recu_le = models.DateField("donnée FINESS du", null=True, blank=True)
    absent_depuis = models.DateField("absente de FINESS depuis", null=True, blank=True)
    absences = models.PositiveSmallIntegerField("passages sans elle", default=0)

    class Meta:
        abstract = True


class EntiteJuridique(Adresse, ReceptionFiness):
    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="entite_juridique")
    raison_sociale = models.CharField(max_length=255, blank=True)
    nom_court = models.CharField(max_length=80, blank=True)
    complement = models.CharField("complément de raison sociale", max_length=255, blank=True)
    siren = models.CharField("SIREN", max_length=9, blank=True, db_index=True)
    code_ape = models.CharField("code APE", max_length=6, blank=True)
    statut_juridique = models.CharField(max_length=4, blank=True)
    telephone = models.CharField("téléphone", max_length=40, blank=True)
    date_creation = models.DateField("date de création", null=True, blank=True)
    date_fermeture = models.DateField("date de fermeture", null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "entité juridique"
        verbose_name_plural = "entités juridiques"

    def __str__(self) -> str:
        return self.raison_sociale


class EntiteGeographique(Adresse, ReceptionFiness):
    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="entite_geographique")
    raison_sociale = models.CharField(max_length=255, blank=True)
    nom_court = models.CharField(max_length=80, blank=True)
    complement = models.CharField("complément de raison sociale", max_length=255, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    code_ape = models.CharField("code APE", max_length=6, blank=True)
    categorie = models.CharField("catégorie", max_length=4, blank=True)
    mode_tarif = models.CharField("mode de fixation des tarifs", max_length=2, blank=True)
    participation_sph = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name="participation au service public"
    )
    telephone = models.CharField("téléphone", max_length=40, blank=True)
    telecopie = models.CharField("télécopie", max_length=40, blank=True)
    courriel = models.CharField(max_length=254, blank=True)
    numero_uai = models.CharField("n° UAI", max_length=8, blank=True)
    date_ouverture = models.DateField("date d’ouverture", null=True, blank=True)
    date_autorisation = models.DateField("première autorisation", null=True, blank=True)
    date_fermeture = models.DateField("date de fermeture", null=True, blank=True)
    type_fermeture = models.CharField("type de fermeture (J201)", max_length=3, blank=True)
    nom_operationnel = models.CharField("nom d’usage", max_length=255, blank=True)
    accessibilite = models.CharField("accessibilité (J50)", max_length=2, blank=True)
    hebergement_famille = models.BooleanField("hébergement des familles", null=True, blank=True)
    places_aide_sociale_temporaire = models.PositiveSmallIntegerField(null=True, blank=True)
    places_aide_sociale_permanente = models.PositiveSmallIntegerField(null=True, blank=True)
    niveau_orsan = models.CharField("niveau de recours ORSAN (J204)", max_length=2, blank=True)
    zone_poser = models.BooleanField("zone de poser pour hélicoptère", null=True, blank=True)
    informations_complementaires = models.TextField("informations complémentaires", blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "entité géographique"
        verbose_name_plural = "entités géographiques"

    def __str__(self) -> str:
        return self.raison_sociale


class OrganisationInterne(models.Model):
    """Pôle, service or UF (J203)."""

    structure = models.OneToOneField(Structure, models.CASCADE, primary_key=True, related_name="organisation_interne")
    nom_operationnel = models.CharField("nom d’usage", max_length=255, blank=True)
    code_interne = models.CharField("code interne", max_length=40, blank=True)
    informations_complementaires = models.TextField("informations complémentaires", blank=True)
    date_ouverture = models.DateField("date d’ouverture", null=True, blank=True)
    date_fermeture = models.DateField("date de fermeture", null=True, blank=True)
    type_fermeture = models.CharField("type de fermeture (J201)", max_length=3, blank=True)
    date_reouverture_prevue = models.DateField("réouverture prévisionnelle", null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "organisation interne"
        verbose_name_plural = "organisations internes"

    def __str__(self) -> str:
        return str(self.structure)
