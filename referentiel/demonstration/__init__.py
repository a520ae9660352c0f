"""A fictional region to try the portal: three establishments of Valmont-sur-Lys (77), one account per role."""

from .chargement import Compte, VraisComptes, ajouter_suite, charger, comptes_de_demonstration, est_chargee

__all__ = ["Compte", "VraisComptes", "ajouter_suite", "charger", "comptes_de_demonstration", "est_chargee"]
