"""What the apps above say of a node of the tree, this one knowing none of them: « dossier collaboratif » (S126).

A marker gives the fiches it marks as a query, which is put in that of the branch: marks cost no query of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from ..models import Structure


@dataclass(frozen=True, slots=True)
class Marque:
    """An icon, the word that screen readers say, and the keys of the fiches that have it, as a query of one column."""

    picto: str
    mot: str
    fiches: QuerySet


Marqueur = Callable[[object], Marque | None]
_marqueurs: list[Marqueur] = []


def marquer(marqueur: Marqueur) -> None:
    """Registers who is asked, for the person who looks, which fiches it marks; None when she may see none of them."""
    if marqueur not in _marqueurs:
        _marqueurs.append(marqueur)


def annoter(structures: QuerySet[Structure], utilisateur) -> tuple[QuerySet[Structure], list[tuple[str, Marque]]]:
    """Returns the fiches with one boolean column per marker, and the name of each column."""
    marques = [marque for marqueur in _marqueurs if (marque := marqueur(utilisateur)) is not None]
    colonnes = [(f"marque_{rang}", marque) for rang, marque in enumerate(marques)]
    conditions = {
        colonne: ExpressionWrapper(Q(pk__in=marque.fiches), output_field=BooleanField()) for colonne, marque in colonnes
    }
    return structures.annotate(**conditions), colonnes
