"""The rows of the hours of fiches: read and written by lots, in as many queries as for one fiche."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from ror.commun.ecriture_en_masse import inserer_lignes

from .changements import Valeur
from .ecritures import Ecriture
from .models import LigneHoraire


def lire_lignes_horaires(structures: Iterable[int]) -> dict[int, dict[str, Valeur]]:
    """Returns node → key of a row → its value."""
    resultat: dict[int, dict[str, Valeur]] = defaultdict(dict)
    lignes = LigneHoraire.objects.filter(structure__in=list(structures)).order_by("pk")
    for pk, cle, valeur in lignes.values_list("structure_id", "cle", "valeur"):
        resultat[pk][cle] = valeur
    return resultat


def ecrire_lignes_horaires(ecritures: Sequence[Ecriture]) -> None:
    """Writes the rows that differ, takes away those that are no more."""
    nouvelles, retirees = [], []
    for structure, _, avant, apres in ecritures:
        avant, apres = avant or {}, apres or {}
        nouvelles += [
            {"structure_id": structure.pk, "cle": cle, "valeur": valeur}
            for cle, valeur in apres.items()  # type: ignore[union-attr]
            if avant.get(cle) != valeur  # type: ignore[union-attr]
        ]
        if parties := avant.keys() - apres.keys():  # type: ignore[union-attr]
            retirees.append(Q(structure=structure, cle__in=parties))
    if retirees:
        LigneHoraire.objects.filter(Q(*retirees, _connector=Q.OR)).delete()
    inserer_lignes(LigneHoraire, nouvelles, uniques=("structure_id", "cle"))
