"""`manage.py recalculer`: makes again all that is computed from the fiches: index of « Recherche », re-readings."""

from django.core.management.base import BaseCommand

from referentiel.derives import manque, tout_rafraichir


class Command(BaseCommand):
    help = "Refait tout ce qui est calculé à partir des fiches ; dit combien de lignes n’étaient pas à jour."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--si-vide", action="store_true", help="seulement si rien n’a encore été calculé : première mise à niveau"
        )

    def handle(self, *args, **options) -> None:
        if options["si_vide"] and not manque():
            return
        self.stdout.write(f"Lignes calculées remises à jour : {tout_rafraichir()}.")
