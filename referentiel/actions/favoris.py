"""« Ajouter aux favoris », « Retirer des favoris » (S57): each as good as done when it is done already."""

from django.db import transaction

from ror.commun.erreurs import EtatIncompatible

from ..models import Favori, Structure

LIMITE = 200
"""Favourites of a person: beyond, they are no longer at hand."""


@transaction.atomic
def ajouter_favori(*, structure_id: int, auteur) -> None:
    """Keeps a fiche at hand for one person.

    Args:
        structure_id: a fiche she may read.
        auteur: the person.

    Raises:
        Structure.DoesNotExist: no such fiche, or none she may know of.
        EtatIncompatible: she has as many favourites as one may have.
    """
    structure = Structure.objects.lisibles_par(auteur).get(pk=structure_id)
    siens = Favori.objects.filter(utilisateur=auteur)
    if siens.count() >= LIMITE and not siens.filter(structure=structure).exists():
        raise EtatIncompatible(f"Vous avez déjà {LIMITE} favoris : retirez-en un avant d’en ajouter.")
    Favori.objects.get_or_create(utilisateur=auteur, structure=structure)


@transaction.atomic
def retirer_favori(*, structure_id: int, auteur) -> None:
    """Keeps a fiche at hand no longer; nothing else changes.

    Args:
        structure_id: the fiche.
        auteur: the person.
    """
    Favori.objects.filter(utilisateur=auteur, structure=structure_id).delete()
