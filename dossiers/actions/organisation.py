"""The gestures on the tree of a dossier: create, duplicate, move, delete, put back (S144–S155, B58).

Nodes are named by their key in the tree of the dossier: « s12 » a live fiche, « f5 » one that the dossier creates.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide, StructureInvalide
from ror.commun.francais import pluriel

from ..contenus import contenus_de, recopier
from ..etats import Geste
from ..models import Dossier, FicheDossier
from ..nommage import nom_en_creation
from ..superposition import Arbre, Noeud, arbre_de
from .commun import toucher, verrouiller
from .ouverture import controler_nom, ouvrir_ou_rejoindre

FICHES_MAX = 20
"""Fiches created at once, at most (S148); the guides advise one by one (S149)."""

COPIE = " (copie)"


@transaction.atomic
def creer_fiches(
    *,
    dossier_id: int,
    sous: str,
    niveau: Niveau,
    auteur,
    nombre: int = 1,
    nom: str = "",
    demande: UUID | None = None,
) -> list[FicheDossier]:
    """« Créer des unités opérationnelles » and the like: new fiches to be filled in, below a node (S144–S150).

    Args:
        dossier_id: the dossier.
        sous: key of the node above them.
        niveau: their level.
        auteur: who creates them.
        nombre: « Nombre de fiches à créer ? », 1 to 20.
        nom: their name; « Unité opérationnelle en création » when empty.
        demande: what the form sent is known by; sent again (a double click), it creates nothing more.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit of the dossier.
        SaisieInvalide: the number is out of bounds, or the name too long.
        StructureInvalide: no fiche of this level hangs there.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    if not 1 <= nombre <= FICHES_MAX:
        raise SaisieInvalide({"nombre": f"Nombre de fiches\u00a0: entre 1 et {FICHES_MAX}."})
    if deja := deja_creees(dossier, demande):
        return deja
    arbre = arbre_de(dossier)
    exiger_place(arbre, niveau, sous)
    nom = controler_nom(nom) if nom.strip() else nom_en_creation(niveau)
    creees = [_nouvelle(dossier, arbre[sous], niveau, nom, auteur, demande) for _ in range(nombre)]
    quoi = f"{creees[0].nom}" if nombre == 1 else f"{nombre} fiches « {niveau.nom.lower()} »"
    toucher(dossier, auteur, f"«\u00a0{quoi}\u00a0» en création sous «\u00a0{arbre[sous].nom}\u00a0».")
    return creees


def deja_creees(dossier: Dossier, demande: UUID | None) -> list[FicheDossier]:
    """Returns what this form created already in the dossier, which the caller holds locked (a double click)."""
    return list(dossier.fiches.filter(demande=demande)) if demande is not None else []


@transaction.atomic
def proposer_fiche(*, parent: Structure, niveau: Niveau, nom: str, auteur, demande: UUID | None = None) -> FicheDossier:
    """« Créer + »: proposes a new fiche under `parent` in the establishment's dossier, opened or joined (S41).

    Sent again with the same `demande`, it creates nothing more.

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        SaisieInvalide: the name is empty or too long.
        StructureInvalide: the level of `parent` does not admit this one.
    """
    nom = controler_nom(nom)
    dossier = ouvrir_ou_rejoindre(structure=parent, auteur=auteur)
    return creer_fiches(
        dossier_id=dossier.pk, sous=f"s{parent.pk}", niveau=niveau, auteur=auteur, nom=nom, demande=demande
    )[0]


