from django.apps import AppConfig


class ReferentielConfig(AppConfig):
    name = "referentiel"
    verbose_name = "Référentiel"

    def ready(self) -> None:
        """Declares the lists that are exported."""
        from .exports import listes  # noqa: F401 each list declares itself as it is read
