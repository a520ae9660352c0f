"""Who did an act and why, kept by django-simple-history with the version it makes."""

from typing import Any

MOTIF_MAX = 100
"""Length of the reason in the historical tables."""


def signer(objet: Any, auteur: Any, motif: str = "") -> None:
    """Gives the version made by the next `save` of `objet` its author and its reason, in French.

    Args:
        objet: an instance of a model with `HistoricalRecords`.
        auteur: the person who acts; None when the portal does.
        motif: what was done; cut at 100 characters.
    """
    objet._history_user = auteur
    objet._change_reason = motif[:MOTIF_MAX] or None
