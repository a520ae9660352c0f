"""How old an offer's last re-reading is, said the same way everywhere: fiche, lists, search cards (B30)."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from ror.commun.marques import etat

from ..relecture import dire_fraicheur

register = template.Library()


@register.simple_tag
def fraicheur(relue_le: datetime | None, ancienne_seule: bool = False) -> SafeString | str:
    """`{% load fraicheur %}{% fraicheur unite.relue_le %}`: « Non vérifiée depuis 14 mois », « Vérifiée le … ».

    An old offer is labelled, never hidden.

    Args:
        relue_le: moment of the last re-reading, None for never.
        ancienne_seule: say nothing of an offer re-read within a year.
    """
    dite = dire_fraicheur(relue_le and timezone.localdate(relue_le), timezone.localdate())
    if ancienne_seule and not dite.ancienne:
        return ""
    return etat(dite.etat, dite.mot, "clock-history" if dite.ancienne else "")
