"""`manage.py synchroniser_finess [FICHIER…]`: simulates FINESS files, applies them with --appliquer (S173, B37)."""

import csv
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from finess_sync.application import synchroniser
from finess_sync.gardes import nombre
from finess_sync.models import Execution
from finess_sync.presentation import COMPTEURS
from finess_sync.sources import Source, SourceLocale, source_par_defaut
from referentiel.recherche.mots import recompter
from ror.commun.erreurs import ErreurMetier

_LARGEUR = 30  # characters of the progress bar
_ETATS_FAUTIFS = (Execution.Etat.REFUSE, Execution.Etat.ECHOUE, Execution.Etat.INTERROMPU)


class Command(BaseCommand):
    help = (
        "Synchronise le ROR avec FINESS. Sans fichier, lit la source de la nuit (FINESS_SOURCE, sinon data.gouv.fr)."
        " Simule par défaut : rien n’est écrit dans le répertoire sans --appliquer."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("fichiers", nargs="*", type=Path, metavar="FICHIER", help="cs1100501, 502, 507 ou FINESS+")
        parser.add_argument("--appliquer", action="store_true", help="appliquer, au lieu de simuler")
        parser.add_argument("--extrait", action="store_true", help="fichier partiel : rien n’y est considéré absent")
        parser.add_argument("--rapport", type=Path, metavar="CSV", help="écrire les lignes rejetées et leur raison")

    def handle(self, *args, **options) -> None:
        source: Source = SourceLocale(options["fichiers"]) if options["fichiers"] else source_par_defaut()
        try:
            execution = synchroniser(
                source=source,
                simulation=not options["appliquer"],
                complet=not options["extrait"],
                declenchee_par="Ligne de commande",
                ecouteur=self._progression if self.stdout.isatty() else None,
            )
        except ErreurMetier as erreur:
            raise CommandError(str(erreur)) from erreur
        if self.stdout.isatty():
            self.stdout.write("")
        self._resumer(execution)
        if execution.etat == Execution.Etat.REUSSI and not execution.simulation:
            recompter()
        if options["rapport"]:
            self._rapporter(execution, options["rapport"])
        if execution.etat in _ETATS_FAUTIFS:
            raise CommandError(f"{execution.get_etat_display()} : {execution.motif}")

    def _progression(self, etape: str, fait: int, total: int) -> None:
        if total:
            pleins = min(_LARGEUR, _LARGEUR * fait // total)
            barre = f"[{'█' * pleins}{'·' * (_LARGEUR - pleins)}] {min(100, 100 * fait // total):3d} %"
        else:
            barre = nombre(fait) if fait else ""
        sys.stdout.write(f"\r\033[K{etape:<28}{barre}")
        sys.stdout.flush()

    def _resumer(self, execution: Execution) -> None:
        titre = "Simulation" if execution.simulation else "Application"
        donnees = f", données du {execution.date_donnees:%d/%m/%Y}" if execution.date_donnees else ""
        self.stdout.write(f"{titre} de {execution.fichier} ({execution.format or 'format inconnu'}{donnees})")
        for verdict in execution.gardes:
            self.stdout.write(f"  {'✓' if verdict['passe'] else '✗'} {verdict['message']}")
        for cle, libelle in COMPTEURS.items():
            if cle in execution.compteurs:
                self.stdout.write(f"  {libelle} : {nombre(execution.compteurs[cle])}")
        if execution.etat not in _ETATS_FAUTIFS:
            self.stdout.write(f"{execution.get_etat_display()}. {execution.motif}".strip())

    def _rapporter(self, execution: Execution, chemin: Path) -> None:
        try:
            with chemin.open("w", encoding="utf-8", newline="") as fichier:
                ecrivain = csv.writer(fichier, delimiter=";")
                ecrivain.writerow(["ligne", "numéro FINESS", "décision", "raison", "contenu"])
                for rejet in execution.rejets.iterator():
                    decision = "retenue" if rejet.retenue else "rejetée"
                    ecrivain.writerow([rejet.ligne, rejet.numero_finess, decision, rejet.raison, rejet.contenu])
        except OSError as erreur:
            raise CommandError(f"Le rapport ne peut pas être écrit dans {chemin} : {erreur.strerror}") from erreur
        self.stdout.write(f"{nombre(execution.rejets.count())} ligne(s) dans {chemin}")
