"""Acts on the synonyms of the search: what the region adds to those shipped, or takes away from them."""

import logging
from collections.abc import Sequence
from enum import StrEnum

from django.db import transaction

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..models import SynonymeRecherche
from ..permissions import Action, exiger
from ..recherche.requete import MOTS_MAX, VIDES, Forme, mots_de
from ..recherche.synonymes import en_place, livres, oublier

journal = logging.getLogger(__name__)

LONGUEUR_MAX = 500
"""Characters of a group."""


class Sens(StrEnum):
    """Which forms of a group find the others."""

    TOUTES = "toutes"
    PREMIERE = "premiere"


@transaction.atomic
def ajouter_synonymes(*, auteur, formes: Sequence[str], sens: str) -> str:
    """Makes forms mean the same, for everybody within a minute.

    Args:
        auteur: who adds them.
        formes: words or groups of words, as people type them.
        sens: whether each finds the others, or only the first does (`Sens`).

    Returns:
        The group as it is written in the list.

    Raises:
        DroitManquant: `auteur` may not keep the synonyms.
        SaisieInvalide: a form is empty, too common, too long or holds a separator; or they are synonyms already.
    """
    exiger(auteur, Action.REGLER_RECHERCHE)
    if sens not in list(Sens):
        raise SaisieInvalide({"sens": "Choisissez si toutes les formes se valent."})
    ecrites = _distinctes([" ".join(forme.split()) for forme in formes])
    for forme in ecrites:
        _controler(forme)
    if len(ecrites) < 2:
        raise SaisieInvalide({"formes": "Indiquez au moins deux formes différentes, une par ligne."})
    groupe = (" > " if sens == Sens.PREMIERE else " | ").join((ecrites[0], " | ".join(ecrites[1:])))
    if len(groupe) > LONGUEUR_MAX:
        raise SaisieInvalide({"formes": f"{LONGUEUR_MAX} caractères au plus en tout ({len(groupe)} saisis)."})
    if _deja(ecrites, sens):
        raise SaisieInvalide({"formes": "La recherche sait déjà que ces formes veulent dire la même chose."})
    if groupe in livres():
        SynonymeRecherche.objects.filter(formes=groupe).delete()
    else:
        SynonymeRecherche.objects.get_or_create(formes=groupe, defaults={"auteur": auteur})
    transaction.on_commit(oublier)
    journal.info("%s : synonymes ajoutés, %s", auteur, groupe)
    return groupe


@transaction.atomic
def retirer_synonymes(*, auteur, formes: str) -> None:
    """Takes a group away: one that was added is gone, one that was shipped may be put back.

    Args:
        auteur: who decides.
        formes: the group as it is written in the list.

    Raises:
        DroitManquant: `auteur` may not keep the synonyms.
        EtatIncompatible: they are no synonyms any more.
    """
    exiger(auteur, Action.REGLER_RECHERCHE)
    if formes in livres():
        retraits = {"actif": False, "auteur": auteur}
        _, neuf = SynonymeRecherche.objects.get_or_create(formes=formes, defaults=retraits)
        if not neuf:
            raise EtatIncompatible("Ces synonymes sont déjà retirés.")
    elif not SynonymeRecherche.objects.filter(formes=formes).delete()[0]:
        raise EtatIncompatible("Ces synonymes ne sont plus dans la liste\u00a0: quelqu’un les a retirés entre-temps.")
    transaction.on_commit(oublier)
    journal.info("%s : synonymes retirés, %s", auteur, formes)


@transaction.atomic
def retablir_synonymes(*, auteur, formes: str) -> None:
    """Puts back a shipped group that was taken away.

    Raises:
        DroitManquant: `auteur` may not keep the synonyms.
        EtatIncompatible: they were not taken away, or are back already.
    """
    exiger(auteur, Action.REGLER_RECHERCHE)
    if not SynonymeRecherche.objects.filter(formes=formes, actif=False).delete()[0]:
        raise EtatIncompatible("Ces synonymes sont déjà rétablis.")
    transaction.on_commit(oublier)
    journal.info("%s : synonymes rétablis, %s", auteur, formes)


def _distinctes(formes: Sequence[str]) -> list[str]:
    """The forms that are not empty, each once whatever its accents and capitals."""
    vues: dict[tuple[str, ...], str] = {}
    for forme in formes:
        if forme:
            vues.setdefault(tuple(mots_de(forme)) or (forme,), forme)
    return list(vues.values())


def _controler(forme: str) -> None:
    if "|" in forme or ">" in forme or not forme.isprintable():
        motif = "les signes | et > ne s’écrivent pas ici. Mettez une forme par ligne."
    elif not set(mots_de(forme)) - VIDES:
        motif = "ce mot est trop courant pour avoir un synonyme, ou n’a ni lettre ni chiffre."
    elif len(mots_de(forme)) > MOTS_MAX:
        motif = f"{MOTS_MAX} mots au plus dans une forme."
    else:
        return
    raise SaisieInvalide({"formes": f"«\u00a0{forme[:60]}\u00a0»\u00a0: {motif}"})


def _deja(ecrites: Sequence[str], sens: str) -> bool:
    """Whether each form that should find the others finds them all already."""
    formes: list[Forme] = [tuple(mots_de(forme)) for forme in ecrites]
    autres = en_place().autres
    demandees = formes if sens == Sens.TOUTES else formes[:1]
    return all({*formes} - {forme} <= {*autres.get(forme, ())} for forme in demandees)
