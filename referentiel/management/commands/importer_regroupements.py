"""`manage.py importer_regroupements FICHIER.csv`: replaces the « Catégories de Besoins » or the « Filières »."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from referentiel.regroupements import importer
from ror.commun.erreurs import SaisieInvalide


class Command(BaseCommand):
    help = (
        "Remplace les regroupements (axes « besoins » et « filiere ») par ceux d’un fichier CSV : "
        "axe, regroupement, nomenclature, code, origine. Modèle : referentiel/donnees/regroupements.csv."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("fichier", type=Path)

    def handle(self, *args, **options) -> None:
        try:
            nombre = importer(options["fichier"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as erreur:
            raise CommandError(f"Le fichier {options['fichier']} ne peut pas être lu : {erreur}") from erreur
        except SaisieInvalide as erreur:
            raise CommandError(" ".join(erreur.erreurs.values())) from erreur
        self.stdout.write(f"{nombre} regroupements chargés, établissements classés.")
