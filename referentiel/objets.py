"""What an edit form is about, by name: « fiche:12 », « fiche:12/contacts », « lieu:5/acces », « creation:12 ».

An app above this one adds its own kind of name with `enregistrer_genre` (« dossier:3/s12 »).
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.urls import reverse

from ror.commun.erreurs import Introuvable

from .actions.fiches import modification_en_attente, valeurs_en_cours
from .actions.lieux import lieu_vide, lire_lieu
from .champs import CHAMPS_LIEU, SECTIONS, Champ, champs_de
from .changements import Fiche
from .models import Lieu, Modification, Structure
from .permissions import offres_cachees

_NOM = re.compile(r"([a-z-]{1,20}):([1-9][0-9]{0,14})(?:/([a-z_][a-z0-9_]{0,39}))?")
_SECTION = {"fiche": (True, True), "lieu": (True, False), "creation": (False, True), "nouveau-lieu": (False, True)}
"""Kind → whether its name may have a section, and whether it may have none."""
_ENTIERS = {"fiche": "toute la fiche", "creation": "nouvelle fiche", "nouveau-lieu": "nouveau lieu"}
SECTIONS_NOUVEAU_LIEU = ("lieu", "adresse_pratique")
"""What a new lieu is asked; the rest is filled in on its page."""


@dataclass(frozen=True, slots=True)
class Objet:
    """The name of what a form edits.

    Attributes:
        genre: fiche, lieu, creation (a fiche proposed under another), or nouveau-lieu (of an establishment).
        pk: key of the structure or of the lieu.
        section: key of the section, empty for a whole fiche.
    """

    genre: str
    pk: int
    section: str = ""

    def __str__(self) -> str:
        return f"{self.genre}:{self.pk}/{self.section}" if self.section else f"{self.genre}:{self.pk}"

    @classmethod
    def depuis(cls, nom: str) -> Self:
        """Reads a name; raises `Introuvable` when it is none."""
        lu = _NOM.fullmatch(nom)
        genre = lu[1] if lu else ""
        avec, sans = (True, False) if genre in _GENRES else _SECTION.get(genre, (False, False))
        if lu is None or not (avec if lu[3] else sans):
            raise Introuvable("Ce formulaire n’existe pas.")
        return cls(lu[1], int(lu[2]), lu[3] or "")

    @property
    def ajoute(self) -> "Genre | None":
        """The kind that another app added, None for those of this one."""
        return _GENRES.get(self.genre)

    @property
    def quoi(self) -> str:
        """What the form edits, whatever its section: « fiche:12 »."""
        return f"{self.genre}:{self.pk}"

    @property
    def sceau(self) -> str:
        """What the values shown by the form are sealed for: one seal for all the sections of a fiche."""
        return str(self) if self.ajoute else self.quoi

    @property
    def partie(self) -> str:
        """« section Contacts », « toute la fiche »."""
        if self.ajoute:
            return self.ajoute.partie
        return f"section {SECTIONS[self.section]}" if self.section in SECTIONS else _ENTIERS.get(self.genre, "")

    @property
    def place(self) -> str:
        """Id of the card whose place the form takes, empty for a form with a page of its own."""
        return "" if self.ajoute else self.section

    @property
    def formulaire(self) -> str:
        """Id of the form in its page."""
        if self.ajoute:
            return f"edition-{self.genre}"
        return f"edition-{self.section or self.genre}"

    @property
    def adresse(self) -> str:
        """Address of the form."""
        if self.ajoute:
            return self.ajoute.adresse(self)
        if self.genre == "creation":
            return reverse("dossier-creer-fiche", args=[self.pk])
        if self.genre == "nouveau-lieu":
            return reverse("lieu-nouveau", args=[self.pk])
        if self.genre == "lieu":
            return reverse("lieu-section", args=[self.pk, self.section])
        if self.section:
            return reverse("fiche-section", args=[self.pk, self.section])
        return reverse("fiche-modifier", args=[self.pk])


@dataclass(frozen=True, slots=True)
class Cible:
    """What an `Objet` names, found among what a person may read.

    Attributes:
        objet: its name.
        structure: the fiche edited, or the establishment that manages the lieu: rights are asked there.
        lieu: the lieu edited, if it is one.
    """

    objet: Objet
    structure: Structure
    lieu: Lieu | None = None

    @property
    def nom(self) -> str:
        return self.lieu.nom if self.lieu else self.structure.nom

    @property
    def champs(self) -> Collection[Champ]:
        """The fields that the form offers."""
        if self.objet.genre == "nouveau-lieu":
            return [c for c in CHAMPS_LIEU.values() if c.section in SECTIONS_NOUVEAU_LIEU]
        tous = CHAMPS_LIEU if self.lieu else champs_de(self.structure.type_niveau)
        section = self.objet.section
        return [c for c in tous.values() if not c.finess and (not section or c.section == section)]

    def en_cours(self, modification: Modification | None = None) -> Fiche:
        """The values an editor sees now.

        Args:
            modification: what waits on the fiche, when it has been read already.
        """
        if self.objet.genre == "nouveau-lieu":
            return lieu_vide()
        if self.lieu:
            return lire_lieu(self.lieu)
        return valeurs_en_cours(self.structure, modification or modification_en_attente(self.structure))


class CibleAjoutee(Cible):
    """What an object of another app names: it says itself its fields, its values, and who saved since.

    `structure` is where the right to edit is asked.
    """

    __slots__ = ()

    def empreinte(self) -> str:
        """What changes whenever somebody saves what the form edits."""
        raise NotImplementedError

    def enregistrements(self, depuis: datetime, moi) -> Iterable[tuple[datetime, str, list[str]]]:
        """(when, who, titles) of what others saved since."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Genre:
    """A kind of objects that another app adds; its names always have a section.

    Attributes:
        partie: what its forms edit, in a few words.
        adresse: object → address of its form.
        trouver: (object, person) → what it names, None when there is nothing of that name for her.
        nommer: objects → the name of each.
    """

    partie: str
    adresse: Callable[[Objet], str]
    trouver: Callable[[Objet, object], CibleAjoutee | None]
    nommer: Callable[[Collection[Objet]], dict[Objet, str]]


