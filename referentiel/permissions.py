"""Who may do what, where: the one place of that rule. An answer is None, or the reason in French (S16–S22)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import RawSQL

from ror.commun.erreurs import DroitManquant

from .models.habilitation import Habilitation, Role
from .models.structure import Structure
from .niveaux import Niveau


class Action(StrEnum):
    MODIFIER = "modifier les fiches"
    DIFFUSER = "relire et diffuser les fiches"
    VALIDER_DOSSIER = "valider les dossiers de l’établissement"
    APPROUVER_DOSSIER = "approuver les dossiers avant publication"
    APPROUVER_TUTELLE = "approuver les dossiers au nom de l’autorité de tutelle"
    CORRIGER_FINESS = "corriger les données FINESS"
    SUIVRE_FINESS = "suivre l’import FINESS et décider de ses écarts"
    GERER_COMPTES = "ouvrir des comptes et accorder des droits"
    LIRE_TABLEAU = "lire le tableau de bord"
    REGLER_POIDS = "régler les poids de la complétude"
    REGLER_MODELES = "importer, activer et retirer les modèles de saisie"
    REGLER_RECHERCHE = "tenir les synonymes de la recherche"
    REGLER_CIRCUIT = "régler le circuit de validation des dossiers"
    REGLER_PORTAIL = "modifier les textes de la région et les conditions d’utilisation"


_EDITION = frozenset({Action.MODIFIER, Action.DIFFUSER, Action.LIRE_TABLEAU})

ACTIONS: dict[str, frozenset[Action]] = {
    Role.LECTEUR: frozenset(),
    Role.REFERENT: _EDITION,
    Role.DIRECTION: _EDITION | {Action.VALIDER_DOSSIER},
    Role.GESTIONNAIRE: _EDITION | {Action.APPROUVER_DOSSIER, Action.SUIVRE_FINESS, Action.GERER_COMPTES},
    Role.TUTELLE: frozenset({Action.APPROUVER_TUTELLE, Action.LIRE_TABLEAU}),
    Role.SUPPORT: _EDITION
    | {
        Action.CORRIGER_FINESS,
        Action.SUIVRE_FINESS,
        Action.GERER_COMPTES,
        Action.REGLER_MODELES,
        Action.REGLER_POIDS,
        Action.REGLER_RECHERCHE,
    },
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
    roles = _roles(utilisateur) if structure is None else _roles_sur(utilisateur, structure)
    if any(action in ACTIONS[role] for role in roles):
        return None
    return _motif(roles, action, structure)


def exiger(utilisateur, action: Action, structure: Structure | None = None) -> None:
    """Raises `DroitManquant` with the reason when `refus` gives one."""
    motif = refus(utilisateur, action, structure)
    if motif:
        raise DroitManquant(motif)


def filtre(utilisateur, action: Action, *autres: Action) -> Q:
    """Returns the condition on `Structure` that keeps the nodes where `action`, or one of the `autres`, is allowed.

    Node grants are one range join on (tree_id, lft): its cost follows what is granted, not the size of the tree.
    To ask about one node, `refus` costs less.
    """
    if utilisateur.is_superuser:
        return Q(pk__isnull=False)
    return _condition(utilisateur, {role for a in (action, *autres) for role in roles_pour(a)})


def filtre_confie(utilisateur, action: Action) -> Q:
    """Returns the condition that keeps the nodes granted to her by name where `action` is allowed.

    Unlike `filtre` it leaves out territories: what a référent must do herself, not all that a region's manager may do.
    """
    return _condition(utilisateur, roles_pour(action), territoires=False)


def est_confie(utilisateur, action: Action, relation: str = "") -> Q:
    """Returns the same condition as `filtre_confie`, for rows that are few: each asks for the grants above it.

    Args:
        utilisateur: the person.
        action: what she must do herself.
        relation: the way from a row to its `Structure`, for instance « structure ».
    """
    return _accorde_au_dessus(utilisateur, roles_pour(action), relation)


def est_permis(utilisateur, *actions: Action, relation: str = "") -> Q:
    """Returns the same condition as `filtre`, for rows that are few: each asks for the grants above it.

    Args:
        utilisateur: the person.
        actions: what she wants to do, one of which is enough.
        relation: the way from a row to its `Structure`, for instance « etablissement ».
    """
    roles = {role for action in actions for role in roles_pour(action)}
    return _accorde_au_dessus(utilisateur, roles, relation) | sur_territoires(utilisateur, roles, relation)


def _accorde_au_dessus(utilisateur, roles: Iterable[str], relation: str) -> Q:
    """One of the six levels from the node up is granted: one probe of her grants a row, whatever their number."""
    if not tient_des_noeuds(utilisateur, roles):
        return _RIEN
    chemins = ("__".join([*([relation] if relation else []), *["parent"] * hauteur]) for hauteur in range(len(Niveau)))
    lignee = [OuterRef(chemin or "pk") for chemin in chemins]
    noeud = ExpressionWrapper(F("structure_id"), BigIntegerField())  # a foreign key is not compared with columns
    return Q(Exists(_sur_noeuds(utilisateur).alias(noeud=noeud).filter(role__in=list(roles), noeud__in=lignee)))


def habilites(action: Action, structure: Structure):
    """Returns the active persons whose business `action` is on a node: by a grant on it or above it, or by territory.

    Administrators may do everything everywhere: they are left out, a message to all is read by nobody (B13).
    """
    roles = [role for role in roles_pour(action) if role != Role.ADMINISTRATEUR]
    droits = Habilitation.objects.en_vigueur().filter(role__in=roles)
    ancetres = structure.get_ancestors(include_self=True).values("pk")
    sur_noeud = Q(structure__in=ancetres)
    sur_territoire = (
        Q(structure=None)
        & (Q(departements=[]) | Q(departements__contains=[structure.departement]))
        & (Q(groupes=[]) | Q(groupes__contains=[structure.groupe]))
    )
    personnes = droits.filter(sur_noeud | sur_territoire).values("utilisateur")
    return get_user_model().objects.filter(is_active=True, pk__in=personnes).order_by("pk")


_RIEN = Q(pk__in=[])

ROLES_CONFIDENTIELS = frozenset({Role.GESTIONNAIRE, Role.SUPPORT, Role.ADMINISTRATEUR, Role.TUTELLE})
"""Roles that read contacts kept for regulation and crisis management (J222, level 3)."""


def niveaux_lisibles(utilisateur, structure: Structure) -> set[str]:
    """Returns the levels of confidentiality (J222) she reads on this fiche: 1 everybody, 2 professionals signed in,
    3 regulation and crisis management, and whoever may edit the fiche."""
    if not utilisateur.is_authenticated:
        return {"1"}
    if utilisateur.is_superuser or _roles_sur(utilisateur, structure) & ROLES_CONFIDENTIELS:
        return {"1", "2", "3"}
    return {"1", "2"} if refus(utilisateur, Action.MODIFIER, structure) else {"1", "2", "3"}


def offres_cachees(utilisateur) -> frozenset[int]:
    """Returns the « unités sensibles » she may not know of (B51, CO3): one query a request, whatever she reads.

    They are read by régulation and crisis management, by whoever may edit them, and by whoever answers for their
    establishment on its territory: it is she who approves its dossiers and steers its figures. For everybody else they
    are in no page, no list, no count (access profiles of the national model).
    """
    if utilisateur.is_superuser:
        return frozenset()
    if not hasattr(utilisateur, "_offres_cachees"):
        roles = ROLES_CONFIDENTIELS.union(roles_pour(Action.MODIFIER))
        lisibles = _accorde_au_dessus(utilisateur, roles, "") | sur_territoires(utilisateur, roles)
        for relation in _VERS_L_ETABLISSEMENT:
            eg = Q(**{f"{relation}__niveau": Niveau.EG})
            lisibles |= eg & sur_territoires(utilisateur, roles, relation)
        cachees = Structure.objects.filter(unite__unite_sensible=True).exclude(lisibles).order_by()
        utilisateur._offres_cachees = frozenset(cachees.values_list("pk", flat=True))
    return utilisateur._offres_cachees


_VERS_L_ETABLISSEMENT = tuple("__".join(["parent"] * hauteur) for hauteur in (1, 2, 3, 4))
"""The ways from an offer to its EG: it hangs below it, or below a pôle, a service or an UF."""


def _condition(utilisateur, roles: Iterable[str], *, territoires: bool = True) -> Q:
    """Returns the condition on `Structure` that keeps what the person's grants of these roles cover."""
    roles = set(roles)
    condition = _RIEN
    if tient_des_noeuds(utilisateur, roles):
        noeuds = _sur_noeuds(utilisateur).filter(role__in=roles).values_list("structure_id", flat=True)
        condition |= Q(pk__in=RawSQL(_SOUS_ARBRES, [list(noeuds)]))
    return condition | sur_territoires(utilisateur, roles) if territoires else condition