@transaction.atomic
def dupliquer(
    *, dossier_id: int, cle: str, auteur, avec_dessous: bool = False, demande: UUID | None = None
) -> FicheDossier:
    """« Dupliquer »: a copy at the same place, to be finalised; with all that is below it when asked (S152).

    Sent again with the same `demande`, it copies nothing more and returns the copy made.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit of the dossier.
        StructureInvalide: the node is the establishment, deleted, or gone.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    if deja := deja_creees(dossier, demande):
        return deja[0]
    arbre = arbre_de(dossier)
    source = _noeud(arbre, cle, "dupliquer")
    assert source.parent is not None
    noeuds = [n for n in arbre.parcourir(cle) if not n.supprime] if avec_dessous else [source]
    copies: dict[str, FicheDossier] = {}
    contenus = contenus_de(noeuds)
    for noeud in noeuds:
        nom = noeud.nom[: 255 - len(COPIE)] + COPIE if noeud is source else noeud.nom
        fiche = FicheDossier(dossier=dossier, niveau=noeud.niveau, nom=nom, auteur=auteur, groupe=noeud.groupe)
        _placer(fiche, arbre[source.parent] if noeud is source else copies[str(noeud.parent)])
        contenu = contenus[noeud.cle]
        fiche.type_offre = contenu.type_offre
        fiche.valeurs = {**recopier(noeud.niveau, contenu.valeurs), "nom": nom}
        fiche.demande = demande
        fiche.save()
        copies[noeud.cle] = fiche
    dessous = f", avec {pluriel(len(noeuds) - 1, 'fiche')} en dessous" if len(noeuds) > 1 else ""
    toucher(dossier, auteur, f"«\u00a0{source.nom}\u00a0» dupliquée{dessous}.")
    return copies[cle]


@dataclass(frozen=True, slots=True)
class Deplacement:
    """What moving did, so that « Annuler » puts everything back.

    Attributes:
        noms: the fiches moved.
        avant: key of each fiche moved → key of the node above it before.
        vers: name of the new place.
    """

    noms: list[str]
    avant: dict[str, str]
    vers: str


@transaction.atomic
def deplacer(*, dossier_id: int, places: dict[str, str], auteur) -> Deplacement:
    """« Déplacer »: gives nodes another place in the dossier (S153, B58); back to where it lives, a node is unmoved.

    Args:
        dossier_id: the dossier.
        places: key of each node → key of the node it goes under.
        auteur: who moves them.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit of the dossier.
        StructureInvalide: a place does not admit its fiche, is deleted, or is inside what moves.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    arbre = arbre_de(dossier)
    if not places:
        raise StructureInvalide("Choisissez au moins une fiche à déplacer.")
    noeuds = [_noeud(arbre, cle, "déplacer") for cle in places]
    for noeud in noeuds:
        vers = places[noeud.cle]
        exiger_place(arbre, noeud.niveau, vers)
        if vers in {n.cle for n in arbre.parcourir(noeud.cle)}:
            raise StructureInvalide(f"«\u00a0{noeud.nom}\u00a0» ne peut pas être rangée sous elle-même.")
    bougent = [n for n in noeuds if n.parent != places[n.cle]]
    if not bougent:
        raise EtatIncompatible("Cette fiche est déjà à cet endroit.")
    for noeud in bougent:
        _deplacer(dossier, arbre, noeud, arbre[places[noeud.cle]], auteur)
    cibles = {arbre[places[n.cle]].nom for n in bougent}
    vers = f"sous «\u00a0{cibles.pop()}\u00a0»" if len(cibles) == 1 else f"à {len(cibles)} endroits"
    sujet = f"«\u00a0{bougent[0].nom}\u00a0»" if len(bougent) == 1 else f"{len(bougent)} fiches"
    toucher(dossier, auteur, f"{sujet} {'déplacée' if len(bougent) == 1 else 'déplacées'} {vers}.")
    return Deplacement([n.nom for n in bougent], {n.cle: str(n.parent) for n in bougent}, vers)


@transaction.atomic
def supprimer(*, dossier_id: int, cles: Collection[str], auteur, motif: str = "") -> list[str]:
    """« Supprimer »: live fiches are marked, with all that stays below them, until the integration; those that the
    dossier creates are taken out of it, and what had been moved below them goes back to its place (S130, S155).

    Returns:
        The names of the fiches chosen.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit of the dossier.
        SaisieInvalide: the reason is too long.
        StructureInvalide: a node is the establishment, deleted already, or gone.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    if len(motif) > 255:
        raise SaisieInvalide({"motif": f"Motif\u00a0: 255 caractères au plus ({len(motif)} saisis)."})
    arbre = arbre_de(dossier)
    if not cles:
        raise StructureInvalide("Choisissez au moins une fiche à supprimer.")
    noeuds = [_noeud(arbre, cle, "supprimer") for cle in dict.fromkeys(cles)]
    for noeud in noeuds:
        _oter_creations(arbre, noeud)
        if not noeud.cree:
            fiche = ligne_de(dossier, noeud, auteur)
            fiche.genre, fiche.motif = FicheDossier.Genre.SUPPRESSION, motif.strip()
            fiche.etat = FicheDossier.Etat.FINALISEE
            fiche.save()
            _changer_etat(arbre.descendants(noeud.cle), FicheDossier.Etat.FINALISEE)  # nothing deleted waits
    noms = [n.nom for n in noeuds]
    sujet = f"«\u00a0{noms[0]}\u00a0» supprimée" if len(noms) == 1 else f"{len(noms)} fiches supprimées"
    toucher(dossier, auteur, f"{sujet} dans le dossier.")
    return noms


@transaction.atomic
def retablir(*, dossier_id: int, cle: str, auteur) -> str:
    """Takes a deletion back: the fiche is again what it was in the dossier.

    Returns:
        Its name.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit; or the fiche is not deleted by itself.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    arbre = arbre_de(dossier)
    noeud = arbre.noeuds.get(cle)
    if noeud is None or noeud.fiche is None or not noeud.fiche.supprimee:
        raise EtatIncompatible("Cette fiche n’est pas supprimée dans ce dossier.")
    fiche = noeud.fiche
    fiche.genre, fiche.motif = FicheDossier.Genre.MODIFICATION, ""
    if fiche.changements or fiche.type_offre_id:
        fiche.etat = FicheDossier.Etat.ATTENTE
    garder_ou_oter(fiche)
    _changer_etat([n for n in arbre.descendants(cle) if n.modifie], FicheDossier.Etat.ATTENTE)
    toucher(dossier, auteur, f"«\u00a0{noeud.nom}\u00a0» rétablie dans le dossier.")
    return noeud.nom