_GENRES: dict[str, Genre] = {}


def enregistrer_genre(nom: str, genre: Genre) -> None:
    """Adds a kind of objects; called once, when the app that owns it is ready."""
    _GENRES[nom] = genre


def trouver(objet: Objet, utilisateur) -> Cible:
    """Returns what an object names, among what this person may read.

    Raises:
        Introuvable: nothing of that name for her.
    """
    if objet.ajoute:
        if ajoutee := objet.ajoute.trouver(objet, utilisateur):
            return ajoutee
        raise Introuvable("Ce formulaire n’existe pas, ou n’est plus à votre portée.")
    lisibles = Structure.objects.lisibles_par(utilisateur)
    if objet.genre == "lieu":
        lieu = Lieu.objects.lisibles(offres_cachees(utilisateur))
        lieu = lieu.filter(pk=objet.pk, etablissement__in=lisibles.values("pk"))
        trouve = lieu.select_related("etablissement", "fonction").first()
        cible = Cible(objet, trouve.etablissement, trouve) if trouve else None
    else:
        structure = lisibles.filter(pk=objet.pk).first()
        cible = Cible(objet, structure) if structure else None
    if cible is None or (objet.section and not cible.champs):
        raise Introuvable("Ce formulaire n’existe pas, ou n’est plus à votre portée.")
    return cible


def nommer(objets: Collection[Objet]) -> dict[Objet, str]:
    """Returns the name of the fiche or of the lieu of each object, in two queries; what is gone is left out."""
    ajoutes = {o: n for nom, g in _GENRES.items() for o, n in g.nommer([o for o in objets if o.genre == nom]).items()}
    objets = [o for o in objets if not o.ajoute]
    fiches = Structure.objects.filter(pk__in={o.pk for o in objets if o.genre != "lieu"})
    lieux = Lieu.objects.filter(pk__in={o.pk for o in objets if o.genre == "lieu"})
    noms = {"fiche": dict(fiches.values_list("pk", "nom")), "lieu": dict(lieux.values_list("pk", "nom"))}
    par_objet = {objet: noms["lieu" if objet.genre == "lieu" else "fiche"].get(objet.pk) for objet in objets}
    return {objet: nom for objet, nom in par_objet.items() if nom is not None} | ajoutes
