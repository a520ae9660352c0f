"""How old an offer's last re-reading is, said the same way everywhere: fiche, lists, search cards (B30)."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from ror.commun.marques import etat

from ..relecture import Fraicheur, dire_fraicheur

register = template.Library()


def fraicheur_de(relue_le: datetime | None) -> Fraicheur:
    """Returns how the age of an offer is said, on the clock of the portal."""
    return dire_fraicheur(relue_le and timezone.localdate(relue_le), timezone.localdate())


@register.simple_tag
def fraicheur(relue_le: datetime | None, ancienne_seule: bool = False) -> SafeString | str:
    """`{% load fraicheur %}{% fraicheur unite.relue_le %}`: « Non vérifiée depuis 14 mois », « Vérifiée le … ».

    An old offer is labelled, never hidden.

    Args:
        relue_le: moment of the last re-reading, None for never.
        ancienne_seule: say nothing of an offer re-read within a year.
    """
    dite = fraicheur_de(relue_le)
    if ancienne_seule and not dite.ancienne:
        return ""
    mot = dite.mot[0].upper() + dite.mot[1:]
    return etat("attente", mot, "clock-history") if dite.ancienne else etat("ok", mot)