@transaction.atomic
def retirer(*, dossier_id: int, cle: str, auteur) -> str:
    """Takes a live fiche out of the dossier: all that the dossier changed of it is given up, its place included.

    Returns:
        Its name.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit; or the dossier does not touch this fiche.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    noeud = arbre_de(dossier).noeuds.get(cle)
    if noeud is None or noeud.fiche is None or noeud.cree:
        raise EtatIncompatible("Le dossier ne change rien à cette fiche.")
    noeud.fiche.delete()
    toucher(dossier, auteur, f"Changements de «\u00a0{noeud.nom}\u00a0» retirés du dossier.")
    return noeud.nom


def exiger_place(arbre: Arbre, niveau: Niveau, sous: str) -> None:
    """Raises `StructureInvalide` when a fiche of this level may not hang there."""
    refus = arbre.refus_de_place(niveau, sous)
    if refus:
        raise StructureInvalide(refus)


def ligne_de(dossier: Dossier, noeud: Noeud, auteur) -> FicheDossier:
    """Returns the line of the dossier about a live fiche, unsaved when the dossier did not touch it yet."""
    if noeud.fiche is not None:
        return noeud.fiche
    return FicheDossier(
        dossier=dossier,
        genre=FicheDossier.Genre.MODIFICATION,
        niveau=noeud.niveau,
        nom=noeud.nom,
        structure_id=noeud.structure,
        auteur=auteur,
        etat=FicheDossier.Etat.FINALISEE,
    )


def _nouvelle(dossier: Dossier, place: Noeud, niveau: Niveau, nom: str, auteur, demande: UUID | None) -> FicheDossier:
    fiche = FicheDossier(dossier=dossier, niveau=niveau, nom=nom, auteur=auteur, groupe=place.groupe, demande=demande)
    if nom != nom_en_creation(niveau):
        fiche.valeurs = {"nom": nom}
    _placer(fiche, place)
    fiche.save()
    return fiche


def _placer(fiche: FicheDossier, place: Noeud | FicheDossier) -> None:
    fiche.parent_id = place.structure if isinstance(place, Noeud) else None
    fiche.parent_fiche = None
    if isinstance(place, FicheDossier):
        fiche.parent_fiche = place
    elif place.structure is None:
        fiche.parent_fiche = place.fiche


def _deplacer(dossier: Dossier, arbre: Arbre, noeud: Noeud, vers: Noeud, auteur) -> None:
    fiche = ligne_de(dossier, noeud, auteur)
    _placer(fiche, vers)
    if noeud.cree:
        fiche.save()
        return
    if vers.cle == noeud.origine:
        fiche.parent = fiche.parent_fiche = fiche.parent_base = None
    elif fiche.parent_base_id is None:
        fiche.parent_base_id = arbre[str(noeud.origine)].structure
    garder_ou_oter(fiche)


def _oter_creations(arbre: Arbre, noeud: Noeud) -> None:
    """Takes out of the dossier what it creates in this branch; a live fiche moved there goes back to its place."""
    creees = [n for n in arbre.parcourir(noeud.cle) if n.cree]
    cles = {n.cle for n in creees}
    for n in arbre.parcourir(noeud.cle):
        if not n.cree and n.parent in cles and n.fiche is not None:
            n.fiche.parent = n.fiche.parent_fiche = n.fiche.parent_base = None
            garder_ou_oter(n.fiche)
    FicheDossier.objects.filter(pk__in=[n.fiche.pk for n in creees if n.fiche is not None]).delete()


def change_quelque_chose(fiche: FicheDossier) -> bool:
    """Whether the dossier does anything to a live fiche."""
    return bool(fiche.supprimee or fiche.deplacee or fiche.changements or fiche.type_offre_id or fiche.groupe)


def garder_ou_oter(fiche: FicheDossier) -> None:
    """Saves the line of a live fiche, or deletes it when the dossier changes nothing of it any more."""
    if change_quelque_chose(fiche):
        fiche.save()
    elif fiche.pk:
        fiche.delete()


def _changer_etat(noeuds: Iterable[Noeud], etat: FicheDossier.Etat) -> None:
    """Sets the state of the lines of these nodes; a deletion among them stays as it is."""
    pks = [n.fiche.pk for n in noeuds if n.fiche is not None and not n.fiche.supprimee]
    FicheDossier.objects.filter(pk__in=pks).update(etat=etat)


def _noeud(arbre: Arbre, cle: str, verbe: str) -> Noeud:
    if cle not in arbre:
        raise StructureInvalide("Cette fiche n’est plus dans le dossier\u00a0: rechargez la page.")
    noeud = arbre[cle]
    if cle == arbre.racine:
        raise StructureInvalide(f"L’établissement lui-même vient de FINESS\u00a0: impossible de le {verbe}.")
    if noeud.supprime:
        raise StructureInvalide(
            f"«\u00a0{noeud.nom}\u00a0» est supprimée dans ce dossier\u00a0: rétablissez-la d’abord."
        )
    return noeud


def fiches_restantes(fiches: Iterable[FicheDossier]) -> list[FicheDossier]:
    """Returns the fiches that are not finalised (S161)."""
    return [f for f in fiches if f.etat != FicheDossier.Etat.FINALISEE]
