"""A fiche touched by a dossier: created, modified, moved, or deleted. What is not here is the live tree, as it is."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.champs import champs_de
from referentiel.changements import Changement
from referentiel.models import Code, Structure
from referentiel.models.structure import Groupe
from referentiel.niveaux import Niveau

from .dossier import Dossier


class FicheDossier(models.Model):
    """One line of the overlay.

    A created fiche holds its whole content in `valeurs`; a live one holds `changements`, each with the value its
    author started from, so that what is published meanwhile flows in and a question is asked only when both touched
    the same element (M1). A fiche is moved when it has a place (`parent` or `parent_fiche`) and a live `structure`.
    """

    class Genre(models.TextChoices):
        CREATION = "creation", "Création"
        MODIFICATION = "modification", "Modification"
        SUPPRESSION = "suppression", "Suppression"

    class Etat(models.TextChoices):
        ATTENTE = "attente", "En attente"
        FINALISEE = "finalisee", "Finalisée"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="fiches")
    genre = models.CharField(max_length=12, choices=Genre.choices, default=Genre.CREATION)
    niveau = models.CharField(max_length=2, choices=[(n.value, n.nom) for n in Niveau])
    nom = models.CharField(max_length=255)
    structure = models.ForeignKey(
        Structure,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="fiches_dossier",
        help_text="La fiche publiée ; celle d’une création, une fois intégrée",
    )
    parent = models.ForeignKey(
        Structure,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Place voulue, sous une fiche publiée",
    )
    parent_fiche = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="enfants",
        help_text="Place voulue, sous une création",
    )
    parent_base = models.ForeignKey(
        Structure, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Place au moment du déplacement"
    )
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.ATTENTE)
    type_offre = models.ForeignKey(
        Code, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="type d’UO"
    )
    groupe = models.CharField("grand groupe de disciplines", max_length=3, choices=Groupe.choices, blank=True)
    valeurs = models.JSONField(default=dict, blank=True, help_text="Création : champ → valeur")
    changements = models.JSONField(
        default=dict, blank=True, help_text="Fiche publiée : champ → {base, propose, auteur}"
    )
    choix = models.JSONField(
        default=dict, blank=True, help_text="Conflit → {choix, par, le} : la réponse gardée pour l’intégration (B2)"
    )
    motif = models.CharField(max_length=255, blank=True)
    demande = models.UUIDField(
        null=True, blank=True, editable=False, help_text="Création : l’envoi dont elle vient, qui ne crée qu’une fois"
    )
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    creee_le = models.DateTimeField("créée le", auto_now_add=True)
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)

    class Meta:
        verbose_name = "fiche de dossier"
        verbose_name_plural = "fiches de dossier"
        ordering = ["creee_le", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(nom=""), name="fiche_en_creation_nommee"),
            models.UniqueConstraint(
                fields=["dossier", "structure"],
                condition=Q(structure__isnull=False),
                name="une_fiche_par_structure_et_dossier",
                violation_error_message="Cette fiche est déjà dans le dossier.",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(parent_fiche=None), name="fiche_dossier_une_seule_place"
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def type_niveau(self) -> Niveau:
        return Niveau(self.niveau)

    @property
    def creation(self) -> bool:
        return self.genre == self.Genre.CREATION

    @property
    def supprimee(self) -> bool:
        return self.genre == self.Genre.SUPPRESSION

    @property
    def deplacee(self) -> bool:
        """Whether a live fiche has another place in the dossier."""
        return not self.creation and (self.parent_id is not None or self.parent_fiche_id is not None)

    @property
    def cle(self) -> str:
        """Its key in the tree of the dossier: that of the live node, else its own."""
        return f"f{self.pk}" if self.creation else f"s{self.structure_id}"

    @property
    def cle_parent(self) -> str | None:
        """Key of the place it is given, None when it has none of its own."""
        if self.parent_fiche_id is not None:
            return f"f{self.parent_fiche_id}"
        return f"s{self.parent_id}" if self.parent_id is not None else None

    def changements_moteur(self) -> list[Changement]:
        """The changes of a live fiche as the engine wants them, in the order of the fiche."""
        return [
            Changement(nom, self.changements[nom]["base"], self.changements[nom]["propose"])
            for nom in champs_de(self.type_niveau)
            if nom in self.changements
        ]

    def poser_changements(self, changements: list[Changement], auteurs: dict[str, int]) -> None:
        """Makes its changes those given; `auteurs` says who proposed each field."""
        self.changements = {
            c.champ: {"base": c.base, "propose": c.propose, "auteur": auteurs[c.champ]} for c in changements
        }

    @property
    def auteurs(self) -> dict[str, int]:
        return {nom: c["auteur"] for nom, c in self.changements.items()}
