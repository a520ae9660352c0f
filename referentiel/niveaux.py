"""Levels of the tree and which may hang under which (S63–S65)."""

from enum import StrEnum


class Niveau(StrEnum):
    EJ = "EJ"
    EG = "EG"
    POLE = "P"
    SERVICE = "S"
    UF = "UF"
    UO = "UO"

    @property
    def libelle(self) -> str:
        return {
            "EJ": "Entité juridique",
            "EG": "Entité géographique",
            "P": "Pôle",
            "S": "Service",
            "UF": "Unité fonctionnelle",
            "UO": "Unité opérationnelle",
        }[self.value]


_PARENTS = {"EJ": (), "EG": ("EJ",), "P": ("EG",), "S": ("P",), "UF": ("P", "S"), "UO": ("UF", "EG")}


def refus_de_parent(niveau: Niveau, parent: Niveau | None, groupe: str | None = None) -> str | None:
    """Returns why `niveau` may not hang under `parent`, or None."""
    if parent is None:
        return None if niveau == Niveau.EJ else "Seule une entité juridique n’a pas de structure au-dessus d’elle."
    if parent not in _PARENTS[niveau]:
        return f"Une fiche {niveau} ne se range pas sous une fiche {parent}."
    return None
