"""The forms that mean the same: those shipped, and what the portal added to them or took away."""

import csv
import time
from functools import lru_cache

from django.db import connection

from ..models import SynonymeRecherche
from ..nomenclatures import DONNEES
from .requete import Synonymes, lire_synonymes

LIVRES = DONNEES / "synonymes.csv"
DUREE = 60
"""Seconds during which a process trusts what it read of the table."""

_lus: dict[str, tuple[float, Synonymes]] = {}


def synonymes() -> Synonymes:
    """Returns the forms in force; those edited are known within a minute by every process."""
    base, maintenant = connection.settings_dict["NAME"], time.monotonic()
    connus = _lus.get(base)
    if connus is None or maintenant - connus[0] > DUREE:
        connus = _lus[base] = (maintenant, en_place())
    return connus[1]


def oublier() -> None:
    """Makes this process read the table again at its next search."""
    _lus.clear()


def en_place() -> Synonymes:
    """Returns the forms in force, read now."""
    lignes = dict(SynonymeRecherche.objects.order_by("pk").values_list("formes", "actif"))
    return _assembler(tuple(sorted(lignes.items())))


@lru_cache(maxsize=4)
def _assembler(lignes: tuple[tuple[str, bool], ...]) -> Synonymes:
    retirees = {formes for formes, actif in lignes if not actif}
    ajoutees = [formes for formes, actif in lignes if actif]
    return lire_synonymes([*(formes for formes in livres() if formes not in retirees), *ajoutees])


@lru_cache(maxsize=1)
def livres() -> tuple[str, ...]:
    """The groups shipped with the portal."""
    with LIVRES.open(encoding="utf-8", newline="") as fichier:
        return tuple(ligne["formes"] for ligne in csv.DictReader(fichier))
