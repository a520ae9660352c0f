"""The lieux of an establishment, as its offers name them."""

from collections.abc import Iterable

from django.db.models import QuerySet

from ror.commun.texte import est_uuid

from .models import Lieu, Structure


def lieux_de(structure: Structure) -> QuerySet[Lieu]:
    """Returns the lieux of the EG that holds `structure`, by name."""
    return Lieu.objects.filter(
        etablissement__tree_id=structure.tree_id,
        etablissement__lft__lte=structure.lft,
        etablissement__rght__gte=structure.rght,
    ).order_by("nom", "pk")


def noms_de(cles: Iterable[str]) -> dict[str, str]:
    """Returns key → name of these lieux; what is no key is left out."""
    lisibles = [cle for cle in cles if est_uuid(cle)]
    if not lisibles:
        return {}
    return {str(cle): nom for cle, nom in Lieu.objects.filter(cle__in=lisibles).values_list("cle", "nom")}
