"""What the dossiers show in the pages of the Répertoire, which knows nothing of them: banner, bell, first descriptions.

`{% load dossiers %}`. Nothing of a dossier is read for whoever may not see it (S126).
"""

from typing import Any

from django import template
from django.db.models import Count, Window

from dossiers.actions import peuplements_prets as prets
from dossiers.droits import dossier_visible_sur
from dossiers.etats import Etat
from dossiers.listes import ATTENTE, Listes, lignes_de, preparer
from dossiers.menus import actions_d_une_fiche
from dossiers.models import Avis, Dossier
from dossiers.models.dossier import ACTIONS_VISIBLES
from referentiel.contexte import permise
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from ror.commun.composants import Action

register = template.Library()
PREMIERS = 5


@register.simple_tag(takes_context=True)
def dossier_de_la_fiche(context: template.Context, structure: Structure) -> Dossier | None:
    """`{% dossier_de_la_fiche structure as dossier %}`: the open dossier of its establishment, for who may see it."""
    return None if structure.niveau == Niveau.EJ else dossier_visible_sur(context["request"].user, structure)


@register.simple_tag(takes_context=True)
def actions_de_dossier(context: template.Context, structure: Structure, modifiable: bool) -> list[Action | None]:
    """`{% actions_de_dossier structure modifiable as actions %}`: « Actions » of a live fiche about its dossier."""
    return actions_d_une_fiche(structure, dossier_de_la_fiche(context, structure), modifiable=modifiable)


@register.inclusion_tag("dossiers/_bandeau.html", takes_context=True)
def bandeau_du_dossier(
    context: template.Context, structure: Structure, dossier: Dossier | None = None
) -> dict[str, Any]:
    """`{% bandeau_du_dossier structure %}`: the yellow banner of a fiche whose establishment has an open dossier.

    `dossier`: read already with `{% dossier_de_la_fiche %}`.
    """
    dossier = dossier or dossier_de_la_fiche(context, structure)
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


@register.inclusion_tag("dossiers/_qui_m_attendent.html", takes_context=True)
def dossiers_qui_m_attendent(context: template.Context) -> dict[str, Any]:
    """`{% dossiers_qui_m_attendent %}`: what she has to finish or validate, the oldest first."""
    utilisateur = context["user"]
    if not permise(utilisateur, ACTIONS_VISIBLES):
        return {"nombre": 0, "lignes": []}
    listes = Listes(utilisateur)
    attendent = preparer(listes, ATTENTE, texte="", etat="", tri="anciens")
    dossiers = list(attendent.annotate(nombre_en_tout=Window(Count("*")))[:PREMIERS])
    region = context.get("region")
    lignes = lignes_de(dossiers, utilisateur, region.validateur if region else "") if dossiers else []
    return {"nombre": dossiers[0].nombre_en_tout if dossiers else 0, "lignes": lignes}


@register.inclusion_tag("dossiers/_peuplements.html", takes_context=True)
def peuplements_prets(context: template.Context) -> dict[str, Any]:
    """`{% peuplements_prets %}`: « Décrivez votre établissement : le dossier « Peuplement de … » est prêt. » (S134)."""
    dossiers = list(prets(context["user"])[: PREMIERS + 1])
    return {"dossiers": dossiers[:PREMIERS], "encore": len(dossiers) > PREMIERS}
