from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "Dossiers collaboratifs"

    def ready(self) -> None:
        """Hooks the dossiers to what is below them: edits, the tree, sign-ins, forms, exports, the demonstration."""
        from django.contrib.auth.signals import user_logged_in

        from referentiel import suites
        from referentiel.repertoire import marquer

        from . import demonstration, exports, saisies
        from .marques import marque_de_dossier
        from .suites import a_la_connexion, apres_modification

        suites.veiller(apres_modification)
        marquer(marque_de_dossier)
        user_logged_in.connect(a_la_connexion, dispatch_uid="dossiers.peuplement")
        saisies.declarer()
        demonstration.declarer()
        exports.declarer_listes()
