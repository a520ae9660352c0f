"""« Actions » of a dossier and of its fiches: what the person may do now, level by level (S143–S155)."""

from collections.abc import Collection
from uuid import uuid4

from django.urls import reverse

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from ror.commun.composants import Action

from .etats import Geste
from .models import Dossier
from .superposition import Arbre, Noeud

CREER = {
    Niveau.P: "Créer des pôles",
    Niveau.S: "Créer des services",
    Niveau.UF: "Créer des unités fonctionnelles",
    Niveau.UO: "Créer des unités opérationnelles",
}
"""Words of the menu, by level created (S144–S146)."""

CREATION = {
    Niveau.P: "Création de pôles",
    Niveau.S: "Création de services",
    Niveau.UF: "Création d’unités fonctionnelles",
    Niveau.UO: "Création d’unités élémentaires d’accueil",
}
"""Title of the dialogue behind each; that of an UO is the guides' own (S148)."""


def actions_d_une_fiche(structure: Structure, dossier: Dossier | None, *, modifiable: bool) -> list[Action | None]:
    """Returns the entries about the dossier of a live fiche: what changes the organisation goes through it (S33, S135).

    Args:
        structure: the fiche.
        dossier: the open dossier of its establishment that the person may see, or None.
        modifiable: she may edit the fiche.
    """
    if dossier is not None:
        return [Action(reverse("dossier", args=[dossier.pk]), "Ouvrir le dossier", "folder2-open")]
    if not modifiable or structure.niveau == Niveau.EJ:
        return []
    if structure.niveau == Niveau.EG:
        adresse = reverse("dossier-nouveau", args=[structure.pk])
        return [Action(adresse, "Créer un dossier collaboratif", "folder-fill", dialogue=True)]
    return [Action(reverse("dossier-ouvrir", args=[structure.pk]), "Ouvrir un dossier collaboratif", "folder-fill")]


def actions_du_dossier(dossier: Dossier, gestes: Collection[Geste]) -> list[Action | None]:
    """Returns the entries of the line of the dossier itself."""
    entrees: list[Action | None] = [Action(reverse("dossier", args=[dossier.pk]), "Ouvrir", "folder2-open")]
    if Geste.RENOMMER in gestes:
        entrees.append(Action(_adresse("renommer", dossier), "Renommer", "pencil", dialogue=True))
    if Geste.MODIFIER in gestes:
        entrees.append(Action(_adresse("deplacer", dossier), "Déplacer plusieurs fiches", "arrow-left-right"))
    return entrees


def actions_du_noeud(
    dossier: Dossier, arbre: Arbre, noeud: Noeud, gestes: Collection[Geste], *, ouvrir: bool = True
) -> list[Action | None]:
    """Returns the entries of a fiche; `ouvrir` is left out where the fiche is open already."""
    entrees: list[Action | None] = []
    if ouvrir:
        entrees.append(Action(_adresse("fiche", dossier, noeud), "Ouvrir", "file-text"))
    if Geste.MODIFIER not in gestes:
        return entrees
    if noeud.supprime:
        return [*entrees, *_retablir(dossier, noeud)]
    for niveau, mot in CREER.items():
        if arbre.refus_de_place(niveau, noeud.cle) is None:
            adresse = f"{_adresse('creer', dossier, noeud)}?niveau={niveau.value}"
            entrees.append(Action(adresse, mot, "plus-lg", dialogue=True))
    entrees.append(Action(_adresse("fiche-renommer", dossier, noeud), "Renommer", "pencil", dialogue=True))
    if noeud.cle != arbre.racine:
        entrees += _gestes_de_place(dossier, arbre, noeud)
    if noeud.fiche is not None and not noeud.cree:
        retirer = _adresse("fiche-retirer", dossier, noeud)
        entrees.append(Action(retirer, "Retirer du dossier", "arrow-counterclockwise", dialogue=True))
    return entrees


def _gestes_de_place(dossier: Dossier, arbre: Arbre, noeud: Noeud) -> list[Action | None]:
    # The address copies once: a double click sends the same one twice.
    dupliquer = f"{_adresse('dupliquer', dossier, noeud)}?demande={uuid4()}"
    entrees: list[Action | None] = [None, Action(dupliquer, "Dupliquer", "copy", poste=True)]
    if any(not n.supprime for n in arbre.enfants(noeud.cle)):
        entrees.append(Action(f"{dupliquer}&dessous=1", "Dupliquer avec ce qu’elle contient", "copy", poste=True))
    deplacer = f"{_adresse('deplacer', dossier)}?f={noeud.cle}"
    entrees.append(Action(deplacer, "Déplacer", "arrow-left-right", dialogue=True))
    entrees.append(Action(_adresse("supprimer", dossier, noeud), "Supprimer", "trash", dialogue=True))
    return entrees


def _retablir(dossier: Dossier, noeud: Noeud) -> list[Action | None]:
    if noeud.fiche is None or not noeud.fiche.supprimee:
        return []
    return [Action(_adresse("retablir", dossier, noeud), "Rétablir", "arrow-counterclockwise", poste=True)]


def _adresse(nom: str, dossier: Dossier, noeud: Noeud | None = None) -> str:
    return reverse(f"dossier-{nom}", args=[dossier.pk] if noeud is None else [dossier.pk, noeud.cle])
