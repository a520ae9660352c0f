"""The publisher: what is due, each minute, by lots, each fiche whole (S102, S103)."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from ..lexique import lexique_partage
from ..models import Modification, Structure
from .engagement import engager_lot
from .fiches import verrouiller, verrouiller_libres

journal = logging.getLogger(__name__)
Etat = Modification.Etat

LOT = 100
"""Fiches published in one transaction: while it lasts, who edits one of them waits."""


def publier_echues(jour: date | None = None) -> int:
    """Publishes every scheduled modification whose date has come; called each minute, late or twice without harm.

    A lot of fiches is one transaction. When anything fails in it, or somebody holds one of them, these are published
    one by one, each in its own transaction: a failure stops none of the others and is tried again at the next call,
    before the later modifications of the same fiche.

    Returns:
        How many modifications were published.
    """
    jour = min(jour or timezone.localdate(), timezone.localdate())
    echues = Modification.objects.filter(etat=Etat.PROGRAMMEE, date_effet__lte=jour)
    publiees, arretees = 0, set[int]()
    with lexique_partage():
        for suivantes in _en_lots(echues.order_by("date_effet", "validee_le", "pk").values_list("structure_id", "pk")):
            lot = {fiche: pk for fiche, pk in suivantes.items() if fiche not in arretees}
            faites, restent = _essayer_ensemble(lot, jour)
            publiees += faites
            for fiche, pk in restent.items():
                try:
                    publiees += _publier_une(fiche, pk, jour)
                except Exception:  # whatever stops one fiche must not hold back the others: it is logged, tried again
                    journal.exception("Publication impossible de la modification %s", pk)
                    arretees.add(fiche)
    return publiees


def _en_lots(echues: Iterable[tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Cuts (fiche, modification) in lots where a fiche comes once: its first modification, in a later lot its next."""
    rangs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    vues = Counter[int]()
    for fiche, pk in echues:
        rangs[vues[fiche]].append((fiche, pk))
        vues[fiche] += 1
    for rang in sorted(rangs):
        for debut in range(0, len(rangs[rang]), LOT):
            yield dict(rangs[rang][debut : debut + LOT])


def _essayer_ensemble(lot: Mapping[int, int], jour: date) -> tuple[int, Mapping[int, int]]:
    """Publishes what it can of a lot at once. Returns how many, and those to be published one by one."""
    try:
        with transaction.atomic():
            structures = verrouiller_libres(lot)
            publiees = _publier(structures, [pk for fiche, pk in lot.items() if fiche in structures], jour)
    except Exception:  # which fiche it was is found by publishing each alone
        journal.warning("Lot de %s fiches repris fiche par fiche", len(lot), exc_info=True)
        return 0, lot
    return publiees, {fiche: pk for fiche, pk in lot.items() if fiche not in structures}


@transaction.atomic
def _publier_une(fiche: int, pk: int, jour: date) -> int:
    return _publier({fiche: verrouiller(fiche)}, [pk], jour)


def _publier(structures: Mapping[int, Structure], pks: list[int], jour: date) -> int:
    """Publishes modifications of locked fiches, but those published, cancelled or moved before the lock."""
    echues = Modification.objects.filter(etat=Etat.PROGRAMMEE, date_effet__lte=jour)
    lues = echues.prefetch_related("validee_par", "retour_de").in_bulk(pks)
    modifications = [lues[pk] for pk in pks if pk in lues]
    engager_lot([(modification, structures[modification.structure_id]) for modification in modifications])
    return sum(modification.etat == Etat.PUBLIEE for modification in modifications)
