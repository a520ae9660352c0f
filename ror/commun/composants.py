"""Plain data that views hand to the components of a page (contracts: docs/composants.md)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """An entry of an « Actions » menu.

    Args:
        url: address of the page, or where the act is posted.
        libelle: word of the entry.
        icone: name of its icon.
        poste: the entry acts at once (POST) instead of opening a page.
        dialogue: the page opens in the dialogue.
    """

    url: str
    libelle: str
    icone: str
    poste: bool = False
    dialogue: bool = False


@dataclass(frozen=True, slots=True)
class Noeud:
    """A line of the tree.

    Args:
        id: id of the element in the page.
        niveau: level code (DF, EJ, EG, P, S, UF, UO).
        nom: name shown.
        rang, taille: rank among its siblings, and real number of siblings, loaded or not.
        url: address of the fiche; empty for a mere heading (département…).
        actions: address of its « Actions »: a page, or their `<li>` when HTMX asks; empty for none.
        charge: address of its children's branch, when it has children that are not given.
        deplie: address of the page with this node open (without script), when it has children.
        enfants: children, when the node is open; None when folded or childless.
        compte: number at the right (« 43 UO »).
        marques: (icon, word) pairs: favourite, dossier…; the word is said by screen readers.
        etat: (state code, word) of a pill, or None.
        courant: the fiche shown by the page.
        supprime: to be deleted by a dossier: the name is struck.
        precision: where it is, written below the name, when it is not under what holds it.
    """

    id: str
    niveau: str
    nom: str
    rang: int
    taille: int
    url: str = ""
    actions: str = ""
    charge: str = ""
    deplie: str = ""
    enfants: "Sequence[Noeud] | None" = None
    compte: str = ""
    marques: tuple[tuple[str, str], ...] = ()
    etat: tuple[str, str] | None = None
    courant: bool = False
    supprime: bool = False
    precision: str = ""
