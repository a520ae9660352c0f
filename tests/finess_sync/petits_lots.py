"""The application of the worker the tests kill: the portal's, with lots so small that a small file makes many."""

from celery.signals import worker_process_init

from ror.celery import app

__all__ = ["app"]


@worker_process_init.connect
def reduire(**_) -> None:
    """Sets the lots of this process."""
    from finess_sync import comparaison, creation

    creation.EJ_PAR_LOT, comparaison.LOT = 100, 20
