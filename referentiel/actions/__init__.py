"""The acts on the referential: every screen, API, task and command calls these, and nothing else writes."""

from .demandes import demander_correction, repondre_demande
from .fiches import abandonner, enregistrer, renommer
from .publication import DejaFait, EtatVu, annuler, arbitrer, publier_echues, valider

__all__ = [
    "DejaFait",
    "EtatVu",
    "abandonner",
    "annuler",
    "arbitrer",
    "demander_correction",
    "enregistrer",
    "publier_echues",
    "renommer",
    "repondre_demande",
    "valider",
]
