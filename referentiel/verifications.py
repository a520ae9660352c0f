"""The dates of verification of a fiche, section by section, as every reader sees them (M9)."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from .models import Structure
from .relecture import age_en_mots


@dataclass(frozen=True, slots=True)
class Verifiee:
    """When a section was last verified.

    Attributes:
        le: the day, on the clock of the portal.
        age: « il y a 14 mois », empty while it is younger than a year.
        aujourdhui: it was today.
    """

    le: date
    age: str
    aujourdhui: bool


def verifications_de(structure: Structure) -> dict[str, Verifiee]:
    """Returns section → last verification, in one query; nothing for a section never verified."""
    jour = timezone.localdate()
    lignes = structure.verifications.values_list("section", "verifiee_le")
    return {section: _lire(timezone.localdate(le), jour) for section, le in lignes}


def _lire(le: date, jour: date) -> Verifiee:
    return Verifiee(le, age_en_mots(le, jour), le == jour)
