<<<<<<< HEAD
"""Benchmarks of the budgets of ARCHITECTURE §9. Each module has `mesurer()`; `python -m bancs [module…]` runs them."""
=======
"""Benchmarks of the budgets of ARCHITECTURE §9, each beside a floor measured in the same run (`make bench`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesure:
    """One line of the table.

    Attributes:
        nom: what is measured.
        valeur: what it took, in `unite`.
        plancher: what the least possible work took in the same conditions, in `unite`; None when there is no floor.
        budget: the most `valeur / plancher` may be, or the most `valeur` may be without a floor; None: only told.
        unite: unit of the values.
    """

    nom: str
    valeur: float
    plancher: float | None = None
    budget: float | None = None
    unite: str = "s"

    @property
    def rapport(self) -> float | None:
        """How many times its floor."""
        return self.valeur / self.plancher if self.plancher else None

    @property
    def tenue(self) -> bool:
        """Whether the budget holds."""
        jugee = self.rapport if self.plancher else self.valeur
        return self.budget is None or (jugee is not None and jugee <= self.budget)
>>>>>>> 0de5185 (Measure the synchronisation beside parse and COPY)
