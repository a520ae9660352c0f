from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "Dossiers collaboratifs"

    def ready(self) -> None:
        """Hooks the dossiers to what is below them: edits of fiches, sign-ins, forms, exports, the demonstration."""
        from django.contrib.auth.signals import user_logged_in

        from referentiel import suites

        from . import demonstration, exports, saisies
        from .suites import a_la_connexion, apres_modification

        suites.veiller(apres_modification)
        user_logged_in.connect(a_la_connexion, dispatch_uid="dossiers.peuplement")
        saisies.declarer()
        demonstration.declarer()
        exports.declarer_listes()
