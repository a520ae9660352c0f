from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "Dossiers collaboratifs"

    def ready(self) -> None:
        """Hooks the dossiers to what happens below them: an edit of a live fiche, a sign-in."""
        from django.contrib.auth.signals import user_logged_in

        from referentiel import suites

        from .suites import a_la_connexion, apres_modification

        suites.veiller(apres_modification)
        user_logged_in.connect(a_la_connexion, dispatch_uid="dossiers.peuplement")
