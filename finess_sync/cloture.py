"""The structures a complete file no longer tells of: never deleted, counted, proposed for closing (FINESS.md §2.4)."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from django.utils import timezone

from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau

from .comparaison import proposer_absences
from .correspondance import DETAILS
from .models import Ecart, Empreinte, Execution
from .rapprochement import Nature


def absentes(*, connues: Collection[str], vues: Collection[str], champs: Collection[Niveau]) -> list[str]:
    """Numbers once received, of the levels the file provides, that it does not hold."""
    manquantes = Empreinte.objects.filter(
        numero_finess__in=[numero for numero in connues if numero not in vues], niveau__in=[n.value for n in champs]
    )
    return list(manquantes.values_list("numero_finess", flat=True))


def noter_absences(
    *, manquantes: Collection[str], champs: Collection[Niveau], execution: Execution, jour: date, nouveau: bool
) -> Counter[str]:
    """Counts one more absence for what is missing, forgets those of what came back, proposes to close.

    Only structures still open are told; a closed one that is missing is as expected (classic stocks omit them).

    Args:
        manquantes: what `absentes` gave.
        champs: the levels the file provides.
        execution: the run.
        jour: date of the data.
        nouveau: the data are of another day than the last ones; the same data are one and the same absence.
    """
    compteurs: Counter[str] = Counter()
    for niveau in champs:
        modele = DETAILS[niveau]
        ouvertes = modele.objects.filter(
            structure__numero_finess__in=manquantes, structure__niveau=niveau.value
        ).exclude(structure__etat=Etat.FERMEE)
        details = list(ouvertes)
        changees = [detail for detail in details if nouveau or detail.absent_depuis is None]
        for detail in changees:
            detail.absent_depuis = detail.absent_depuis or jour
            detail.absences += 1
        modele.objects.bulk_update(changees, ["absent_depuis", "absences"], batch_size=1_000)
        compteurs["absentes"] += len(details)
        compteurs["a_relire"] += proposer_absences([d.structure_id for d in details], niveau, execution)
        compteurs["revenues"] += _revenues(niveau, manquantes)
    return compteurs


def _revenues(niveau: Niveau, manquantes: Collection[str]) -> int:
    """Forgets the absence of what is there again, and the écarts that told of it."""
    modele = DETAILS[niveau]
    revenues = list(
        modele.objects.filter(absent_depuis__isnull=False)
        .exclude(structure__numero_finess__in=manquantes)
        .values_list("structure_id", flat=True)
    )
    Ecart.objects.filter(structure__in=revenues, nature=Nature.ABSENTE, etat=Ecart.Etat.A_RELIRE).update(
        etat=Ecart.Etat.PERIME, decide_le=timezone.now()
    )
    return modele.objects.filter(pk__in=revenues).update(absent_depuis=None, absences=0)
