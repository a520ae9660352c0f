"""Portail du Répertoire Opérationnel des Ressources."""

from ror.celery import app as celery_app

__all__ = ["VERSION", "celery_app"]

VERSION = "26.11.01"
"""Version shown on every page, year.month.patch (S10)."""
