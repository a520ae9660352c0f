"""Editing a fiche: what is saved waits, not broadcast, until somebody validates it (S107)."""

from collections.abc import Collection, Mapping

from django.db import transaction

from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible

from .. import fiches
from ..champs import champs_de
from ..changements import Changement, Choix, Fiche, Valeur, comparer, fusionner_tout, poser, rebaser
from ..controles import controler, controler_ensemble, controler_fermeture, controler_formes, controler_schema
from ..models import ChangementPropose, Modification, Structure
from ..models.structure import Etat
from ..permissions import Action, exiger
from ..schemas import schema_de
from .etat import jour_de
from .regles import exiger_a_la_saisie


def verrouiller(structure_id: int) -> Structure:
    """Locks a node until the commit and returns it as it is now."""
    return Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure_id)


def verrouiller_libres(structures: Collection[int]) -> dict[int, Structure]:
    """Locks those of these nodes that nobody holds, without waiting, until the commit; returns them as they are now.

    Who holds several nodes and waits for none cannot be part of a deadlock.
    """
    noeuds = Structure.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return {structure.pk: structure for structure in noeuds.filter(pk__in=structures).order_by("pk")}


def modification_en_attente(structure: Structure) -> Modification | None:
    """Returns the changes of this fiche that are saved and not broadcast."""
    return (
        Modification.objects.filter(structure=structure, etat=Modification.Etat.EN_ATTENTE)
        .select_related("auteur")
        .prefetch_related("changements__auteur")
        .first()
    )


def changements_de(modification: Modification | None) -> list[Changement]:
    """Returns the changes of a modification as the engine wants them."""
    if modification is None:
        return []
    return [Changement(c.champ, c.base, c.propose) for c in modification.changements.all()]


def changements_par_lot(modifications: Collection[int]) -> dict[int, list[Changement]]:
    """Returns what `changements_de` does of several modifications, by key, in one query."""
    resultat: dict[int, list[Changement]] = {pk: [] for pk in modifications}
    lignes = ChangementPropose.objects.filter(modification__in=modifications).order_by("pk")
    for pk, champ, base, propose in lignes.values_list("modification_id", "champ", "base", "propose"):
        resultat[pk].append(Changement(champ, base, propose))
    return resultat


def valeurs_en_cours(structure: Structure, modification: Modification | None) -> dict[str, Valeur]:
    """Returns what an editor sees: the published values with the changes that wait laid over them."""
    return poser(changements_de(modification), fiches.lire(structure), fiches.genres_de(structure.type_niveau))


@transaction.atomic
def enregistrer(
    *,
    structure_id: int,
    auteur,
    vues: Fiche,
    saisies: Fiche,
    choix: Mapping[str, Choix] | None = None,
) -> Modification | None:
    """Saves typed values as changes that wait (S107); nothing is broadcast yet.

    Args:
        structure_id: the fiche.
        auteur: who typed.
        vues: the values her form showed when it was opened.
        saisies: the values she sent; a field left out is untouched.
        choix: her answers to the conflicts of a former try.

    Returns:
        The waiting modification, or None when nothing differs any more from what is published.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: the fiche is closed for good.
        SaisieInvalide: a value breaks a rule of its field or of the model of this offer, or the fiche a blocking
            national rule.
        ConflitDeVersion: somebody else changed the same values since the form was opened.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    genres = fiches.genres_de(structure.type_niveau)
    champs = champs_de(structure.type_niveau)
    controler_formes(champs, saisies)
    gestes = comparer(vues, saisies, genres)
    controler(champs, gestes, structure)
    modification = modification_en_attente(structure)
    publiees = fiches.lire(structure)
    en_cours = poser(changements_de(modification), publiees, genres)
    controler_schema(schema_de(structure, en_cours), champs, gestes, publiees)
    resultat, conflits = fusionner_tout(gestes, en_cours, genres, choix)
    if conflits:
        raise ConflitDeVersion(conflits)
    controler_ensemble(resultat)
    controler_fermeture(gestes, resultat, jour_de(structure))
    exiger_a_la_saisie(structure, en_cours, resultat)
    _conserver(structure, modification, auteur, publiees, comparer(en_cours, resultat, genres))
    return modification_en_attente(structure)


def exiger_ouverte(structure: Structure) -> None:
    """Raises `EtatIncompatible` when the fiche is closed for good."""
    motif = motif_fermee(structure)
    if motif:
        raise EtatIncompatible(motif)


def motif_fermee(structure: Structure) -> str | None:
    """Returns why a fiche closed for good is not edited any more, None for any other."""
    if structure.etat != Etat.FERMEE:
        return None
    return (
        f"«\u00a0{structure}\u00a0» est fermée définitivement\u00a0: sa fiche ne se modifie plus."
        " Pour la rouvrir, contactez le support."
    )


def _conserver(
    structure: Structure, modification: Modification | None, auteur, publiees: Fiche, gestes: tuple[Changement, ...]
) -> None:
    """Adds these changes to the waiting modification; one that cancels a former change removes it."""
    if not gestes:
        return
    if modification is None:
        modification = Modification.objects.create(structure=structure, auteur=auteur)
    genres = fiches.genres_de(structure.type_niveau)
    anciens = {c.champ: c for c in changements_de(modification)}
    annules, gardes = [], []
    for geste in gestes:
        base = publiees.get(geste.champ)
        ancien = anciens.get(geste.champ)
        if ancien is not None:
            rebase = rebaser(ancien, base, genres[geste.champ])
            base = rebase.base if rebase else base
        if geste.propose == base:
            annules.append(geste.champ)
        else:
            garde = ChangementPropose(champ=geste.champ, base=base, propose=geste.propose, auteur=auteur)
            garde.modification = modification
            gardes.append(garde)
    if annules:
        modification.changements.filter(champ__in=annules).delete()
    # The node is locked: nobody else writes these rows, and one statement keeps them all.
    ChangementPropose.objects.bulk_create(
        gardes,
        update_conflicts=True,
        unique_fields=["modification", "champ"],
        update_fields=["base", "propose", "auteur", "modifie_le"],
    )
    if ChangementPropose.objects.filter(modification=modification).exists():
        modification.save(update_fields=["modifiee_le"])
    else:
        modification.delete()
