"""What the worker does for the steering: reminders of the yearly review, figures of the fiches, référents who left."""

from celery import shared_task

from . import departs, rappels
from .calcul import calculer_tout, suivre_les_modifications
from .courriels import envoyer_rappels


@shared_task
def rappeler_relectures() -> int:
    """Writes the reminders of the day and mails them (B28). Returns how many mails were sent."""
    rappels.preparer_rappels()
    return envoyer_rappels()


@shared_task
def purger_rappels() -> int:
    """Deletes the reminders that say nothing any more. Returns how many."""
    return rappels.purger_rappels()


@shared_task
def calculer_bilans() -> int | None:
    """Computes the figures of every fiche (S66, B27, B53); at night, after FINESS."""
    return calculer_tout()


@shared_task
def suivre_bilans() -> int | None:
    """Computes those of the fiches edited since."""
    return suivre_les_modifications()


@shared_task
def signaler_departs() -> int:
    """Tells of the establishments that lost their last référent (B44). Returns how many mails were sent."""
    return departs.signaler_departs()
