"""Whether a fiche is among the favourites of a person (S57)."""

from .models import Favori, Structure


def est_favori(utilisateur, structure: Structure) -> bool:
    """Tells whether this person keeps this fiche at hand."""
    return Favori.objects.filter(utilisateur=utilisateur, structure=structure).exists()
