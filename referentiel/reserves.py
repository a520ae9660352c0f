"""What a reader of some levels of confidentiality (J222) may not read of a change."""

from collections.abc import Collection, Iterator

from .champs import PROFIL_1_SEUL
from .changements import Valeur

TABLES = ("contacts", "boites_mss")
"""Fields whose rows, and the rows of whose rows, have a level of their own."""


def est_reserve(champ: str, valeurs: Collection[Valeur], niveaux: Collection[str]) -> bool:
    """Whether one of these values of a field may not be read.

    Args:
        champ: name of the field.
        valeurs: its values, before and after.
        niveaux: the levels that are read.
    """
    if champ in PROFIL_1_SEUL:
        return "3" not in niveaux
    return champ in TABLES and any(niveau not in niveaux for valeur in valeurs for niveau in _niveaux_de(valeur))


def _niveaux_de(table: Valeur) -> Iterator[str]:
    for ligne in table.values() if isinstance(table, dict) else ():
        for morceau in (ligne, *(ligne.get("telecoms") or [])):
            yield morceau.get("confidentialite") or "1"
