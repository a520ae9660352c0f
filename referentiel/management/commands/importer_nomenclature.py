"""`manage.py importer_nomenclature FICHIER`: replaces a code list by a newer official one, codes in use kept."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from referentiel.nomenclatures import Bilan, importer
from ror.commun.erreurs import ErreurMetier


class Command(BaseCommand):
    help = "Importe une nomenclature officielle (CSV ou JSON FHIR). Aucun code n’est supprimé : il devient inactif."

    def add_arguments(self, parser) -> None:
        parser.add_argument("fichier", type=Path, help="CSV (code, libelle…), ValueSet ou CodeSystem FHIR en JSON")
        parser.add_argument("--liste", default="", help="identifiant, si le fichier ne le dit pas : JDV_J17")
        parser.add_argument("--edition", default="", help="version AAAAMMJJ, si le fichier ne la dit pas")
        parser.add_argument("--simuler", action="store_true", help="dire ce qui changerait, sans rien écrire")
        parser.add_argument("--forcer", action="store_true", help="accepter une version plus ancienne")

    def handle(self, *args, **options) -> None:
        fichier: Path = options["fichier"]
        try:
            bilan = importer(
                contenu=fichier.read_bytes(),
                nom_fichier=fichier.name,
                liste=options["liste"],
                version=options["edition"],
                simuler=options["simuler"],
                forcer=options["forcer"],
            )
        except OSError as erreur:
            raise CommandError(f"{fichier} ne peut pas être lu : {erreur.strerror}.") from erreur
        except ErreurMetier as erreur:
            raise CommandError(f"{fichier.name} : {erreur}") from erreur
        self._dire(bilan, options["simuler"])

    def _dire(self, bilan: Bilan, simuler: bool) -> None:
        for code in bilan.ajoutes:
            self.stdout.write(f"+ {code.code}  {code.libelle}")
        for avant, apres in bilan.modifies:
            self.stdout.write(f"~ {apres.code}  {avant.libelle} → {apres.libelle}")
        for code in bilan.retires:
            self.stdout.write(f"- {code.code}  {code.libelle}")
        self.stdout.write(
            f"{bilan.identifiant} : version {bilan.avant or '(nouvelle liste)'} → {bilan.version} ; "
            f"{len(bilan.ajoutes)} ajoutés, {len(bilan.modifies)} modifiés, {len(bilan.retires)} retirés"
            f"{' (simulation : rien n’est écrit)' if simuler else ''}."
        )
