from django.apps import AppConfig


class FinessSyncConfig(AppConfig):
    name = "finess_sync"
    verbose_name = "Synchronisation FINESS"

    def ready(self) -> None:
        """Tells the national rules where FINESS and the Répertoire disagree; declares the export of the écarts."""
        from referentiel.qualite.divergences import declarer

        from .exports import declarer_listes
        from .presentation import divergences

        declarer(divergences)
        declarer_listes()
