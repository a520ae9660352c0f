"""Who may do which act on a dossier: the table of `etats` read with the rights of `referentiel.permissions`."""

from referentiel.models import Structure
from referentiel.permissions import Action, refus
from ror.commun.erreurs import DroitManquant, EtatIncompatible

from .etats import TRANSITIONS, Etat, Geste, Qui, refus_d_etat
from .models import Dossier
from .models.dossier import ACTIONS_VISIBLES

ACTION_ETAPE: dict[Etat, Action] = {
    Etat.DIRECTION: Action.VALIDER_DOSSIER,
    Etat.GESTIONNAIRE: Action.APPROUVER_DOSSIER,
    Etat.TUTELLE: Action.APPROUVER_TUTELLE,
}
"""The right that each step of validation takes."""


def refus_geste(utilisateur, dossier: Dossier, geste: Geste) -> str | None:
    """Returns why this person may not do this on this dossier now, or None. Nothing is read twice in a request."""
    return _refus_de_droit(utilisateur, dossier, geste) or refus_d_etat(geste, dossier.etat_dossier)


def exiger_geste(utilisateur, dossier: Dossier, geste: Geste) -> None:
    """Raises the refusal that fits.

    Raises:
        DroitManquant: her rights do not allow it here (403).
        EtatIncompatible: the dossier is not in a state where it is possible (409).
    """
    motif = _refus_de_droit(utilisateur, dossier, geste)
    if motif:
        raise DroitManquant(motif)
    motif = refus_d_etat(geste, dossier.etat_dossier)
    if motif:
        raise EtatIncompatible(motif)


def gestes_permis(utilisateur, dossier: Dossier) -> set[Geste]:
    """Returns the acts open to this person on this dossier now: what its pages offer."""
    return {geste for geste in Geste if refus_geste(utilisateur, dossier, geste) is None}


def _refus_de_droit(utilisateur, dossier: Dossier, geste: Geste) -> str | None:
    qui, etablissement = TRANSITIONS[geste].qui, dossier.etablissement
    if qui is Qui.PORTAIL:
        return None if utilisateur is None else "Le portail publie lui-même, à la date d’effet."
    if qui is Qui.PARTICIPANT:
        motifs = [refus(utilisateur, action, etablissement) for action in ACTIONS_VISIBLES]
        return None if None in motifs else motifs[0]
    if qui is Qui.EDITEUR:
        return refus(utilisateur, Action.MODIFIER, etablissement)
    etape = dossier.etapes[-1] if qui is Qui.APPROBATEUR and dossier.route else dossier.etat_dossier
    if etape in ACTION_ETAPE:
        return refus(utilisateur, ACTION_ETAPE[etape], etablissement)
    # No step waits: a validator is told so by the state; whoever validates nothing here lacks the right in any state.
    motifs = [refus(utilisateur, action, etablissement) for action in ACTION_ETAPE.values()]
    return None if None in motifs else motifs[0]


def dossier_visible_sur(utilisateur, structure: Structure) -> Dossier | None:
    """Returns the open dossier of the establishment that holds this fiche, None for whoever may not see it (S126).

    No query for whoever edits and validates nothing; else one, and the lookup of her rights on that establishment.
    """
    if all(refus(utilisateur, action) for action in ACTIONS_VISIBLES):
        return None
    dossier = (
        Dossier.objects.ouverts()
        .filter(
            etablissement__tree_id=structure.tree_id,
            etablissement__lft__lte=structure.lft,
            etablissement__rght__gte=structure.rght,
        )
        .select_related("etablissement", "cree_par")
        .first()
    )
    if dossier is None or all(refus(utilisateur, action, dossier.etablissement) for action in ACTIONS_VISIBLES):
        return None
    return dossier
