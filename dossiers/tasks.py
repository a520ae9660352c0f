"""What the worker does for the dossiers: publish at the date, mail what is to be told."""

from celery import shared_task

from .actions.circuit import publier_dossiers_echus
from .courriels import envoyer_immediats, envoyer_resumes


@shared_task
def publier_dossiers() -> int:
    """Publishes the approved dossiers whose date has come (B4). Returns how many."""
    return publier_dossiers_echus()


@shared_task
def envoyer_avis() -> int:
    """Mails what is to be told at once. Returns how many mails were sent."""
    return envoyer_immediats()


@shared_task
def envoyer_resume_du_jour() -> int:
    """Mails the daily digests. Returns how many were sent."""
    return envoyer_resumes()
