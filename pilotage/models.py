"""What steers the Répertoire: computed figures, weights of the completeness."""

from .modeles.bilan import BilanEtablissement, BilanOffre, CalculBilans
from .modeles.depart import AvisDepart, DepartReferent
from .modeles.poids import PoidsCompletude

__all__ = ["AvisDepart", "BilanEtablissement", "BilanOffre", "CalculBilans", "DepartReferent", "PoidsCompletude"]
