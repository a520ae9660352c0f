"""What the dossiers do about what happens elsewhere: an edit of a live fiche (S104–S106), a sign-in (S134)."""

import logging
from collections.abc import Collection

from django.db import DatabaseError
from django.urls import reverse

from referentiel.models import Structure
from referentiel.permissions import Action, refus
from referentiel.suites import Suite
from ror.commun.erreurs import ErreurMetier

from .actions import champs_doubles, ouvrir_peuplements
from .contenus import DETAILS
from .droits import dossier_visible_sur
from .models import Dossier, FicheDossier

journal = logging.getLogger(__name__)


def apres_modification(structure: Structure, utilisateur, champs: Collection[str] | None) -> Suite | None:
    """Says what the open dossier makes of an edit: taken up by itself, or a question about what both changed.

    Nothing for whoever does not edit the establishment: to her the dossier does not exist (S126); what differs then
    waits in it for those who do, and holds its integration back.
    """
    structure = Structure.objects.select_related(*DETAILS).get(pk=structure.pk)  # as the edit has left it
    dossier = dossier_visible_sur(utilisateur, structure)
    if dossier is None or refus(utilisateur, Action.MODIFIER, dossier.etablissement):
        return None
    supprimee = _suppression(dossier, structure)
    if supprimee is not None:
        return Suite(
            f"Le dossier «\u00a0{dossier.nom}\u00a0» supprime «\u00a0{supprimee.nom}\u00a0»\u00a0:"
            " cette modification disparaîtra à son intégration, sauf si vous y rétablissez la fiche.",
            attention=True,
        )
    doubles = [d for d in champs_doubles(structure) if champs is None or d.champ in champs]
    if not doubles:
        return Suite(f"Reprise dans le dossier «\u00a0{dossier.nom}\u00a0»\u00a0: rien n’y est à refaire.")
    return Suite(
        f"«\u00a0{structure.nom}\u00a0»\u00a0: le dossier «\u00a0{dossier.nom}\u00a0» a une autre valeur pour "
        f"{', '.join(d.libelle for d in doubles)}. Le choix y attend, avant son intégration.",
        attention=True,
        question=reverse("dossier-repercussion", args=[structure.pk]),
        gabarit="dossiers/_repercussion.html",
        contexte=contexte_de_question(structure, dossier, doubles),
    )


def contexte_de_question(structure: Structure, dossier: Dossier, doubles: list, reponses=None) -> dict:
    """Returns what `_repercussion.html` shows; `suite` and `cible` are added by the page that asks."""
    return {
        "structure": structure,
        "dossier": dossier,
        "doubles": [(d, (reponses or {}).get(d.champ, True)) for d in doubles],
        "vus": [c.identifiant for d in doubles for c in d.conflits],
        "adresse": reverse("dossier-repercussion", args=[structure.pk]),
    }


def a_la_connexion(sender, request, user, **_) -> None:
    """At a sign-in, the dossiers of first descriptions; whatever stops them never stops the sign-in."""
    try:
        ouvrir_peuplements(auteur=user)
    except (ErreurMetier, DatabaseError):
        journal.exception("Dossiers de peuplement non ouverts pour %s", user.pk)


def _suppression(dossier: Dossier, structure: Structure) -> FicheDossier | None:
    """The line that deletes this fiche, or one above it."""
    return dossier.fiches.filter(
        genre=FicheDossier.Genre.SUPPRESSION,
        structure__tree_id=structure.tree_id,
        structure__lft__lte=structure.lft,
        structure__rght__gte=structure.rght,
    ).first()
