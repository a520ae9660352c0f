"""What the worker does for the referential: publish what is due, check the tree."""

import logging

from celery import shared_task

from . import arbre, regroupements
from .actions import appliquer_fermetures, exports, rappeler_reouvertures
from .actions import publier_echues as publier
from .actions.brouillons import purger
from .derives import tout_rafraichir

journal = logging.getLogger(__name__)


@shared_task
def publier_echues() -> int:
    """Publishes the scheduled modifications whose date has come (S102), then closes and reopens offers (B50)."""
    return publier() + appliquer_fermetures()


@shared_task
def demander_reouvertures() -> int:
    """Mails « l’offre a-t-elle rouvert ? » before the reopening dates (B50). Returns how many mails were sent."""
    return rappeler_reouvertures()


@shared_task
def verifier_arbre() -> int:
    """Checks every tree and renumbers the faulty ones from `parent`. Returns how many faults were found."""
    anomalies = arbre.verifier()
    for anomalie in anomalies:
        journal.error("Arbre %s : %s", anomalie.tree_id, anomalie.message)
    if anomalies:
        arbre.reparer({anomalie.tree_id for anomalie in anomalies})
    return len(anomalies)


@shared_task
def purger_brouillons() -> int:
    """Deletes the drafts left alone for thirty days (B16)."""
    return purger()


@shared_task
def preparer_export(demande_id: int) -> bool:
    """Writes the file of an export asked for; whether this run did it (B56)."""
    return exports.preparer(demande_id)


@shared_task
def reprendre_exports() -> int:
    """Takes up the exports that nobody prepares: a worker killed, a message lost. Returns how many."""
    cles = exports.delaisses()
    for cle in cles:
        preparer_export.delay(cle)
    return len(cles)


@shared_task
def purger_exports() -> int:
    """Deletes the files kept long enough. Returns how many."""
    return exports.purger()


@shared_task
def verifier_derives() -> int:
    """Makes again what is computed from the fiches, moves the opening hours on and counts the words of the search.

    Every writer keeps it right: a row that was not as it should tells of one that does not. Returns how many.
    """
    ecarts = tout_rafraichir()
    if ecarts:
        journal.error("Calculs : %s lignes n’étaient pas à jour, elles le sont.", ecarts)
    return ecarts


@shared_task
def classer_etablissements() -> int:
    """Classes the establishments by « Catégorie de Besoins » and « Filière » (S52). Returns how many changed."""
    return regroupements.classer()
