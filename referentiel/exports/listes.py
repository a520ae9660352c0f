"""The lists of the Répertoire that are exported; importing it declares them."""

from . import comptes, demandes, recherche, structures, suivi

__all__ = ["comptes", "demandes", "recherche", "structures", "suivi"]
