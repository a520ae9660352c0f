"""What keeps the Répertoire fresh: the yearly review, computed figures, weights of completeness, référents who left."""

from .bilan import BilanEtablissement, BilanOffre, CalculBilans
from .depart import AvisDepart, DepartReferent
from .poids import PoidsCompletude
from .relecture import (
    CourrielRelecture,
    Palier,
    PreferenceRelecture,
    PreparationRappels,
    Qualite,
    RappelRelecture,
    ReportRelecture,
)

__all__ = [
    "AvisDepart",
    "BilanEtablissement",
    "BilanOffre",
    "CalculBilans",
    "CourrielRelecture",
    "DepartReferent",
    "Palier",
    "PoidsCompletude",
    "PreferenceRelecture",
    "PreparationRappels",
    "Qualite",
    "RappelRelecture",
    "ReportRelecture",
]
