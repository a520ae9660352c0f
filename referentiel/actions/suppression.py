"""Taking fiches out of the tree with all that hangs on them, and putting them back as they were (S130, B5).

Everything is kept in `FicheSupprimee`: the rows themselves, so that a restored fiche has its number, its content, its
journal and what waited on it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import cast

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from ror.commun.erreurs import EtatIncompatible

from ..arbre import reorganiser
from ..derives import rafraichir
from ..models import (
    ChangementPropose,
    CodePorte,
    Contact,
    CorrectionFiness,
    DemandeCorrection,
    EntreeJournal,
    Favori,
    FicheSupprimee,
    Habilitation,
    LigneHoraire,
    Modification,
    OrganisationInterne,
    RappelReouverture,
    Structure,
    Telecom,
    UniteOperationnelle,
    VerificationSection,
)
from ..models.ligne import BoiteMss, Tarif

_LIES: tuple[tuple[type[models.Model], str], ...] = (
    (OrganisationInterne, "structure"),
    (UniteOperationnelle, "structure"),
    (RappelReouverture, "unite"),
    (CodePorte, "structure"),
    (LigneHoraire, "structure"),
    (Contact, "structure"),
    (Telecom, "contact__structure"),
    (Tarif, "structure"),
    (BoiteMss, "structure"),
    (VerificationSection, "structure"),
    (Modification, "structure"),
    (ChangementPropose, "modification__structure"),
    (EntreeJournal, "structure"),
    (Habilitation, "structure"),
    (DemandeCorrection, "structure"),
    (CorrectionFiness, "structure"),
    (Favori, "structure"),
)
"""What hangs on a pôle, a service, an UF or an offer, in the order in which it is put back."""


def refus_de_supprimer(structures: Collection[int]) -> str | None:
    """Returns why these nodes cannot be deleted, or None: a right given on one of them must be ended first."""
    droit = (
        Habilitation.objects.non_terminees()
        .filter(structure__in=structures)
        .select_related("structure", "utilisateur")
        .first()
    )
    if droit is None:
        return None
    return (
        f"{droit.utilisateur} a un droit sur «\u00a0{droit.structure}\u00a0»\u00a0: mettez fin à ce droit avant de"
        " supprimer cette fiche."
    )


def instantaner(structures: Sequence[Structure], *, auteur, motif: str, chemins: dict[int, str]) -> list[int]:
    """Keeps these nodes and all that hangs on them, then takes away what hangs on them.

    The caller has locked the nodes, and deletes them by `arbre.reorganiser`.

    Returns:
        The keys of the `FicheSupprimee` rows.
    """
    pks = [s.pk for s in structures]
    lignes: dict[int, list[dict]] = {s.pk: serializers.serialize("python", [s]) for s in structures}
    for modele, chemin in _LIES:
        objets = modele._default_manager.filter(**{f"{chemin}__in": pks}).annotate(_fiche=models.F(f"{chemin}_id"))
        for objet in objets.order_by("pk"):
            lignes[objet._fiche] += serializers.serialize("python", [objet])  # type: ignore[attr-defined]
    tombes = FicheSupprimee.objects.bulk_create(
        FicheSupprimee(
            cle=s.pk,
            niveau=s.niveau,
            nom=s.nom,
            chemin=chemins.get(s.pk, "")[:1600],
            supprimee_par=auteur,
            motif=motif[:255],
            instantane=_en_json(lignes[s.pk]),
        )
        for s in structures
    )
    for protege in (EntreeJournal, Modification, Habilitation):
        protege._default_manager.filter(structure__in=pks).delete()
    return [tombe.pk for tombe in tombes]


def restaurer(
    tombes: Iterable[FicheSupprimee], *, racine: Structure, parents: dict[int, Structure | int]
) -> list[Structure]:
    """Puts deleted fiches back as they were, under their number.

    Args:
        tombes: what was kept of them.
        racine: any node of their tree.
        parents: number of a fiche → where it hangs; one of these fiches by its number, or a live node.

    Raises:
        EtatIncompatible: one of them is back already.
    """
    structures: dict[int, Structure] = {}
    autres = []
    for tombe in tombes:
        if tombe.restauree_le is not None or Structure.objects.filter(pk=tombe.cle).exists():
            raise EtatIncompatible(f"«\u00a0{tombe.nom}\u00a0» est déjà revenue dans le Répertoire.")
        premiere, *suite = serializers.deserialize("python", tombe.instantane)
        structures[tombe.cle] = cast(Structure, premiere.object)
        autres += suite
        tombe.restauree_le = timezone.now()
        tombe.save(update_fields=["restauree_le"])
    for pk, structure in structures.items():
        parent = parents[pk]
        structure.parent = structures[parent] if isinstance(parent, int) else parent
    reorganiser(racine=racine, creations=list(structures.values()))
    for objet in autres:
        objet.save()
    rafraichir(structures)
    return list(structures.values())


def _en_json(lignes: list[dict]) -> list[dict]:
    """Rows as the JSON column keeps them: dates, decimals and keys as text."""
    return json.loads(json.dumps(lignes, cls=DjangoJSONEncoder))
