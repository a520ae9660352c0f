"""Who keeps an establishment up to date, and which ones nobody does (B44)."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from referentiel.models import Habilitation, Role

INACTIVITE = timedelta(days=365)
"""Somebody who has not signed in for this long keeps nothing up to date."""


def avec_referent_actif() -> Q:
    """Returns the condition on `BilanEtablissement` that somebody keeps it up to date.

    A right Référent or Direction on the establishment or on its EJ, held by an open account that signed in within a
    year, or that was opened within a year and has not signed in yet. The rights are read once, whatever their number.
    """
    depuis = timezone.now() - INACTIVITE
    vivants = Q(utilisateur__last_login__gte=depuis) | Q(utilisateur__last_login=None, utilisateur__cree_le__gte=depuis)
    tenus = (
        Habilitation.objects.en_vigueur()
        .filter(vivants, role__in=[Role.REFERENT, Role.DIRECTION], structure__isnull=False, utilisateur__is_active=True)
        .values("structure")
    )
    return Q(pk__in=tenus) | Q(ej__in=tenus)
