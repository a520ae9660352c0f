"""Who may do what, where: the one place of that rule. An answer is None, or the reason in French (S16–S22)."""

from enum import StrEnum

from django.db.models import Q
from django.db.models.expressions import RawSQL

from ror.commun.erreurs import DroitManquant

from .models.habilitation import Habilitation, Role
from .models.structure import Structure


class Action(StrEnum):
    MODIFIER = "modifier les fiches"
    DIFFUSER = "relire et diffuser les fiches"
    VALIDER_DOSSIER = "valider les dossiers de l’établissement"
    APPROUVER_DOSSIER = "approuver les dossiers avant publication"
    CORRIGER_FINESS = "corriger les données FINESS"
    SUIVRE_FINESS = "suivre l’import FINESS et décider de ses écarts"
    GERER_COMPTES = "ouvrir des comptes et accorder des droits"


_EDITION = frozenset({Action.MODIFIER, Action.DIFFUSER})

ACTIONS: dict[str, frozenset[Action]] = {
    Role.LECTEUR: frozenset(),
    Role.REFERENT: _EDITION,
    Role.DIRECTION: _EDITION | {Action.VALIDER_DOSSIER},
    Role.GESTIONNAIRE: _EDITION | {Action.APPROUVER_DOSSIER, Action.SUIVRE_FINESS, Action.GERER_COMPTES},
    Role.TUTELLE: frozenset({Action.APPROUVER_DOSSIER}),
    Role.SUPPORT: _EDITION | {Action.CORRIGER_FINESS, Action.SUIVRE_FINESS, Action.GERER_COMPTES},
    Role.ADMINISTRATEUR: frozenset(Action),
}
"""What each role allows, on the perimeter of its grant. Reading is open to everybody signed in (S22)."""


def roles_pour(action: Action) -> list[str]:
    """Returns the roles that allow `action`."""
    return [role for role, actions in ACTIONS.items() if action in actions]


def refus(utilisateur, action: Action, structure: Structure | None = None) -> str | None:
    """Returns why `utilisateur` may not do `action` on `structure` (or anywhere, without one), or None.

    Args:
        utilisateur: the person, signed in or not.
        action: what she wants to do.
        structure: the node; None asks whether one of her grants allows the action at all.
    """
    if not utilisateur.is_authenticated or not utilisateur.is_active:
        return "Connectez-vous pour continuer."
    if utilisateur.is_superuser:
        return None
    droits = _droits(utilisateur)
    if structure is not None:
        droits = [d for d in droits if _couvre(d, structure)]
    if any(action in ACTIONS[d.role] for d in droits):
        return None
    return _motif(droits, action, structure)


def exiger(utilisateur, action: Action, structure: Structure | None = None) -> None:
    """Raises `DroitManquant` with the reason when `refus` gives one."""
    motif = refus(utilisateur, action, structure)
    if motif:
        raise DroitManquant(motif)


def filtre(utilisateur, action: Action) -> Q:
    """Returns the condition on `Structure` that keeps the nodes where `action` is allowed.

    Node grants are one range join on (tree_id, lft): its cost follows what is granted, not the size of the tree.
    """
    if not utilisateur.is_authenticated:
        return Q(pk__in=[])
    if utilisateur.is_superuser:
        return Q(pk__isnull=False)
    droits = [d for d in _droits(utilisateur) if action in ACTIONS[d.role]]
    condition = Q(pk__in=[])
    noeuds = [d.structure_id for d in droits if d.structure_id]
    if noeuds:
        condition |= Q(pk__in=RawSQL(_SOUS_ARBRES, [noeuds]))
    for droit in droits:
        if droit.structure_id is None:
            territoire = Q()
            if droit.departements:
                territoire &= Q(departement__in=droit.departements)
            if droit.groupes:
                territoire &= Q(groupe__in=droit.groupes)
            condition = condition | territoire if territoire else Q(pk__isnull=False)
    return condition


_SOUS_ARBRES = """
SELECT dessous.id FROM referentiel_structure accorde
JOIN referentiel_structure dessous ON dessous.tree_id = accorde.tree_id
    AND dessous.lft BETWEEN accorde.lft AND accorde.rght
WHERE accorde.id = ANY(%s)
"""


def _droits(utilisateur) -> list[Habilitation]:
    """The person's grants in force, read once per request."""
    if not hasattr(utilisateur, "_droits_en_vigueur"):
        utilisateur._droits_en_vigueur = list(
            Habilitation.objects.en_vigueur().filter(utilisateur=utilisateur).select_related("structure")
        )
    return utilisateur._droits_en_vigueur


def _couvre(droit: Habilitation, structure: Structure) -> bool:
    if droit.structure_id is None:
        return (not droit.departements or structure.departement in droit.departements) and (
            not droit.groupes or structure.groupe in droit.groupes
        )
    noeud = droit.structure
    return noeud.tree_id == structure.tree_id and noeud.lft <= structure.lft and structure.rght <= noeud.rght


def _motif(droits: list[Habilitation], action: Action, structure: Structure | None) -> str:
    if not droits:
        if structure is None:
            return f"Aucun de vos droits ne permet de {action}. Demandez-le au support."
        return f"« {structure} » n’est pas dans votre périmètre. Demandez au support un droit sur cette structure."
    noms = ", ".join(sorted({d.get_role_display() for d in droits}))
    attendus = ", ".join(Role(r).label for r in roles_pour(action))
    return f"Votre droit {noms} ne permet pas de {action}. Droits qui le permettent : {attendus}."