def tient_des_noeuds(utilisateur, roles: Iterable[str]) -> bool:
    """Tells whether a node is granted to her by name with one of these roles."""
    return any(droit.sur_noeud and droit.role in roles for droit in _droits(utilisateur))


def noeuds_accordes(utilisateur, roles: Iterable[str]):
    """Returns the keys of the nodes granted to her by name with one of these roles."""
    return _sur_noeuds(utilisateur).filter(role__in=list(roles)).values("structure")


def sur_territoires(utilisateur, roles: Iterable[str], relation: str = "") -> Q:
    """Returns the condition that keeps what the person's grants of these roles on a territory cover.

    Args:
        utilisateur: the person.
        roles: the roles that count.
        relation: the way from a row to its `Structure`; empty for a `Structure`.
    """
    vers = f"{relation}__" if relation else ""
    tout = Q(pk__isnull=False)
    if utilisateur.is_superuser:
        return tout
    condition = _RIEN
    for droit in _droits(utilisateur):
        if droit.role in roles and not droit.sur_noeud:
            territoire = Q()
            if droit.departements:
                territoire &= Q(**{f"{vers}departement__in": droit.departements})
            if droit.groupes:
                territoire &= Q(**{f"{vers}groupe__in": droit.groupes})
            condition = condition | territoire if territoire else tout
    return condition


