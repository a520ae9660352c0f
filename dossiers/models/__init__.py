"""The tables of the dossiers collaboratifs."""

from .avis import Avis, PreferenceAvis, Rythme, Sujet
from .dossier import Dossier, DossierQuerySet
from .fiche import FicheDossier
from .integration import Integration
from .lecture import Lecture
from .regle import RegleValidation
from .suivi import Commentaire, Correction, Evenement

__all__ = [
    "Avis",
    "Commentaire",
    "Correction",
    "Dossier",
    "DossierQuerySet",
    "Evenement",
    "FicheDossier",
    "Integration",
    "Lecture",
    "PreferenceAvis",
    "RegleValidation",
    "Rythme",
    "Sujet",
]
