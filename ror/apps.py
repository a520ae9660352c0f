"""The project as an application, for what must be done once Django is ready."""

from importlib import import_module

from django.apps import AppConfig


class RorConfig(AppConfig):
    name = "ror"

    def ready(self) -> None:
        """Makes the Celery application, whose tasks every process sends, now that the settings are chosen."""
        import_module("ror.celery")
