"""What a row of a table must satisfy as a whole, table by table (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from . import tarifs, telecoms

Regle = Callable[[Mapping[str, Any]], dict[str, str]]

REGLES: Mapping[str, Regle] = {"tarifs": tarifs.erreurs, "boites_mss": telecoms.erreurs_boite}


def erreurs(table: str, ligne: Mapping[str, Any]) -> dict[str, str]:
    """Returns column → what is wrong, without its label; none for a table that has no rule."""
    regle = REGLES.get(table)
    return regle(ligne) if regle else {}
