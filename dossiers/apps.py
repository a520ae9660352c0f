from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "Dossiers collaboratifs"

    def ready(self) -> None:
        """Makes known below what this app adds: a kind of forms, and a part of the demonstration."""
        from . import demonstration, saisies

        saisies.declarer()
        demonstration.declarer()
