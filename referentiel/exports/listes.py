"""The lists of the Répertoire that are exported; importing it declares them."""

from . import comptes, structures, suivi

__all__ = ["comptes", "structures", "suivi"]
