"""Writes of the steering: keyword-only, atomic, with their author."""

from .departs import signaler_departs
from .poids import regler_poids

__all__ = ["regler_poids", "signaler_departs"]
