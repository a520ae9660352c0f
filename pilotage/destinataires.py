"""Who is told that an offer is to be re-read: a lot of offers at a time, in two queries (B28).

The référents of the offer are; 30 days after the due date the Direction too. Without any active référent the Direction
takes their place, and from the due date on the region's managers are told that nobody watches this establishment.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import connection
from django.utils import timezone

from referentiel.models import Habilitation, Role, Structure

from .models import Palier, Qualite

Roles = Mapping[int, Mapping[str, frozenset[int]]]
"""Offer → role → the persons who hold it there."""

_SUIVIS = (Role.REFERENT, Role.DIRECTION, Role.GESTIONNAIRE)

_PORTEURS = """
WITH RECURSIVE lignee(offre, id, parent_id) AS (
    SELECT id, id, parent_id FROM referentiel_structure WHERE id = ANY(%(offres)s)
    UNION ALL
    SELECT lignee.offre, haut.id, haut.parent_id
    FROM lignee JOIN referentiel_structure haut ON haut.id = lignee.parent_id
)
SELECT DISTINCT lignee.offre, droit.role, droit.utilisateur_id
FROM lignee
JOIN referentiel_habilitation droit ON droit.structure_id = lignee.id
JOIN comptes_utilisateur personne ON personne.id = droit.utilisateur_id
WHERE droit.role = ANY(%(roles)s) AND droit.debut <= %(jour)s AND (droit.fin IS NULL OR droit.fin >= %(jour)s)
    AND personne.is_active AND personne.courriel <> ''
"""


def roles_sur(offres: Collection[Structure]) -> Roles:
    """Returns who holds which right today on each of these offers; inactive accounts hold none."""
    trouves: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    with connection.cursor() as curseur:
        valeurs = {"offres": [o.pk for o in offres], "roles": list(map(str, _SUIVIS)), "jour": timezone.localdate()}
        curseur.execute(_PORTEURS, valeurs)
        for offre, role, personne in curseur.fetchall():
            trouves[offre][role].add(personne)
    for personne, departements, groupes in _gestionnaires_de_territoires():
        for offre in offres:
            if _couvre(offre, departements, groupes):
                trouves[offre.pk][Role.GESTIONNAIRE].add(personne)
    return {pk: {role: frozenset(qui) for role, qui in roles.items()} for pk, roles in trouves.items()}


def destinataires(roles: Mapping[str, frozenset[int]], palier: int) -> dict[int, Qualite]:
    """Returns person → why she is told of an offer at this palier: pure."""
    referents = roles.get(Role.REFERENT, frozenset())
    direction = roles.get(Role.DIRECTION, frozenset())
    if referents:
        escalade = direction if palier == Palier.APRES_30 else frozenset()
        return dict.fromkeys(escalade, Qualite.ESCALADE) | dict.fromkeys(referents, Qualite.REFERENT)
    gestionnaires = roles.get(Role.GESTIONNAIRE, frozenset()) if palier >= Palier.ECHEANCE else frozenset()
    return dict.fromkeys(gestionnaires, Qualite.GESTIONNAIRE) | dict.fromkeys(direction, Qualite.DIRECTION)


def qualite_de(roles: Mapping[str, frozenset[int]], personne: int) -> Qualite | None:
    """Returns as what a person may be told of an offer at any time, None when it is not her business."""
    for role, qualite in (
        (Role.REFERENT, Qualite.REFERENT),
        (Role.DIRECTION, Qualite.DIRECTION),
        (Role.GESTIONNAIRE, Qualite.GESTIONNAIRE),
    ):
        if personne in roles.get(role, ()):
            return qualite
    return None


def _gestionnaires_de_territoires() -> Iterable[tuple[int, list[str], list[str]]]:
    droits = Habilitation.objects.en_vigueur().filter(
        role=Role.GESTIONNAIRE, structure=None, utilisateur__is_active=True
    )
    return list(droits.exclude(utilisateur__courriel="").values_list("utilisateur", "departements", "groupes"))


def _couvre(offre: Structure, departements: Collection[str], groupes: Collection[str]) -> bool:
    return (not departements or offre.departement in departements) and (not groupes or offre.groupe in groupes)


def sans_referent(roles: Mapping[str, frozenset[int]]) -> bool:
    """Whether no active référent watches an offer."""
    return not roles.get(Role.REFERENT)


def jour_de(moment) -> date:
    """The day of a moment on the clock of the portal."""
    return timezone.localtime(moment).date()
