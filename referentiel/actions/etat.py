"""The state of an offer, derived from its closing: the one place where it is written (B50)."""

from datetime import date, datetime

from django.utils import timezone

from .. import fiches
from ..fermeture import CHAMPS, Fermeture, jour_sur_place
from ..models import Structure


def fermeture_de(structure: Structure) -> Fermeture:
    """Returns the published closing of an offer."""
    unite = fiches.detail_de(structure)
    return Fermeture.depuis({champ: getattr(unite, champ) for champ in CHAMPS})


def jour_de(structure: Structure, instant: datetime | None = None) -> date:
    """Returns the day it is where a structure is, now or at an instant."""
    return jour_sur_place(instant or timezone.now(), structure.departement)


def deriver_etat(structure: Structure, instant: datetime | None = None) -> list[str]:
    """Sets the state that the closing of an offer gives it; the caller has locked the node and saves it.

    Args:
        structure: the offer.
        instant: when, now by default.

    Returns:
        What changed, as a sentence for the journal; empty when the state was right already.
    """
    fermeture, jour = fermeture_de(structure), jour_de(structure, instant)
    etat = fermeture.etat_au(jour).value
    if structure.etat == etat:
        return []
    structure.etat = etat
    return [f"{fermeture.annonce(jour) or 'L’offre est ouverte'}."]
