"""Editing a fiche: what is saved waits, not broadcast, until somebody validates it (S107)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from .. import fiches
from ..champs import Champ, Saisie, champs_de
from ..changements import Changement, Choix, Fiche, Valeur, comparer, composer, fusionner_tout
from ..models import ChangementPropose, Modification, Structure
from ..permissions import Action, exiger


def verrouiller(structure_id: int) -> Structure:
    """Locks a node until the commit and returns it as it is now."""
    return Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure_id)


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


def valeurs_en_cours(structure: Structure, modification: Modification | None) -> dict[str, Valeur]:
    """Returns what an editor sees: the published values with the changes that wait laid over them."""
    publiees = fiches.lire(structure)
    return {**publiees, **{c.champ: c.propose for c in changements_de(modification)}}


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
        SaisieInvalide: a value breaks a rule of its field.
        ConflitDeVersion: somebody else changed the same values since the form was opened.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    _controler(structure, saisies)
    genres = fiches.genres_de(structure.type_niveau)
    modification = modification_en_attente(structure)
    en_cours = valeurs_en_cours(structure, modification)
    gestes = comparer(vues, saisies, genres)
    resultat, conflits = fusionner_tout(gestes, en_cours, genres, choix)
    if conflits:
        raise ConflitDeVersion(conflits)
    _conserver(structure, modification, auteur, comparer(en_cours, resultat, genres))
    return modification_en_attente(structure)


@transaction.atomic
def abandonner(*, structure_id: int, auteur) -> None:
    """Gives up all the changes of a fiche that wait.

    Raises:
        DroitManquant: she may not edit this fiche.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    modification = modification_en_attente(structure)
    if modification is not None:
        modification.etat = Modification.Etat.ANNULEE
        modification.annulee_par, modification.annulee_le = auteur, timezone.now()
        modification.save()


@transaction.atomic
def renommer(*, structure_id: int, auteur, nom: str) -> Structure:
    """Gives a fiche another name at once (S59, S101); the raison sociale of FINESS stays (S94).

    Raises:
        DroitManquant: she may not edit this fiche.
        SaisieInvalide: the name is empty or too long.
    """
    from .publication import publier_changements

    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    _controler(structure, {"nom": nom.strip()})
    publier_changements(structure=structure, auteur=auteur, changements=[Changement("nom", structure.nom, nom.strip())])
    return structure


def _conserver(structure: Structure, modification: Modification | None, auteur, gestes: tuple[Changement, ...]) -> None:
    """Adds these changes to the waiting modification; one that cancels a former change removes it."""
    if not gestes:
        return
    if modification is None:
        modification = Modification.objects.create(structure=structure, auteur=auteur)
    genres = fiches.genres_de(structure.type_niveau)
    anciens = {c.champ: c for c in modification.changements.all()}
    for geste in gestes:
        ancien = anciens.pop(geste.champ, None)
        compose = (
            composer(Changement(ancien.champ, ancien.base, ancien.propose), geste, genres[geste.champ])
            if ancien
            else geste
        )
        if compose is None:
            ancien.delete()
        else:
            ChangementPropose.objects.update_or_create(
                modification=modification,
                champ=compose.champ,
                defaults={"base": compose.base, "propose": compose.propose, "auteur": auteur},
            )
    if modification.changements.exists():
        modification.save(update_fields=["modifiee_le"])
    else:
        modification.delete()


def _controler(structure: Structure, saisies: Fiche) -> None:
    """Refuses what the person may not type: an unknown or FINESS-owned field, an empty or oversized value."""
    champs = champs_de(structure.type_niveau)
    erreurs: dict[str, str] = {}
    for nom, valeur in saisies.items():
        champ = champs.get(nom)
        if champ is None:
            erreurs[nom] = "Ce champ n’existe pas sur cette fiche."
        elif champ.finess:
            erreurs[nom] = f"{champ.libelle} : cette donnée vient de FINESS. Demandez une correction au support."
        else:
            erreur = _erreur_de_valeur(champ, valeur)
            if erreur:
                erreurs[nom] = erreur
    if not erreurs:
        erreurs = _erreurs_d_age(saisies)
    if erreurs:
        raise SaisieInvalide(erreurs)


def _erreur_de_valeur(champ: Champ, valeur: Valeur) -> str | None:
    if champ.obligatoire and valeur in (None, ""):
        return f"{champ.libelle} : une valeur est attendue."
    if champ.max_longueur and isinstance(valeur, str) and len(valeur) > champ.max_longueur:
        return f"{champ.libelle} : {champ.max_longueur} caractères au plus ({len(valeur)} saisis)."
    if champ.saisie is Saisie.ENTIER and valeur is not None and not 0 <= int(valeur) <= 32767:
        return f"{champ.libelle} : un nombre entier positif est attendu, par exemple 60."
    return None


def _erreurs_d_age(saisies: Fiche) -> dict[str, str]:
    minimum, maximum = saisies.get("age_min"), saisies.get("age_max")
    if (
        isinstance(minimum, int)
        and isinstance(maximum, int)
        and saisies.get("age_min_unite") == saisies.get("age_max_unite")
        and minimum > maximum
    ):
        return {"age_max": "L’âge maximum est inférieur à l’âge minimum."}
    return {}
