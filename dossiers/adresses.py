"""Addresses inside a dossier, for the screens and the mails."""

from django.urls import reverse


def adresse_fiche(dossier_id: int, cle: str) -> str:
    """Returns the page of a fiche in its dossier, created or live, by its key in the tree (« s12 », « f5 »)."""
    return f"{reverse('dossier', args=[dossier_id])}fiche/{cle}/"
