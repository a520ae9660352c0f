"""Choosing what each criterion of the completeness weighs (B27)."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from referentiel.import_modeles import TYPES_OFFRE
from referentiel.models import Code
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger
from referentiel.qualite.completude import ETOILE, criteres_connus
from ror.commun.erreurs import SaisieInvalide

from .completude import poids_proposes
from .models import PoidsCompletude
from .models.poids import POIDS_MAX


@transaction.atomic
def regler_poids(*, auteur, niveau: str, type_offre: str = "", poids: Mapping[str, int | None]) -> int:
    """Sets weights for a level, or for one type d’UO; one that equals what applies without it is not kept.

    Args:
        auteur: who chooses.
        niveau: UO or EG.
        type_offre: code of a type d’UO; empty for all of them.
        poids: criterion → weight; None comes back to what applies without it.

    Returns:
        How many weights of this portal there are now, for this level and type.

    Raises:
        DroitManquant: she may not set the weights.
        SaisieInvalide: a weight out of 0 to 100, an unknown criterion, level or type.
    """
    exiger(auteur, Action.REGLER_POIDS)
    _controler(niveau, type_offre, poids)
    siens = PoidsCompletude.objects.filter(niveau=niveau, type_offre=type_offre)
    sans = _sans_ce_choix(niveau, type_offre)
    retires = [critere for critere, valeur in poids.items() if valeur is None or valeur == sans.get(critere, 0)]
    siens.filter(critere__in=retires).delete()
    maintenant = timezone.now()
    PoidsCompletude.objects.bulk_create(
        [
            PoidsCompletude(
                niveau=niveau,
                type_offre=type_offre,
                critere=critere,
                poids=valeur,
                modifie_par=auteur,
                modifie_le=maintenant,
            )
            for critere, valeur in poids.items()
            if critere not in retires
        ],
        update_conflicts=True,
        unique_fields=["niveau", "critere", "type_offre"],
        update_fields=["poids", "modifie_par", "modifie_le"],
    )
    return siens.count()


def _controler(niveau: str, type_offre: str, poids: Mapping[str, int | None]) -> None:
    if niveau not in (Niveau.UO, Niveau.EG):
        raise SaisieInvalide({"niveau": "Choisissez les poids des offres ou ceux des établissements."})
    if type_offre and (niveau != Niveau.UO or not types_offre().filter(code=type_offre).exists()):
        raise SaisieInvalide({"type": "Choisissez un type d’UO dans la liste."})
    connus = {*criteres_connus(Niveau(niveau)), ETOILE}
    erreurs = {critere: "Ce critère n’existe pas." for critere in poids if critere not in connus}
    erreurs |= {
        critere: f"Un poids est un nombre entier de 0 à {POIDS_MAX}."
        for critere, valeur in poids.items()
        if valeur is not None and not 0 <= valeur <= POIDS_MAX
    }
    if erreurs:
        raise SaisieInvalide(erreurs)


def types_offre() -> QuerySet[Code]:
    """Returns the codes of the types d’UO."""
    return Code.objects.filter(nomenclature__identifiant=TYPES_OFFRE)


def _sans_ce_choix(niveau: str, type_offre: str) -> dict[str, int]:
    """Criterion → what it would weigh without the choices for this level and type."""
    proposes = {c: valeur for (n, c, t), valeur in poids_proposes().items() if n == niveau and t == ""}
    if not type_offre:
        return proposes
    generaux = PoidsCompletude.objects.filter(niveau=niveau, type_offre="").values_list("critere", "poids")
    propres = {c: valeur for (n, c, t), valeur in poids_proposes().items() if n == niveau and t == type_offre}
    return proposes | dict(generaux) | propres
