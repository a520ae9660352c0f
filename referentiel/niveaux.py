"""The levels of the tree EJ > EG > Pôle > Service > UF > UO and who may hang under whom (EXIGENCES S64, S65)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Niveau(StrEnum):
    """A level of the tree, from the top down; the value is what is stored."""

    EJ = "EJ"
    EG = "EG"
    P = "P"
    S = "S"
    UF = "UF"
    UO = "UO"

    @property
    def nom(self) -> str:
        """« Pôle », « Unité fonctionnelle »…"""
        return _NOMS[self][0]

    @property
    def pluriel(self) -> str:
        """« Pôles », « Unités fonctionnelles »…"""
        return _NOMS[self][1]

    @property
    def feminin(self) -> bool:
        """Whether the words around the name agree in the feminine."""
        return self not in (Niveau.P, Niveau.S)

    @property
    def avec_article(self) -> str:
        """« un pôle », « une unité fonctionnelle »…"""
        return f"{'une' if self.feminin else 'un'} {self.nom[0].lower()}{self.nom[1:]}"

    @property
    def parents(self) -> tuple["Niveau", ...]:
        """Levels under which this one may hang; empty for an EJ, which is a root."""
        return PARENTS[self]


_NOMS = {
    Niveau.EJ: ("Entité juridique", "Entités juridiques"),
    Niveau.EG: ("Entité géographique", "Entités géographiques"),
    Niveau.P: ("Pôle", "Pôles"),
    Niveau.S: ("Service", "Services"),
    Niveau.UF: ("Unité fonctionnelle", "Unités fonctionnelles"),
    Niveau.UO: ("Unité opérationnelle", "Unités opérationnelles"),
}

PARENTS: Mapping[Niveau, tuple[Niveau, ...]] = MappingProxyType(
    {
        Niveau.EJ: (),
        Niveau.EG: (Niveau.EJ,),
        Niveau.P: (Niveau.EG,),
        Niveau.S: (Niveau.P,),
        Niveau.UF: (Niveau.P, Niveau.S),  # the Service is optional (EXIGENCES §0, row 5)
        Niveau.UO: (Niveau.UF, Niveau.EG),
    }
)
GROUPES_SANITAIRES = frozenset({"MCO", "PSY", "SSR", "SLD"})


def refus_de_parent(niveau: Niveau, niveau_parent: Niveau | None, groupe_eg: str | None = None) -> str | None:
    """Why a fiche of `niveau` may not hang under `niveau_parent` (None: at the top), in French; None when it may.

    `groupe_eg` is the « grand groupe de disciplines » of the EG: a sanitaire EG demands Pôle, then UF, then UO (S64),
    a médico-social one, one of ville or one not known takes its UO directly (S65).
    """
    sujet = niveau.avec_article.capitalize()
    if niveau_parent is None:
        return None if niveau is Niveau.EJ else f"{sujet} se rattache à {_choix(niveau.parents)}."
    if niveau is Niveau.EJ:
        return f"{sujet} est au sommet de l’arborescence\u00a0: elle ne se rattache à aucune autre fiche."
    if niveau_parent not in niveau.parents:
        return f"{sujet} se rattache à {_choix(niveau.parents)}, et non à {niveau_parent.avec_article}."
    if niveau is Niveau.UO and niveau_parent is Niveau.EG and groupe_eg in GROUPES_SANITAIRES:
        return (
            "Dans un établissement sanitaire, une unité opérationnelle se rattache à une unité fonctionnelle\u00a0: "
            "créez d’abord le pôle, puis l’unité fonctionnelle."
        )
    return None


def _choix(niveaux: tuple[Niveau, ...]) -> str:
    return " ou à ".join(niveau.avec_article for niveau in niveaux)
