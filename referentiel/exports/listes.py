"""The lists of the Répertoire that are exported; importing it declares them."""

from . import comptes, recherche, structures, suivi

__all__ = ["comptes", "recherche", "structures", "suivi"]
