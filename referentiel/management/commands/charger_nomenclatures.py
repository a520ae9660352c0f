"""`manage.py charger_nomenclatures`: loads the code lists shipped with the portal. Repeatable."""

from django.core.management.base import BaseCommand

from referentiel.nomenclatures import charger_livrees


class Command(BaseCommand):
    help = "Charge les nomenclatures livrées avec le portail (sans effet sur celles qui sont à jour)."

    def handle(self, *args, **options) -> None:
        bilans = charger_livrees()
        for bilan in bilans:
            self.stdout.write(
                f"{bilan.identifiant} : {len(bilan.ajoutes)} ajoutés, {len(bilan.modifies)} modifiés, "
                f"{len(bilan.retires)} retirés."
            )
        if not bilans:
            self.stdout.write("Nomenclatures à jour.")
