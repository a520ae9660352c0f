"""Writes of the steering: keyword-only, atomic, with their author."""

from .poids import regler_poids

__all__ = ["regler_poids"]
