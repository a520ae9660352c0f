"""The national rules that stop an act: a broken blocking one is refused beside its field (B31)."""

from collections.abc import Iterable

from ror.commun.erreurs import SaisieInvalide

from ..changements import Fiche
from ..models import Structure
from ..niveaux import Niveau
from ..qualite.constats import constats_offre, faits_offre
from ..qualite.regles import Constat, bloquants_nouveaux


def exiger_a_la_saisie(structure: Structure, avant: Fiche, apres: Fiche, champ: str = "") -> None:
    """Refuses to go from `avant` to `apres` when that breaks a blocking rule.

    Args:
        structure: the fiche; only offers have such rules.
        avant, apres: all its values.
        champ: the only field the act changes, beside which to say it; else that of the rule.

    Raises:
        SaisieInvalide: what is broken, by field.
    """
    if structure.niveau == Niveau.UO:
        _refuser(bloquants_nouveaux(*faits_offre(structure, avant, apres)), champ)


def exiger_a_la_diffusion(structure: Structure, valeurs: Fiche) -> None:
    """Refuses to broadcast an offer that breaks a blocking rule, whoever broke it and when.

    Raises:
        SaisieInvalide: what is broken, by field.
    """
    if structure.niveau == Niveau.UO:
        _refuser([constat for constat in constats_offre(structure, valeurs) if constat.bloquant])


def _refuser(constats: Iterable[Constat], champ: str = "") -> None:
    erreurs = {
        champ or constat.champ: f"Règle nationale {constat.regle.code}. {constat.message} {constat.regle.instruction}"
        for constat in constats
    }
    if erreurs:
        raise SaisieInvalide(erreurs)
