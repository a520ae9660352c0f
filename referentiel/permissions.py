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
    REGLER_PORTAIL = "modifier les textes de la région et les conditions d’utilisation"


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


ROLES_ACCORDABLES: dict[str, frozenset[str]] = {
    Role.SUPPORT: frozenset({Role.LECTEUR, Role.REFERENT, Role.DIRECTION}),
    Role.GESTIONNAIRE: frozenset({Role.LECTEUR, Role.REFERENT, Role.DIRECTION, Role.TUTELLE, Role.GESTIONNAIRE}),
    Role.ADMINISTRATEUR: frozenset(Role),
}
"""Which rights each role may give and take back: never one above its own."""


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
    if utilisateur.is_superuser:
        return Q(pk__isnull=False)
    return _condition([d for d in _droits(utilisateur) if action in ACTIONS[d.role]])


def filtre_perimetre(utilisateur) -> Q:
    """Returns the condition on `Structure` that keeps the person's perimeter, whatever her roles there (S21)."""
    if utilisateur.is_superuser:
        return Q(pk__isnull=False)
    return _condition(_droits(utilisateur))


def filtre_confie(utilisateur, action: Action) -> Q:
    """Returns the condition that keeps the nodes granted to her by name where `action` is allowed.

    Unlike `filtre` it leaves out territories: what a référent must do herself, not all that a region's manager may do.
    """
    return _condition([d for d in _droits(utilisateur) if d.structure_id and action in ACTIONS[d.role]])


ROLES_CONFIDENTIELS = frozenset({Role.GESTIONNAIRE, Role.SUPPORT, Role.ADMINISTRATEUR, Role.TUTELLE})
"""Roles that read contacts kept for regulation and crisis management (J222, level 3)."""


def niveaux_lisibles(utilisateur, structure: Structure) -> set[str]:
    """Returns the levels of confidentiality (J222) she reads on this fiche: 1 everybody, 2 professionals signed in,
    3 regulation and crisis management, and whoever may edit the fiche."""
    if not utilisateur.is_authenticated:
        return {"1"}
    if utilisateur.is_superuser or any(
        d.role in ROLES_CONFIDENTIELS and _couvre(d, structure) for d in _droits(utilisateur)
    ):
        return {"1", "2", "3"}
    return {"1", "2"} if refus(utilisateur, Action.MODIFIER, structure) else {"1", "2", "3"}


def _condition(droits: list[Habilitation]) -> Q:
    """Returns the condition on `Structure` that keeps what these grants cover."""
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
    if not utilisateur.is_authenticated:
        return []
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


def roles_accordables(utilisateur) -> list[str]:
    """Returns the roles this person may grant somewhere, in the order of `Role`."""
    if utilisateur.is_superuser:
        return list(Role)
    permis = {role for d in _droits(utilisateur) for role in ROLES_ACCORDABLES.get(d.role, ())}
    return [role for role in Role if role in permis]


def refus_accorder(
    utilisateur, personne, role: str, structure: Structure | None = None, departements=(), groupes=()
) -> str | None:
    """Returns why `utilisateur` may not give this right to `personne` (or take it back), or None.

    Args:
        utilisateur: the manager.
        personne: who receives the right; None for an account not yet opened.
        role: the right.
        structure: its node; None for a right on a territory.
        departements: codes of its départements; empty means all.
        groupes: codes of its groups; empty means all.
    """
    motif = refus(utilisateur, Action.GERER_COMPTES)
    if motif:
        return motif
    if personne is not None and personne.pk == utilisateur.pk:
        return "Personne ne gère ses propres droits : demandez-le à un autre gestionnaire ou à un administrateur."
    if utilisateur.is_superuser:
        return None
    droits = [d for d in _droits(utilisateur) if role in ROLES_ACCORDABLES.get(d.role, ())]
    libelle = Role(role).label
    if not droits:
        attendus = ", ".join(Role(r).label for r, permis in ROLES_ACCORDABLES.items() if role in permis)
        return f"Votre droit ne permet pas de gérer un droit {libelle}. Droits qui le permettent : {attendus}."
    if not ACTIONS[role]:
        return None
    if structure is not None:
        if any(_couvre(d, structure) for d in droits):
            return None
        return f"« {structure} » n’est pas dans votre périmètre : demandez à un gestionnaire de ce territoire."
    if any(_contient(d, departements, groupes) for d in droits):
        return None
    return f"Ce territoire dépasse le vôtre : un droit {libelle} ne s’accorde que dans vos départements et vos groupes."


def refus_gerer(utilisateur, personne) -> str | None:
    """Returns why `utilisateur` may not change, invite, deactivate or reactivate the account of `personne`, or None.

    Whoever manages an account must be able to manage every right it holds: an account is never a way to a wider right.
    """
    motif = refus(utilisateur, Action.GERER_COMPTES)
    if motif:
        return motif
    if personne.pk == utilisateur.pk:
        return "C’est votre propre compte : passez par « Mon compte et mes droits », ou par un autre gestionnaire."
    if personne.is_superuser and not utilisateur.is_superuser:
        return "Ce compte administre tout le portail : demandez à un administrateur."
    for droit in Habilitation.objects.non_terminees().filter(utilisateur=personne).select_related("structure"):
        motif = refus_accorder(utilisateur, personne, droit.role, droit.structure, droit.departements, droit.groupes)
        if motif:
            return f"{personne} a aussi le droit {droit.get_role_display()} ({droit.perimetre}). {motif}"
    return None


def sans_limite(utilisateur, action: Action) -> bool:
    """Tells whether `action` is allowed everywhere, without any limit of territory."""
    return utilisateur.is_superuser or any(
        action in ACTIONS[d.role] and d.structure_id is None and not d.departements and not d.groupes
        for d in _droits(utilisateur)
    )


def _contient(droit: Habilitation, departements, groupes) -> bool:
    """Tells whether the territory of a grant holds all of another territory."""
    if droit.structure_id is not None:
        return False
    return _inclus(departements, droit.departements) and _inclus(groupes, droit.groupes)


def _inclus(demandes, permis) -> bool:
    return not permis or (bool(demandes) and set(demandes) <= set(permis))
