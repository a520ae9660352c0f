"""`manage.py verifier_arbre`: says whether every tree is numbered right, and mends with --reparer."""

from django.core.management.base import BaseCommand, CommandError

from referentiel import arbre


class Command(BaseCommand):
    help = "Vérifie la numérotation de l’arborescence ; --reparer la recalcule là où elle est fausse."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--reparer", action="store_true", help="recalculer les arbres fautifs")

    def handle(self, *args, **options) -> None:
        anomalies = arbre.verifier()
        for anomalie in anomalies:
            self.stdout.write(anomalie.message)
        if not anomalies:
            self.stdout.write("Arborescence saine : aucune anomalie.")
        elif options["reparer"]:
            lignes = arbre.reparer({anomalie.tree_id for anomalie in anomalies})
            self.stdout.write(f"{len(anomalies)} anomalie(s) corrigée(s), {lignes} fiche(s) renumérotée(s).")
        else:
            raise CommandError(f"{len(anomalies)} anomalie(s). Relancez avec --reparer pour les corriger.")
