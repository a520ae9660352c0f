"""What the dossiers show in the pages of the Répertoire, which knows nothing of them: banner, bell, first descriptions.

`{% load dossiers %}`. Nothing of a dossier is read for whoever may not see it (S126).
"""

from typing import Any

from django import template

from dossiers.actions import peuplements_prets as prets
from dossiers.droits import dossier_visible_sur
from dossiers.etats import Etat
from dossiers.models import Avis
from referentiel.models import Structure
from referentiel.niveaux import Niveau

register = template.Library()
PREMIERS = 5


@register.inclusion_tag("dossiers/_bandeau.html", takes_context=True)
def bandeau_du_dossier(context: template.Context, structure: Structure) -> dict[str, Any]:
    """`{% bandeau_du_dossier structure %}`: the yellow banner of a fiche whose establishment has an open dossier."""
    dossier = None
    if structure.niveau != Niveau.EJ:
        dossier = dossier_visible_sur(context["request"].user, structure)
    return {"dossier": dossier, "etat": ETATS.get(dossier.etat_dossier, "ouvert") if dossier else ""}


ETATS = {
    Etat.A_CORRIGER: "a_corriger",
    Etat.DIRECTION: "direction",
    Etat.GESTIONNAIRE: "gestionnaire",
    Etat.TUTELLE: "tutelle",
    Etat.APPROUVE: "approuve",
}
"""What the banner says of each state; « ouvert » says nothing more."""


@register.inclusion_tag("dossiers/_cloche.html", takes_context=True)
def cloche(context: template.Context) -> dict[str, Any]:
    """`{% cloche %}`: the bell of the banner with the number of unread avis; one query when there is none."""
    utilisateur = context["user"]
    nombre = Avis.objects.filter(destinataire=utilisateur).non_lus().count() if utilisateur.is_authenticated else 0
    if nombre:
        nombre = Avis.objects.visibles_par(utilisateur).non_lus().count()
    return {"nombre": nombre, "montre": "99+" if nombre > 99 else str(nombre)}


@register.inclusion_tag("dossiers/_peuplements.html", takes_context=True)
def peuplements_prets(context: template.Context) -> dict[str, Any]:
    """`{% peuplements_prets %}`: « Décrivez votre établissement : le dossier « Peuplement de … » est prêt. » (S134)."""
    dossiers = list(prets(context["user"])[: PREMIERS + 1])
    return {"dossiers": dossiers[:PREMIERS], "encore": len(dossiers) > PREMIERS}
