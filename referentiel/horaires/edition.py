"""Edits of a typed week: whatever is done to it, no plage overlaps another afterwards.

`static/js/semaine-modele.js` does the same in the browser: change both together, a test compares them.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from .modele import MINUTES_PAR_JOUR, Plage, normaliser

PAS = 15  # minutes: what the mouse, the finger and the arrows move by
OUVRABLES = (2, 3, 4, 5)  # the days that « Lun–Ven identiques » makes like Monday

Semaine = tuple[Plage, ...]


def ranger(plages: Iterable[Plage], touches: Collection[int]) -> Semaine:
    """The same hours without overlap.

    Plages of one day that touch become one; a night that meets the hours of the next day, or that lasts more than
    24 hours, is cut at midnight, when it begins on one of the days of `touches` (1 to 7) or runs into it.
    """
    rangees, vus = normaliser(plages), set(touches)
    while nuit := next((p for p in rangees if _a_couper(p, rangees, vus)), None):
        demain = nuit.jour % 7 + 1
        vus |= {nuit.jour, demain}
        soir, matin = replace(nuit, fin=MINUTES_PAR_JOUR), replace(nuit, jour=demain, debut=0, fin=_reste(nuit))
        rangees = normaliser([*(p for p in rangees if p is not nuit), soir, matin])
    return rangees


def poser(plages: Iterable[Plage], plage: Plage) -> Semaine:
    """One plage more; it becomes one with those it touches."""
    return ranger([*plages, plage], {plage.jour})


def retirer(plages: Iterable[Plage], plage: Plage) -> Semaine:
    """One plage less."""
    return tuple(p for p in plages if p != plage)


def deplacer(plages: Iterable[Plage], plage: Plage, jour: int, debut: int) -> Semaine:
    """`plage` put on `jour` from `debut` (minutes), as long as before; only a night already goes beyond midnight."""
    duree = plage.fin - plage.debut
    dernier = MINUTES_PAR_JOUR - (PAS if plage.finit_le_lendemain else duree)
    debut = _borner(debut, 0, dernier)
    return poser(retirer(plages, plage), replace(plage, jour=jour, debut=debut, fin=debut + duree))


def etirer(plages: Iterable[Plage], plage: Plage, *, debut: int | None = None, fin: int | None = None) -> Semaine:
    """One edge of `plage` elsewhere: from `PAS` minutes to 24 hours long; a `fin` beyond 1440 is on the next day."""
    if debut is not None:
        dernier = min(plage.fin, MINUTES_PAR_JOUR) - PAS
        neuve = replace(plage, debut=_borner(debut, max(0, plage.fin - MINUTES_PAR_JOUR), dernier))
    elif fin is not None:
        neuve = replace(plage, fin=_borner(fin, plage.debut + PAS, plage.debut + MINUTES_PAR_JOUR))
    else:
        return tuple(plages)
    return poser(retirer(plages, plage), neuve)


def copier(plages: Iterable[Plage], de: int, vers: Collection[int]) -> Semaine:
    """The hours of the day `de` on the days `vers` too, in the place of theirs."""
    plages = tuple(plages)
    cibles = set(vers) - {de}
    copies = [replace(p, jour=jour) for jour in cibles for p in plages if p.jour == de]
    return ranger([*(p for p in plages if p.jour not in cibles), *copies], cibles)


def _a_couper(plage: Plage, plages: Semaine, touches: Collection[int]) -> bool:
    demain = plage.jour % 7 + 1
    if not (plage.finit_le_lendemain and 1 <= plage.jour <= 7 and {plage.jour, demain} & set(touches)):
        return False
    trop_longue = plage.fin - plage.debut > MINUTES_PAR_JOUR
    return trop_longue or any(p.jour == demain and p.debut < _reste(plage) for p in plages)


def _reste(nuit: Plage) -> int:
    return nuit.fin - MINUTES_PAR_JOUR


def _borner(valeur: int, minimum: int, maximum: int) -> int:
    return max(minimum, min(valeur, maximum))
