"""« Mes Etablissements »: the EG and EJ of a person's rights, searched and counted (S34–S37)."""

from collections.abc import Collection, Mapping

from django.db.models import Count, QuerySet

from .models import Structure
from .niveaux import Niveau
from .permissions import offres_cachees
from .recherche import filtrer
from .repertoire import compter_offres


def lire_filtre(parametres: Mapping[str, str]) -> tuple[bool, str]:
    """Returns what the address of the page asks: the EJ rather than the EG, and the words."""
    return parametres.get("onglet") == "ej", parametres.get("q", "").replace("\x00", "").strip()[:200]


def chercher(utilisateur, *, ej: bool, texte: str) -> QuerySet[Structure]:
    """Returns her establishments (or legal entities) that answer these words, by name."""
    miens = mes_ej(utilisateur) if ej else Structure.objects.du_perimetre(utilisateur).filter(niveau=Niveau.EG)
    return (filtrer(miens, texte) if texte else miens).order_by("nom_recherche", "pk")


def mes_ej(utilisateur) -> QuerySet[Structure]:
    """Returns the EJ of her perimeter, and those of her EG: one tree per EJ."""
    miens = Structure.objects.du_perimetre(utilisateur)
    if utilisateur.is_superuser:
        return miens.filter(niveau=Niveau.EJ)
    return Structure.objects.filter(
        niveau=Niveau.EJ, tree_id__in=miens.filter(niveau__in=[Niveau.EJ, Niveau.EG]).values("tree_id")
    )


def compter(utilisateur, structures: Collection[int], *, ej: bool) -> dict[int, int]:
    """Returns how many offers she may know of are below these EG, or how many EG below these EJ."""
    if not ej:
        return compter_offres(structures, offres_cachees(utilisateur))
    lignes = Structure.objects.filter(parent__in=structures).values_list("parent").annotate(n=Count("pk")).order_by()
    return dict(lignes)
