"""Who is told that an offer is to be re-read: a lot of offers at a time, in two queries (B28).

The référents of the offer are; 30 days after the due date the Direction too. Without any active référent, one who
signed in within a year, the Direction takes their place, and from the due date on the region's managers are told that
nobody watches this establishment. A référent whose account sleeps is told all the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import connection
from django.utils import timezone

from referentiel.models import Habilitation, Role, Structure
from ror.comptes.models import INACTIVITE

from .models import Palier, Qualite

Roles = Mapping[int, Mapping[str, frozenset[int]]]
"""Offer → role → the persons who hold it there."""

ENDORMI = "referent endormi"
"""Stands for the role of the référents who have not signed in for a year: they watch nothing any more."""

_SUIVIS = (Role.REFERENT, Role.DIRECTION, Role.GESTIONNAIRE)

_PORTEURS = """
WITH RECURSIVE lignee(offre, id, parent_id) AS (
    SELECT id, id, parent_id FROM referentiel_structure WHERE id = ANY(%(offres)s)
    UNION ALL
    SELECT lignee.offre, haut.id, haut.parent_id
    FROM lignee JOIN referentiel_structure haut ON haut.id = lignee.parent_id
)
SELECT DISTINCT lignee.offre, droit.role, droit.utilisateur_id,
    coalesce(personne.last_login, personne.cree_le) >= %(depuis)s AS actif
FROM lignee
JOIN referentiel_habilitation droit ON droit.structure_id = lignee.id
JOIN comptes_utilisateur personne ON personne.id = droit.utilisateur_id
WHERE droit.role = ANY(%(roles)s) AND droit.debut <= %(jour)s AND (droit.fin IS NULL OR droit.fin >= %(jour)s)
    AND personne.is_active AND personne.courriel <> ''
"""


def roles_sur(offres: Collection[Structure]) -> Roles:
    """Returns who holds which right today on each of these offers; closed accounts hold none."""
    trouves: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    with connection.cursor() as curseur:
        valeurs = {"offres": [o.pk for o in offres], "roles": list(map(str, _SUIVIS)), "jour": timezone.localdate()}
        curseur.execute(_PORTEURS, {**valeurs, "depuis": timezone.now() - INACTIVITE})
        for offre, role, personne, actif in curseur.fetchall():
            trouves[offre][role if actif or role != Role.REFERENT else ENDORMI].add(personne)
    for personne, departements, groupes in _gestionnaires_de_territoires():
        for offre in offres:
            if _couvre(offre, departements, groupes):
                trouves[offre.pk][Role.GESTIONNAIRE].add(personne)
    return {pk: {role: frozenset(qui) for role, qui in roles.items()} for pk, roles in trouves.items()}


def destinataires(roles: Mapping[str, frozenset[int]], palier: int) -> dict[int, Qualite]:
    """Returns person → why she is told of an offer at this palier: pure."""
    referents, endormis = roles.get(Role.REFERENT, frozenset()), roles.get(ENDORMI, frozenset())
    direction = roles.get(Role.DIRECTION, frozenset())
    if referents:
        autres = dict.fromkeys(direction if palier == Palier.APRES_30 else (), Qualite.ESCALADE)
    else:
        gestionnaires = roles.get(Role.GESTIONNAIRE, frozenset()) if palier >= Palier.ECHEANCE else ()
        autres = dict.fromkeys(gestionnaires, Qualite.GESTIONNAIRE) | dict.fromkeys(direction, Qualite.DIRECTION)
    return autres | dict.fromkeys(referents | endormis, Qualite.REFERENT)


def qualite_de(roles: Mapping[str, frozenset[int]], personne: int) -> Qualite | None:
    """Returns as what a person may be told of an offer at any time, None when it is not her business."""
    for role, qualite in (
        (Role.REFERENT, Qualite.REFERENT),
        (ENDORMI, Qualite.REFERENT),
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


def jour_de(moment) -> date:
    """The day of a moment on the clock of the portal."""
    return timezone.localtime(moment).date()
