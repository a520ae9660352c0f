"""What steers the Répertoire: computed figures, weights of the completeness."""

from .bilan import BilanEtablissement, BilanOffre, CalculBilans
from .poids import PoidsCompletude

__all__ = ["BilanEtablissement", "BilanOffre", "CalculBilans", "PoidsCompletude"]
