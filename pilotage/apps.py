from django.apps import AppConfig


class PilotageConfig(AppConfig):
    name = "pilotage"
    verbose_name = "Pilotage"

    def ready(self) -> None:
        """Makes the lists of the dashboard exportable."""
        from .exports import declarer_listes

        declarer_listes()
