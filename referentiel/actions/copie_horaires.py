"""The hours of one offer saved on others (B48): each waits on its own fiche, nothing is broadcast."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from ror.commun.erreurs import ErreurMetier, EtatIncompatible, SaisieInvalide

from ..changements import Valeur
from ..copie_horaires import copier
from ..horaires_en_cours import lire_horaires
from ..models import Structure
from ..permissions import Action, exiger
from .fiches import enregistrer, verrouiller
from .publication import valider
from .vu import EtatVu

CIBLES_MAX = 200


@dataclass(frozen=True, slots=True)
class Bilan:
    """What became of one offer: `refus` says why nothing was done, "" when it was."""

    structure: Structure
    refus: str = ""


def empreinte(table: Valeur) -> str:
    """Returns a digest of hours: two of them are equal when the hours are."""
    return hashlib.sha256(json.dumps(table, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def copier_horaires(
    *,
    source_id: int,
    auteur,
    source_vue: str,
    cibles: Mapping[int, str],
    lundi: date | None = None,
    exceptions: bool = False,
) -> list[Bilan]:
    """Saves the hours of an offer on others, each in its own transaction: a refusal holds back none of the others.

    Args:
        source_id: the offer whose hours are copied, with what waits there.
        auteur: who copies.
        source_vue: `empreinte` of its hours in the preview.
        cibles: offer → `empreinte` of its hours in the preview; one changed since is left as it is.
        lundi: Monday of the week from which the hours hold; None replaces those in place.
        exceptions: copy the dated exceptions too.

    Raises:
        EtatIncompatible: the hours to copy are not those of the preview any more.
        SaisieInvalide: no offer, too many of them, or a day that is no Monday.
    """
    if not cibles or len(cibles) > CIBLES_MAX:
        raise SaisieInvalide({"cibles": f"Cochez de une à {CIBLES_MAX} offres."})
    if lundi is not None and lundi.weekday():
        raise SaisieInvalide({"semaine": "La semaine commence un lundi."})
    table = lire_horaires([Structure.objects.get(pk=source_id)])[source_id].table
    if empreinte(table) != source_vue:
        raise EtatIncompatible("Les horaires à copier ont changé depuis l’aperçu. Relisez-le.")
    bilans = []
    for structure in Structure.objects.filter(pk__in=cibles).order_by("nom_recherche", "pk"):
        try:
            _copier_sur(structure.pk, auteur, table, cibles[structure.pk], lundi, exceptions)
        except ErreurMetier as erreur:
            bilans.append(Bilan(structure, str(erreur)))
        else:
            bilans.append(Bilan(structure))
    return bilans


def valider_plusieurs(*, auteur, relue: bool, date_effet: date | None, vus: Mapping[int, EtatVu]) -> list[Bilan]:
    """« J’ai relu ces offres et je les valide. »: each as if alone, in its own transaction.

    Args:
        auteur: who re-read them.
        relue: the box was ticked.
        date_effet: day from which the changes count; today by default.
        vus: offer → what the page showed of it.

    Raises:
        SaisieInvalide: the box is not ticked.
    """
    if not relue:
        raise SaisieInvalide({"relue": "Cochez «\u00a0J’ai relu ces offres et je les valide.\u00a0» avant de valider."})
    bilans = []
    for structure in Structure.objects.filter(pk__in=vus).order_by("nom_recherche", "pk"):
        try:
            valider(structure_id=structure.pk, auteur=auteur, relue=True, date_effet=date_effet, vu=vus[structure.pk])
        except ErreurMetier as erreur:
            bilans.append(Bilan(structure, str(erreur)))
        else:
            bilans.append(Bilan(structure))
    return bilans


@transaction.atomic
def _copier_sur(
    structure_id: int, auteur, table: dict[str, Valeur], vue: str, lundi: date | None, exceptions: bool
) -> None:
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    en_cours = lire_horaires([structure])[structure_id].table
    copie = copier(table, en_cours, lundi=lundi, exceptions=exceptions)
    if copie == en_cours:
        raise EtatIncompatible("Elle a déjà ces horaires\u00a0: rien à changer.")
    if empreinte(en_cours) != vue:
        raise EtatIncompatible("Ses horaires ont changé depuis l’aperçu\u00a0: ils sont laissés tels quels.")
    enregistrer(structure_id=structure_id, auteur=auteur, vues={"horaires": en_cours}, saisies={"horaires": copie})
