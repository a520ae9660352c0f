"""The lieux of an establishment, as its offers name them; those of offers are read and written by lots."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.urls import reverse

from ror.commun.texte import est_uuid

from .ecritures import Ecriture
from .models import Lieu, Structure, UniteOperationnelle
from .models.lieu import LieuQuerySet

_Pose = UniteOperationnelle.lieux.through
"""One lieu of one offer."""


def lieux_de(structure: Structure) -> LieuQuerySet:
    """Returns the lieux of the EG that holds `structure`, by name."""
    return Lieu.objects.filter(
        etablissement__tree_id=structure.tree_id,
        etablissement__lft__lte=structure.lft,
        etablissement__rght__gte=structure.rght,
    ).order_by("nom", "pk")


def lieu_principal(offre: int) -> Lieu | None:
    """Returns the first lieu of an offer, by name."""
    return Lieu.objects.filter(unites=offre).order_by("nom", "pk").first()


def adresse_capacitaire(lieu: Lieu) -> str:
    """Returns where the beds and places of a lieu are typed."""
    return f"{reverse('lieu-section', args=[lieu.pk, 'capacitaire'])}#capacites-ajouter"


def noms_de(cles: Iterable[str]) -> dict[str, str]:
    """Returns key → name of these lieux; what is no key is left out."""
    lisibles = [cle for cle in cles if est_uuid(cle)]
    if not lisibles:
        return {}
    return {str(cle): nom for cle, nom in Lieu.objects.filter(cle__in=lisibles).values_list("cle", "nom")}


def lire_lieux(offres: Iterable[int]) -> dict[int, list[str]]:
    """Returns offer → keys of its lieux."""
    resultat: dict[int, list[str]] = defaultdict(list)
    poses = _Pose.objects.filter(uniteoperationnelle__in=list(offres))
    for pk, cle in poses.values_list("uniteoperationnelle_id", "lieu__cle"):
        resultat[pk].append(str(cle))
    return resultat


def ecrire_lieux(ecritures: Sequence[Ecriture]) -> None:
    """Makes the lieux of offers those given; one that is not of the establishment of the offer is left out."""
    voulus = _trouver(ecritures)
    partants, presents = [], set()
    poses = _Pose.objects.filter(uniteoperationnelle__in=[e.structure.pk for e in ecritures])
    for cle, offre, lieu in poses.values_list("pk", "uniteoperationnelle_id", "lieu_id"):
        if (offre, lieu) in voulus:
            presents.add((offre, lieu))
        else:
            partants.append(cle)
    if partants:
        _Pose.objects.filter(pk__in=partants).delete()
    _Pose.objects.bulk_create(
        _Pose(uniteoperationnelle_id=offre, lieu_id=lieu) for offre, lieu in sorted(voulus - presents)
    )


def _trouver(ecritures: Sequence[Ecriture]) -> set[tuple[int, int]]:
    """The (offer, lieu) that these writings want."""
    cles = {cle for e in ecritures for cle in e.apres or ()}  # type: ignore[union-attr]
    par_cle = {str(lieu.cle): lieu for lieu in Lieu.objects.filter(cle__in=cles).select_related("etablissement")}
    return {
        (e.structure.pk, lieu.pk)
        for e in ecritures
        for cle in e.apres or ()  # type: ignore[union-attr]
        if (lieu := par_cle.get(cle)) and _contient(lieu.etablissement, e.structure)
    }


def _contient(etablissement: Structure, structure: Structure) -> bool:
    return (
        etablissement.tree_id == structure.tree_id
        and etablissement.lft <= structure.lft
        and etablissement.rght >= structure.rght
    )
