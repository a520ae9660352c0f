"""What the tree of the Répertoire is made of: its rows, who looks at it, the words of its first levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from .. import departements, permissions
from ..models.structure import Etat, Groupe


class Par(StrEnum):
    """« Afficher par : » (S52)."""

    EJ = "ej"
    DEPARTEMENT = "departement"
    BESOINS = "besoins"
    TERRITOIRE = "territoire"
    FILIERE = "filiere"
    FAVORIS = "favoris"


AFFICHAGES: Mapping[str, str] = {
    Par.EJ: "Entité Juridique",
    Par.DEPARTEMENT: "Département Français",
    Par.BESOINS: "Catégorie de Besoins",
    Par.TERRITOIRE: "Territoire de Santé",
    Par.FILIERE: "Filière",
    Par.FAVORIS: "Favoris",
}

GROUPES_MASQUES_PAR_DEFAUT = frozenset({Groupe.MSS.value})
"""Every box is ticked but MSS (S50)."""

DEPARTEMENT, ALPHABET = "DF", "AZ"
NIVEAUX_AXES = {"be": "CB", "te": "TS", "fi": "FI"}
"""Levels of the tree that are not fiches."""


class BrancheInconnue(LookupError):
    """No node has this key."""


@dataclass(frozen=True)
class Regard:
    """Who looks at the tree, and through which boxes.

    Attributes:
        utilisateur: the person.
        masques: groups of the boxes that are not ticked.
    """

    utilisateur: Any
    masques: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def cachees(self) -> list[int]:
        """Sensitive offers she may not know of: neither shown, nor counted, nor told by a « + »."""
        return sorted(permissions.offres_cachees(self.utilisateur))


@dataclass(frozen=True, slots=True)
class Noeud:
    """A row of the tree.

    Attributes:
        cle: its key.
        niveau: a level that is no fiche, or the value of a `Niveau`.
        nom: what is read.
        nombre: how many of `compte` it holds; 0 is not shown.
        compte: EJ, EG or UO.
        depliable: something is below it.
        fiche: pk of its fiche, None for a département, a letter, a value.
        etat: value of `Etat`.
        provisoire: an EJ known by its EG only.
        favori: among the favourites of the person.
        marques: (icon, word) of what other apps say of it.
        precision: where it is, for a row that is not under what holds it.
    """

    cle: str
    niveau: str
    nom: str
    nombre: int = 0
    compte: str = ""
    depliable: bool = True
    fiche: int | None = None
    etat: str = Etat.OUVERTE
    provisoire: bool = False
    favori: bool = False
    marques: tuple[tuple[str, str], ...] = ()
    precision: str = ""


def titre_departement(code: str) -> str:
    """Returns « 77 – Seine-et-Marne »; an unknown code is shown alone, an absent one is said to be."""
    if not code:
        return "Département non renseigné"
    nom = departements.NOMS.get(code)
    return f"{code} – {nom}" if nom else code


def nom_initiale(initiale: str) -> str:
    """Returns « A »; figures and empty names go together."""
    return "0 à 9" if initiale == "0" else initiale.upper()
