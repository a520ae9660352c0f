"""What the worker does for the steering: figures of the fiches."""

from celery import shared_task

from . import departs
from .calcul import calculer_tout, suivre_les_modifications


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
