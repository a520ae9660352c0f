"""Who keeps an establishment up to date, and which ones nobody does (B44)."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from referentiel.models import Habilitation, Role
from ror.comptes.models import INACTIVITE

TENANTS = (Role.REFERENT, Role.DIRECTION)
"""The rights of those who may keep an establishment up to date."""


def droits_actifs(roles: Iterable[str] = TENANTS) -> QuerySet[Habilitation]:
    """Returns the rights of these roles on a structure, held by an account that is alive.

    An open account that signed in within a year, or that was opened within a year and has not signed in yet.
    """
    depuis = timezone.now() - INACTIVITE
    vivants = Q(utilisateur__last_login__gte=depuis) | Q(utilisateur__last_login=None, utilisateur__cree_le__gte=depuis)
    return Habilitation.objects.en_vigueur().filter(
        vivants, role__in=list(roles), structure__isnull=False, utilisateur__is_active=True
    )


def avec_referent_actif(roles: Iterable[str] = TENANTS) -> Q:
    """Returns the condition on `BilanEtablissement` that somebody holds one of these rights on it, or on its EJ.

    The rights are read once, whatever their number and that of the establishments.
    """
    tenus = droits_actifs(roles).values("structure")
    return Q(pk__in=tenus) | Q(ej__in=tenus)
