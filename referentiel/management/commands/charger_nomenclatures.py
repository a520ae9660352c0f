"""`manage.py charger_nomenclatures`: loads the code lists and modèles de saisie shipped with the portal. Repeatable."""

from django.core.management.base import BaseCommand

from referentiel.import_modeles import charger_modeles_livres
from referentiel.nomenclatures import charger_livrees
from referentiel.regroupements import charger_livres, classer


class Command(BaseCommand):
    help = "Charge les nomenclatures et les modèles de saisie livrés (sans effet s’ils sont à jour)."

    def handle(self, *args, **options) -> None:
        bilans = charger_livrees()
        for bilan in bilans:
            self.stdout.write(
                f"{bilan.identifiant} : {len(bilan.ajoutes)} ajoutés, {len(bilan.modifies)} modifiés, "
                f"{len(bilan.retires)} retirés."
            )
        if not bilans:
            self.stdout.write("Nomenclatures à jour.")
        for modele in charger_modeles_livres():
            self.stdout.write(f"{modele.identifiant} {modele.titre} : chargé, version {modele.version}.")
        if regroupements := charger_livres():
            classer()
            self.stdout.write(f"{regroupements} catégories de besoins et filières chargées.")
