"""Portail du Répertoire Opérationnel des Ressources."""

VERSION = "26.11.01"
"""Version shown on every page, year.month.patch (S10)."""
