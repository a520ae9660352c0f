"""Where a dossier stands, for the templates: `{% load circuit_dossier %}`."""

from collections.abc import Collection

from django import template
from django.utils.safestring import SafeString

from dossiers.adresses import adresse_fiche
from dossiers.circuit import Circuit, circuit_de
from dossiers.etats import Etat, Geste
from dossiers.models import Dossier
from dossiers.superposition import Noeud
from ror.commun import marques

register = template.Library()

PASTILLES: dict[Etat, tuple[str, str]] = {
    Etat.BROUILLON: ("info", "pencil"),
    Etat.A_CORRIGER: ("attente", "chat-left-text"),
    Etat.DIRECTION: ("attente", "person-fill"),
    Etat.GESTIONNAIRE: ("attente", "hourglass-split"),
    Etat.TUTELLE: ("attente", "building"),
    Etat.APPROUVE: ("ok", "check-circle-fill"),
    Etat.PUBLIE: ("ok", "check-circle-fill"),
    Etat.REFUSE: ("fermee", "x-circle"),
    Etat.ABANDONNE: ("fermee", "x-circle"),
    Etat.ANNULE: ("fermee", "arrow-counterclockwise"),
}
"""Pill of each state: its kind, and its icon."""


@register.simple_tag
def etat_dossier(dossier: Dossier, finalise: bool = False) -> SafeString:
    """`{% etat_dossier dossier %}`: the pill of its state; `finalise`: a draft whose fiches are all finalised."""
    if finalise:
        return marques.etat("finalisee", "Finalisé")
    sorte, picto = PASTILLES[dossier.etat_dossier]
    return marques.etat(sorte, dossier.etat_dossier.libelle, picto)


@register.simple_tag(takes_context=True)
def circuit(context: template.Context, dossier: Dossier, gestes: Collection[Geste]) -> Circuit:
    """`{% circuit dossier gestes as c %}`: rail, banner and buttons for this reader."""
    region = context.get("region")
    return circuit_de(dossier, gestes, region.validateur if region else "")


@register.simple_tag
def adresse_de_fiche(dossier: Dossier, noeud: Noeud | str) -> str:
    """`{% adresse_de_fiche dossier noeud as url %}`: the page of a fiche in its dossier, from its node or its key."""
    return adresse_fiche(dossier.pk, noeud if isinstance(noeud, str) else noeud.cle)
