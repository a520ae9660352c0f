"""« Afficher par : Favoris » (S58): what the person keeps at hand, each with where it is, whatever the boxes."""

from ..models import Favori, Structure
from ..niveaux import Niveau
from ..recherche import chemins_de
from .fiches import lignes_de, noeud_de
from .noeuds import Noeud, Regard, titre_departement


def racines(regard: Regard) -> list[Noeud]:
    """Returns her favourites by name, those she may read."""
    siens = Favori.objects.filter(utilisateur=regard.utilisateur).values_list("structure", flat=True)
    return _noeuds(lignes_de(siens, regard))


def ligne(lue: tuple) -> list[Noeud]:
    """Returns the node of a fiche in the first level, if it is a favourite."""
    noeud = noeud_de("fa", lue)
    return _noeuds({noeud.fiche: lue}) if noeud.favori else []


def _noeuds(lignes: dict) -> list[Noeud]:
    chemins = chemins_de(list(Structure.objects.filter(pk__in=lignes)))
    return [noeud_de("fa", lue, precision=_precision(chemins[pk])) for pk, lue in lignes.items()]


def chemin(lignee: list[Structure], favori: int | None, regard: Regard) -> list[str]:
    """Returns the keys from a favourite down to a fiche: the one chosen, else the nearest above; none without any."""
    rangs = {structure.pk: rang for rang, structure in enumerate(lignee)}
    siens = Favori.objects.filter(utilisateur=regard.utilisateur, structure__in=list(rangs))
    presents = {rangs[pk]: pk for pk in siens.values_list("structure", flat=True)}
    if not presents:
        return []
    rang = next((r for r, pk in presents.items() if pk == favori), max(presents))
    return [f"fa-{presents[rang]}", *(f"fa-{presents[rang]}-n-{s.pk}" for s in lignee[rang + 1 :])]


def _precision(ancetres: list[Structure]) -> str:
    """« Association Les Horizons », « CH de Valmont › Pôle Médecine »: enough to tell two namesakes apart."""
    dessous = [a for a in ancetres if a.niveau != Niveau.EJ] or ancetres
    departement = next((a.departement for a in ancetres if a.departement), "")
    return " › ".join(a.nom for a in dessous) or titre_departement(departement)
