"""`manage.py charger_demonstration`: the fictional region to try the portal with. Repeatable."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from referentiel.demonstration import VraisComptes, charger, comptes_de_demonstration, est_chargee
from referentiel.models import Role
from referentiel.regroupements import classer
from ror.commun.erreurs import ErreurMetier

MOT_DE_PASSE = "Demonstration-2026"


class Command(BaseCommand):
    help = (
        "Charge une région fictive et un compte par rôle, puis affiche les comptes. Le mot de passe est celui de "
        "ROR_MOT_DE_PASSE_DEMO."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--forcer", action="store_true", help="même en production ou à côté de vrais comptes")

    def handle(self, *args, **options) -> None:
        if settings.SETTINGS_MODULE == "ror.settings.prod" and not options["forcer"]:
            raise CommandError("La démonstration ne se charge pas en production (--forcer pour le faire quand même).")
        mot_de_passe = os.environ.get("ROR_MOT_DE_PASSE_DEMO") or MOT_DE_PASSE
        if not est_chargee():
            try:
                charger(mot_de_passe=mot_de_passe, forcer=options["forcer"])
            except VraisComptes as refus:  # the portal starts all the same, with its own data
                self.stdout.write(str(refus))
                return
            except ErreurMetier as erreur:
                raise CommandError(str(erreur)) from erreur
            classer()
        self._afficher(mot_de_passe)

    def _afficher(self, mot_de_passe: str) -> None:
        lignes = [("Rôle", "Identifiant", "Mot de passe", "À essayer")]
        for compte, ouvre in comptes_de_demonstration(mot_de_passe):
            secret = mot_de_passe if ouvre else "(changé depuis)"
            lignes.append((Role(compte.role).label, compte.identifiant, secret, compte.essai))
        largeurs = [max(map(len, colonne)) for colonne in zip(*lignes, strict=True)]
        for ligne in lignes:
            self.stdout.write(
                "  ".join(texte.ljust(largeur) for texte, largeur in zip(ligne, largeurs, strict=True)).rstrip()
            )
