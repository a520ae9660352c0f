"""Refusals. Each carries the sentence shown to the person, in French: what happened and what to do."""


class ErreurMetier(Exception):
    """A refused act. `str(erreur)` is the French sentence for the screen."""

    statut = 400


class DroitManquant(ErreurMetier):
    """The person's rights do not allow the act here (403)."""

    statut = 403


class Introuvable(ErreurMetier):
    """What the act is about does not exist, or not for this person (404)."""

    statut = 404


class EtatIncompatible(ErreurMetier):
    """The object is not in a state where the act is possible (409)."""

    statut = 409


class TropDEssais(ErreurMetier):
    """The same act was done too often in a short time (429)."""

    statut = 429


class StructureInvalide(ErreurMetier):
    """The act would break the tree: forbidden parent, cycle, node that is not empty (409)."""

    statut = 409


class ConflitDeVersion(ErreurMetier):
    """Somebody else changed the same values meanwhile; `conflits` says which (409).

    Args:
        conflits: what `referentiel.changements.fusionner_tout` reported.
    """

    statut = 409

    def __init__(self, conflits: tuple = (), message: str = "") -> None:
        super().__init__(
            message or "Cette fiche a été modifiée entre-temps sur les mêmes champs. Choisissez la valeur à garder."
        )
        self.conflits = conflits


class SaisieInvalide(ErreurMetier):
    """Values that break a rule.

    Args:
        erreurs: field name → French sentence.
    """

    def __init__(self, erreurs: dict[str, str]) -> None:
        super().__init__(" ".join(erreurs.values()))
        self.erreurs = erreurs


class FicheInvalide(SaisieInvalide):
    """Values that break a rule on one fiche of a lot.

    Args:
        structure_id: the fiche.
        erreurs: field name → French sentence.
    """

    def __init__(self, structure_id: int, erreurs: dict[str, str]) -> None:
        super().__init__(erreurs)
        self.structure_id = structure_id
