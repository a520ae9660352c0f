"""Opening hours: periods, exceptions, public holidays, « ouvert maintenant », the French sentence (pure).

An exception wins over a period, a dated period over the ordinary week (« semaine type »).
"""

from .controle import Avis, verifier
from .lignes import COLONNES, nommer_ligne, texte_ligne
from .modele import (
    JOUR_FERIE,
    JOURS,
    MINUTES_PAR_JOUR,
    TOUS_LES_JOURS,
    Exception_,
    Feries,
    Horaires,
    Periode,
    Plage,
    normaliser,
    tranches_du_jour,
)
from .ouverture import EtatOuverture, etat
from .phrase import phrase
from .saisie import FinAvantDebut, HeureIllisible, dire_heure, lire_heure, lire_plage
from .stockage import depuis_table, en_table
from .territoire import fuseau_de, jours_feries

__all__ = [
    "COLONNES",
    "JOURS",
    "JOUR_FERIE",
    "MINUTES_PAR_JOUR",
    "TOUS_LES_JOURS",
    "Avis",
    "EtatOuverture",
    "Exception_",
    "Feries",
    "FinAvantDebut",
    "HeureIllisible",
    "Horaires",
    "Periode",
    "Plage",
    "depuis_table",
    "dire_heure",
    "en_table",
    "etat",
    "fuseau_de",
    "jours_feries",
    "lire_heure",
    "lire_plage",
    "nommer_ligne",
    "normaliser",
    "phrase",
    "texte_ligne",
    "tranches_du_jour",
    "verifier",
]
