"""What the worker does for the yearly review: the reminders, each hour of the day."""

from celery import shared_task

from .courriels import envoyer_rappels
from .rappels import preparer_rappels


@shared_task
def rappeler_relectures() -> int:
    """Writes the reminders of the day and mails them (B28). Returns how many mails were sent."""
    preparer_rappels()
    return envoyer_rappels()
