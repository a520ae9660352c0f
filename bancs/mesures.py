"""What a benchmark reports, and the clock they share."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mesure:
    """One line of the report.

    Attributes:
        nom: what was measured, in French.
        valeur: the measure.
        plancher: the same work at its barest, measured in the same run; None when there is none.
        unite: « ms », « s », « requêtes »…
        budget: greatest value allowed; None when the line only informs.
        detail: figures that explain it.
    """

    nom: str
    valeur: float
    plancher: float | None = None
    unite: str = "ms"
    budget: float | None = None
    detail: str = ""

    @property
    def tenu(self) -> bool:
        return self.budget is None or self.valeur <= self.budget

    def __str__(self) -> str:
        texte = f"{self.nom} : {_nombre(self.valeur)} {self.unite}"
        if self.plancher is not None:
            rapport = f", {self.valeur / self.plancher:.1f} ×" if self.plancher else ""
            texte += f" (plancher {_nombre(self.plancher)} {self.unite}{rapport})"
        if self.budget is not None:
            texte += f" — budget {_nombre(self.budget)} {self.unite} : {'tenu' if self.tenu else 'DÉPASSÉ'}"
        return texte + (f" — {self.detail}" if self.detail else "")


def chronometrer(acte: Callable[[], object]) -> float:
    """Returns how long `acte` takes, in milliseconds."""
    debut = time.perf_counter()
    acte()
    return (time.perf_counter() - debut) * 1000


def p50_p95(durees: Iterable[float]) -> tuple[float, float]:
    """Returns the median and the 95th percentile."""
    centiles = statistics.quantiles(durees, n=20, method="inclusive")
    return centiles[9], centiles[18]


def _nombre(valeur: float) -> str:
    return f"{valeur:,.0f}".replace(",", " ") if valeur >= 100 else f"{valeur:.2f}".rstrip("0").rstrip(".")
