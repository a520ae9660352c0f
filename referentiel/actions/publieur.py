"""The publisher: what is due, each minute, each fiche in its own transaction (S102)."""

import logging
from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import SaisieInvalide

from ..lexique import lexique_partage
from ..models import Modification
from .fiches import verrouiller
from .publication import engager

journal = logging.getLogger(__name__)
Etat = Modification.Etat

LOT = 100
"""Modifications read at once; what is read is checked again under the lock of each fiche."""


def publier_echues(jour: date | None = None) -> int:
    """Publishes every scheduled modification whose date has come; called each minute, late or twice without harm.

    Each fiche is its own transaction: a failure stops none of the others and is tried again at the next call, before
    the later modifications of the same fiche. Those changed while the run lasts wait for the next call.

    Returns:
        How many modifications were published.
    """
    jour = jour or timezone.localdate()
    echues = Modification.objects.filter(etat=Etat.PROGRAMMEE, date_effet__lte=jour)
    pks = list(echues.order_by("date_effet", "validee_le", "pk").values_list("pk", flat=True))
    publiees, arretees = 0, set()
    with lexique_partage():
        for modification in _lire_par_lots(pks):
            if modification.structure_id in arretees:
                continue
            try:
                publiees += _publier_echue(modification)
            except Exception:  # whatever stops one fiche must not hold back the others: it is logged and tried again
                journal.exception("Publication impossible de la modification %s", modification.pk)
                arretees.add(modification.structure_id)
    return publiees


def _lire_par_lots(pks: list[int]) -> Iterator[Modification]:
    """Yields these modifications, in this order, with what publishing them needs."""
    lus = Modification.objects.select_related("validee_par", "retour_de").prefetch_related("changements")
    for debut in range(0, len(pks), LOT):
        lot = lus.in_bulk(pks[debut : debut + LOT])
        yield from (lot[pk] for pk in pks[debut : debut + LOT] if pk in lot)


@transaction.atomic
def _publier_echue(modification: Modification) -> int:
    """Publishes a modification read before, unless it was published, cancelled, moved or rewritten since."""
    structure = verrouiller(modification.structure_id)
    telle_quelle = {"pk": modification.pk, "etat": Etat.PROGRAMMEE, "modifiee_le": modification.modifiee_le}
    if not Modification.objects.filter(**telle_quelle).exists():
        return 0
    try:
        engager(modification, structure, modification.validee_par)
    except SaisieInvalide:
        modification.etat = Etat.A_ARBITRER
        modification.save()
    return int(modification.etat == Etat.PUBLIEE)
