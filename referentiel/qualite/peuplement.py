"""The national rule « peuplement finalisé » (criteria 1.3, MODELE_ROR §10): pure, over plain facts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

CATEGORIES_A_TYPE_OBLIGATOIRE = frozenset({"209", "354", "460"})
"""Categories of EG whose offers must say their type."""

LIBELLES = {
    "champ_activite": "champ d’activité",
    "mode_prise_en_charge": "mode de prise en charge",
    "ages": "âges minimum et maximum",
    "activite": "une activité opérationnelle",
    "adresse": "une adresse",
    "contact": "un contact avec sa fonction et un moyen de le joindre",
    "type_offre": "type d’UO",
}
"""What each criterion asks, as it is said to a référent."""


class Peuplement(StrEnum):
    A_FAIRE = "À faire"
    EN_COURS = "En cours"
    FINALISE = "Finalisé"


@dataclass(frozen=True, slots=True)
class Faits:
    """What an offer says, criterion by criterion."""

    champ_activite: bool
    mode_prise_en_charge: bool
    ages: bool
    activite: bool
    adresse: bool
    contact: bool
    type_offre: bool

    def manques(self) -> tuple[str, ...]:
        """What is still asked, in words."""
        return tuple(LIBELLES[f.name] for f in fields(self) if not getattr(self, f.name))


def situer_offre(faits: Faits) -> Peuplement:
    """Returns where an offer stands: nothing said, something, or all that the rule asks."""
    manquants = len(faits.manques())
    if manquants == 0:
        return Peuplement.FINALISE
    return Peuplement.A_FAIRE if manquants == len(LIBELLES) else Peuplement.EN_COURS


def situer_etablissement(offres: Iterable[Faits]) -> Peuplement:
    """Returns where an establishment stands: finalised when all its offers not closed for good are (S66)."""
    situations = [situer_offre(faits) for faits in offres]
    if not situations:
        return Peuplement.A_FAIRE
    return Peuplement.FINALISE if set(situations) == {Peuplement.FINALISE} else Peuplement.EN_COURS
