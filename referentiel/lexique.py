"""Codes and their labels, by list: one query for all those asked, and none for those already met in a long run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from .codes import condition, libelle_montre, valeur_de
from .models import Code


class CodeLu(NamedTuple):
    """What writing and telling a code need."""

    pk: int
    libelle: str


Cle = tuple[str, str]
"""(code list, value of a fiche)."""

_memoire: ContextVar[dict[Cle, CodeLu] | None] = ContextVar("lexique", default=None)


@contextmanager
def lexique_partage() -> Iterator[None]:
    """Within this block, and those inside it, each code is read once, however many fiches carry it."""
    if _memoire.get() is not None:
        yield
        return
    jeton = _memoire.set({})
    try:
        yield
    finally:
        _memoire.reset(jeton)


def lire_codes(demandes: Mapping[str, Iterable[str | None]]) -> dict[Cle, CodeLu]:
    """Returns the known codes among those asked of each list; of several systems that share one, that still offered."""
    voulus = {(liste, code) for liste, codes in demandes.items() for code in codes if code}
    memoire = _memoire.get()
    connus = memoire if memoire is not None else {}
    connus.update(_lire(voulus - connus.keys()))
    return {cle: connus[cle] for cle in voulus if cle in connus}


def _lire(voulus: set[Cle]) -> dict[Cle, CodeLu]:
    if not voulus:
        return {}
    par_liste: dict[str, list[str]] = defaultdict(list)
    for liste, valeur in voulus:
        par_liste[liste].append(valeur)
    lignes = Code.objects.filter(condition(par_liste)).order_by("actif", "-pk")
    return {
        (liste, valeur_de(liste, code, systeme)): CodeLu(pk, libelle_montre(liste, code, libelle))
        for liste, code, systeme, pk, libelle in lignes.values_list(
            "nomenclature__identifiant", "code", "systeme", "pk", "libelle"
        )
    }
