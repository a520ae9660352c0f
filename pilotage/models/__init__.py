"""What steers the Répertoire: computed figures, weights of the completeness."""

from .bilan import BilanEtablissement, BilanOffre, CalculBilans
from .depart import AvisDepart, DepartReferent
from .poids import PoidsCompletude

__all__ = ["AvisDepart", "BilanEtablissement", "BilanOffre", "CalculBilans", "DepartReferent", "PoidsCompletude"]
