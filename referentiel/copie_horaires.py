"""Copying the hours of an offer to another: from now on, or from a week on (B48). Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from .horaires import Horaires, Periode, depuis_table, en_table
from .horaires.modele import Exception_
from .horaires.stockage import Table

SEMAINE = timedelta(days=7)


def copier(source: Table, cible: Table, *, lundi: date | None = None, exceptions: bool = False) -> Table:
    """The hours of an offer once those of another are copied to it.

    Args:
        source: the hours copied.
        cible: the hours of the offer that receives them.
        lundi: the day from which they hold, those in place holding until its eve; None replaces them altogether.
        exceptions: take the exceptions too, in the place of those of the target; else the target keeps its own. With
            `lundi`, only those that begin on it or later.
    """
    de, vers = depuis_table(source), depuis_table(cible)
    if lundi is None:
        copie = replace(de, exceptions=de.exceptions if exceptions else vers.exceptions)
    else:
        periodes = (*_avant(vers.periodes, de.periodes, lundi), *_apres(de.periodes, vers, lundi))
        copie = Horaires(periodes, _exceptions(de, vers, lundi) if exceptions else vers.exceptions, vers.autres)
    return en_table(copie)


def _avant(periodes: Iterable[Periode], suivantes: Iterable[Periode], lundi: date) -> list[Periode]:
    """What is left of the periods in place: until the eve, unless a period of the copy takes over by itself.

    An unbounded week gives way to a later one: it is then left as it is, since a bound would make it weigh more.
    """
    releve = any(p.au is None and p.toutes_les == 1 for p in suivantes)
    restantes = []
    for periode in periodes:
        if periode.du and periode.du >= lundi:
            continue
        cede = releve and periode.au is None and periode.toutes_les == 1
        finie = periode.au is not None and periode.au < lundi
        restantes.append(periode if cede or finie else replace(periode, au=lundi - timedelta(days=1)))
    return restantes


def _apres(periodes: Iterable[Periode], vers: Horaires, lundi: date) -> list[Periode]:
    """The periods copied, from `lundi` on, under keys of their own whose order keeps which one rules."""
    utiles = [p for p in periodes if p.au is None or p.au >= lundi]
    sans_fin = [p for p in utiles if p.au is None and p.toutes_les == 1 and (p.du or date.min) <= lundi]
    depassees = sorted(sans_fin, key=lambda p: p.precision)[:-1]
    prises = {p.cle for p in vers.periodes} | set(vers.autres)
    libres = (cle for n in range(1, 10_000) if (cle := f"p{n:04}") not in prises)
    rangees = sorted((p for p in utiles if p not in depassees), key=lambda p: p.precision)
    return [replace(p, cle=next(libres), du=_debut(p, lundi)) for p in rangees]


def _debut(periode: Periode, lundi: date) -> date:
    """Its first day from `lundi` on; one week in n stays on its own weeks."""
    if periode.du is None:
        return lundi
    if periode.du >= lundi:
        return periode.du
    premier = periode.du - timedelta(days=periode.du.weekday())
    retard = -((lundi - premier).days // 7) % periode.toutes_les
    return lundi + retard * SEMAINE


def _exceptions(de: Horaires, vers: Horaires, lundi: date) -> tuple[Exception_, ...]:
    gardees = [e for e in vers.exceptions if e.du < lundi]
    prises = {e.cle for e in gardees} | set(vers.autres)
    copiees = [e for e in de.exceptions if e.du >= lundi]
    return (*gardees, *(replace(e, cle=f"{e.cle}-copie") if e.cle in prises else e for e in copiees))
