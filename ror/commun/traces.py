"""Who changed a tracked row, and why: kept by simple-history beside the snapshot."""

from django.db import models

LONGUEUR_MOTIF = 100


def signer(objet: models.Model, *, auteur: models.Model | None, motif: str = "") -> None:
    """Names the author and the reason of the next save of `objet`.

    Args:
        objet: a row with a `history`, not yet saved.
        auteur: the person who acts; None for the portal itself.
        motif: one French sentence, cut at 100 characters.
    """
    setattr(objet, "_history_user", auteur)  # noqa: B010 - the names simple-history reads, unknown to the model's type
    setattr(objet, "_change_reason", motif[:LONGUEUR_MOTIF])  # noqa: B010
