"""`manage.py indexer_recherche`: makes the index of « Recherche » again, and counts its words."""

from django.core.management.base import BaseCommand

from referentiel.recherche.index import reindexer_tout


class Command(BaseCommand):
    help = "Refait l’index de la recherche et le compte de ses mots ; dit combien de fiches n’y étaient pas à jour."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"Fiches remises à jour dans l’index : {reindexer_tout()}.")