# The array is computed once, then each of its nodes is looked up. As a plain join the planner, which cannot guess how
# few nodes a range holds, would rather try every establishment of the country, in the order asked for.
_SOUS_ARBRES = """
SELECT unnest(ARRAY(
    SELECT dessous.id FROM referentiel_structure accorde
    JOIN referentiel_structure dessous ON dessous.tree_id = accorde.tree_id
        AND dessous.lft BETWEEN accorde.lft AND accorde.rght
    WHERE accorde.id = ANY(%s)
))
"""

_LIGNEE = """
WITH RECURSIVE lignee AS (
    SELECT id, parent_id FROM referentiel_structure WHERE id = %s
    UNION ALL
    SELECT haut.id, haut.parent_id FROM referentiel_structure haut JOIN lignee ON haut.id = lignee.parent_id
)
SELECT id FROM lignee
"""


class _Droit(NamedTuple):
    """All the grants of a person that have the same role and territory; those on nodes are one, however many."""

    role: str
    departements: list[str]
    groupes: list[str]
    sur_noeud: bool


def _droits(utilisateur) -> list[_Droit]:
    """The person's grants in force, in a few rows whatever their number, read once per request."""
    if not utilisateur.is_authenticated:
        return []
    if not hasattr(utilisateur, "_droits_en_vigueur"):
        droits = Habilitation.objects.en_vigueur().filter(utilisateur=utilisateur)
        lignes = droits.annotate(sur_noeud=Q(structure__isnull=False)).values_list(*_Droit._fields).distinct()
        utilisateur._droits_en_vigueur = [_Droit(*ligne) for ligne in lignes]
    return utilisateur._droits_en_vigueur


def _sur_noeuds(utilisateur):
    return Habilitation.objects.en_vigueur().filter(utilisateur=utilisateur, structure__isnull=False)


def _roles(utilisateur) -> frozenset[str]:
    """The roles the person holds somewhere."""
    return frozenset(droit.role for droit in _droits(utilisateur))


def _roles_sur(utilisateur, structure: Structure) -> frozenset[str]:
    """The roles the person holds on a node: by its territory, or granted on it or on a node above it (S21).

    One query that climbs the at most six levels above: its cost follows neither the tree nor the number of grants.
    """
    droits = _droits(utilisateur)
    roles = {droit.role for droit in droits if not droit.sur_noeud and _couvre(droit, structure)}
    if any(droit.sur_noeud for droit in droits):
        connus = utilisateur.__dict__.setdefault("_roles_par_noeud", {})
        if structure.pk not in connus:
            accordes = _sur_noeuds(utilisateur).filter(structure__in=RawSQL(_LIGNEE, [structure.pk]))
            connus[structure.pk] = set(accordes.values_list("role", flat=True))
        roles |= connus[structure.pk]
    return frozenset(roles)


def _couvre(droit: _Droit, structure: Structure) -> bool:
    """Tells whether the territory of a grant holds a node."""
    return (not droit.departements or structure.departement in droit.departements) and (
        not droit.groupes or structure.groupe in droit.groupes
    )


def _de(action: Action) -> str:
    """« de modifier… », « d’ouvrir… »."""
    return f"d’{action}" if action[0] in "aeiou" else f"de {action}"


def _motif(roles: frozenset[str], action: Action, structure: Structure | None) -> str:
    if not roles:
        if structure is None:
            return f"Aucun de vos droits ne permet {_de(action)}. Demandez-le au support."
        return f"« {structure} » n’est pas dans votre périmètre. Demandez au support un droit sur cette structure."
    noms = ", ".join(sorted(Role(role).label for role in roles))
    attendus = ", ".join(Role(r).label for r in roles_pour(action))
    return f"Votre droit {noms} ne permet pas {_de(action)}. Droits qui le permettent : {attendus}."


def roles_accordables(utilisateur) -> list[str]:
    """Returns the roles this person may grant somewhere, in the order of `Role`."""
    if utilisateur.is_superuser:
        return list(Role)
    permis = {role for tenu in _roles(utilisateur) for role in ROLES_ACCORDABLES.get(tenu, ())}
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
        if any(role in ROLES_ACCORDABLES.get(tenu, ()) for tenu in _roles_sur(utilisateur, structure)):
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
        action in ACTIONS[d.role] and not d.sur_noeud and not d.departements and not d.groupes
        for d in _droits(utilisateur)
    )


def _contient(droit: _Droit, departements, groupes) -> bool:
    """Tells whether the territory of a grant holds all of another territory."""
    if droit.sur_noeud:
        return False
    return _inclus(departements, droit.departements) and _inclus(groupes, droit.groupes)


def _inclus(demandes, permis) -> bool:
    return not permis or (bool(demandes) and set(demandes) <= set(permis))
