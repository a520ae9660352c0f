"""Tables of a fiche or of a lieu as rows of their own: prices, secure mailboxes, capacity, homes, equipment.

Coded columns hold the code of their official list; `referentiel.champs` says which list, and how each column is typed.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .lieu import Lieu
from .structure import Structure


class Ligne(models.Model):
    """A row with a stable key, so that two persons who edit two rows never meet."""

    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rang = models.PositiveSmallIntegerField(default=0)
    maj_le = models.DateTimeField("mise à jour le", help_text="Dernier changement de cette ligne")

    class Meta:
        abstract = True
        ordering = ["rang", "pk"]

    def __str__(self) -> str:
        return str(self.cle)


class Tarif(Ligne):
    """A price of an EG (MODELE_ROR §2.2, Tarif and its kinds)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="tarifs")
    type_tarif = models.CharField("type de tarif (J36)", max_length=4)
    montant = models.DecimalField("montant, en euros", max_digits=9, decimal_places=2)
    unite_prix = models.CharField("unité (J205)", max_length=4)
    date_debut = models.DateField("applicable depuis le", null=True, blank=True)
    nom = models.CharField("intitulé", max_length=120, blank=True)
    type_habitation = models.CharField("type d’habitation (J32)", max_length=4, blank=True)
    temporalite_accueil = models.CharField("temporalité d’accueil (J30)", max_length=4, blank=True)
    groupe_dependance = models.CharField("groupe tarifaire dépendance (J27)", max_length=4, blank=True)
    mode_gestion = models.CharField("mode de gestion (J26)", max_length=4, blank=True)
    prestation = models.CharField("prestation supplémentaire (J206)", max_length=4, blank=True)
    condition_tarifaire = models.CharField("condition tarifaire (J39)", max_length=4, blank=True)
    moins_60_ans = models.BooleanField("pour les moins de 60 ans", null=True, blank=True)
    prestations_incluses = ArrayField(
        models.CharField(max_length=4), default=list, blank=True, verbose_name="prestations incluses (J206)"
    )
    autres_prestations = models.CharField("autres prestations", max_length=255, blank=True)

    class Meta(Ligne.Meta):
        verbose_name = "tarif"


class BoiteMss(Ligne):
    """A secure mailbox (MSSanté) of an offer or of an EG (MODELE_ROR §2.1, boiteLettreMSS)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="boites_mss")
    adresse = models.EmailField("adresse MSSanté")
    usage = models.CharField(max_length=120, blank=True)
    confidentialite = models.CharField("niveau de confidentialité (J222)", max_length=2, default="2")

    class Meta(Ligne.Meta):
        verbose_name = "boîte aux lettres MSSanté"
        verbose_name_plural = "boîtes aux lettres MSSanté"


class CapaciteAccueil(Ligne):
    """How many beds or places of one kind a lieu has at a moment (CapaciteAccueilOperationnelle, MODELE_ROR §2.3)."""

    lieu = models.ForeignKey(Lieu, models.CASCADE, related_name="capacites")
    nature = models.CharField("nature (J187)", max_length=4)
    statut = models.CharField("statut (J188)", max_length=4)
    temporalite = models.CharField("temporalité (J189)", max_length=4)
    nombre = models.PositiveIntegerField()
    affectation_temporaire = models.CharField("affectation temporaire (J195)", max_length=4)
    source = models.CharField("source (J193)", max_length=4)
    genre = models.CharField("genre (J190)", max_length=4, blank=True)
    type_fermeture = models.CharField("type de fermeture (J191)", max_length=4, blank=True)
    lits_supplementaires = models.CharField("lits supplémentaires (J192)", max_length=4, blank=True)
    crise = models.CharField("crise (J194)", max_length=4, blank=True)
    commentaire = models.CharField(max_length=255, blank=True)

    class Meta(Ligne.Meta):
        verbose_name = "capacité d’accueil"
        verbose_name_plural = "capacités d’accueil"


class CapaciteHabitation(Ligne):
    """How many homes of one kind a lieu has (CapaciteHabitation, MODELE_ROR §2.3)."""

    lieu = models.ForeignKey(Lieu, models.CASCADE, related_name="habitations")
    type_habitation = models.CharField("type d’habitation (J32)", max_length=4)
    nombre = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Ligne.Meta):
        verbose_name = "capacité d’habitation"
        verbose_name_plural = "capacités d’habitation"


class Equipement(Ligne):
    """Equipment of one kind in service in a lieu, with its limits (EquipementSpecifique, MODELE_ROR §2.3; J228)."""

    lieu = models.ForeignKey(Lieu, models.CASCADE, related_name="equipements")
    type_equipement = models.CharField("équipement (J18)", max_length=8)
    nombre = models.PositiveIntegerField("en service", null=True, blank=True)
    poids_max = models.PositiveIntegerField("poids maximum, en kg (J228 001)", null=True, blank=True)
    diametre_max = models.PositiveIntegerField("diamètre maximum, en cm (J228 002)", null=True, blank=True)

    class Meta(Ligne.Meta):
        verbose_name = "équipement spécifique"
        verbose_name_plural = "équipements spécifiques"
