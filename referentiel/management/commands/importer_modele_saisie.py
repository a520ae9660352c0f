"""`manage.py importer_modele_saisie FICHIER.json`: loads an official modèle de saisie (Questionnaire FHIR R4)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from referentiel.import_modeles import importer
from ror.commun.erreurs import ErreurMetier


class Command(BaseCommand):
    help = "Importe un modèle de saisie (Questionnaire FHIR R4 en JSON). Aucune valeur des offres n’est effacée."

    def add_arguments(self, parser) -> None:
        parser.add_argument("fichier", type=Path, help="Questionnaire FHIR R4 en JSON")
        parser.add_argument("--simuler", action="store_true", help="dire ce qui changerait, sans rien écrire")
        parser.add_argument("--forcer", action="store_true", help="accepter une version plus ancienne")

    def handle(self, *args, **options) -> None:
        fichier: Path = options["fichier"]
        try:
            bilan = importer(contenu=fichier.read_bytes(), simuler=options["simuler"], forcer=options["forcer"])
        except OSError as erreur:
            raise CommandError(f"{fichier} ne peut pas être lu : {erreur.strerror}.") from erreur
        except ErreurMetier as erreur:
            raise CommandError(f"{fichier.name} : {erreur}") from erreur
        for phrase in bilan.changements:
            self.stdout.write(phrase)
        for phrase in bilan.ignores:
            self.stdout.write(f"Sans effet : {phrase}")
        self.stdout.write(
            f"{bilan.identifiant} {bilan.titre} : version {bilan.avant or '(nouveau modèle)'} → {bilan.version}, "
            f"{bilan.offres} offres concernées{' (simulation : rien n’est écrit)' if options['simuler'] else ''}."
        )
