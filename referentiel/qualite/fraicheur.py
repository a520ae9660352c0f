"""How fresh the offers of an establishment are: the yearly duty of the guides, and the national rule RE1.2. Pure.

The two are never one: the guides ask that each offer be re-read once a year (S31, S110), the national indicator is
content with one recent update below eight offers, and a quarter of the offers from eight on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..relecture import un_an_apres

SEUIL_PART, PART = 8, 25
"""From this number of offers on, RE1.2 asks for this percentage of them; below, for one."""


@dataclass(frozen=True, slots=True)
class Fraicheur:
    """Counts of the offers of an establishment that are not closed for good.

    Attributes:
        offres: how many.
        relues: re-read within a year, as the guides ask of each.
        mises_a_jour: re-read or updated within a year, as RE1.2 counts.
    """

    offres: int
    relues: int
    mises_a_jour: int

    @property
    def annuelle(self) -> bool:
        """The rule of the guides is kept: every offer was re-read within a year."""
        return self.relues == self.offres

    @property
    def re12(self) -> bool:
        """The national rule RE1.2 is kept."""
        if not self.offres:
            return True
        if self.offres < SEUIL_PART:
            return self.mises_a_jour >= 1
        return pour_cent(self.mises_a_jour, self.offres) >= PART

    @property
    def attendu_re12(self) -> str:
        """What RE1.2 asks of an establishment of this size, in words."""
        if not self.offres:
            return "aucune offre n’est décrite, rien n’est attendu"
        return "au moins 1 attendue" if self.offres < SEUIL_PART else f"au moins {PART}\u00a0% attendus"


def compter(offres: Iterable[tuple[date | None, date | None]], jour: date) -> Fraicheur:
    """Returns the counts of offers given as (day of the last re-reading, day of the last update)."""
    offres = list(offres)
    return Fraicheur(
        len(offres),
        sum(1 for relue, _ in offres if depuis_un_an(relue, jour)),
        sum(1 for _, mise_a_jour in offres if depuis_un_an(mise_a_jour, jour)),
    )


def depuis_un_an(le: date | None, jour: date) -> bool:
    """Whether a day is less than a year before `jour`."""
    return le is not None and un_an_apres(le) > jour


def pour_cent(partie: int, tout: int) -> int:
    """A rate in whole percents, halves upwards, as the national query rounds it."""
    return (200 * partie + tout) // (2 * tout)
