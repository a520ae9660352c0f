"""Opening hours: periods, exceptions, public holidays, « ouvert maintenant », the French sentence (pure).

An exception wins over a period, a dated period over the ordinary week (« semaine type »).
"""

from .controle import Avis, verifier
from .edition import OUVRABLES, copier, deplacer, etirer, poser, ranger, retirer
from .lignes import COLONNES, dire_ligne, nommer_ligne, texte_ligne
from .modele import (
    JOUR_FERIE,
    JOURS,
    MINUTES_PAR_JOUR,
    PREFIXE_EXCEPTION,
    TOUS_LES_JOURS,
    Exception_,
    Feries,
    Horaires,
    Periode,
    Plage,
    normaliser,
    tranches_du_jour,
)
from .ouverture import HORIZON_JOURS, EtatOuverture, etat
from .phrase import TYPES, Annonce, annoncer, dire_date, dire_periode, phrase
from .saisie import FinAvantDebut, HeureIllisible, dire_heure, dire_plage, enumerer, lire_heure, lire_plage
from .stockage import depuis_table, en_table
from .territoire import FUSEAUX_D_OUTRE_MER, fuseau_de, jours_feries, prochains_feries

__all__ = [
    "COLONNES",
    "FUSEAUX_D_OUTRE_MER",
    "HORIZON_JOURS",
    "JOURS",
    "JOUR_FERIE",
    "MINUTES_PAR_JOUR",
    "OUVRABLES",
    "PREFIXE_EXCEPTION",
    "TOUS_LES_JOURS",
    "TYPES",
    "Annonce",
    "Avis",
    "EtatOuverture",
    "Exception_",
    "Feries",
    "FinAvantDebut",
    "HeureIllisible",
    "Horaires",
    "Periode",
    "Plage",
    "annoncer",
    "copier",
    "deplacer",
    "depuis_table",
    "dire_date",
    "dire_heure",
    "dire_ligne",
    "dire_periode",
    "dire_plage",
    "en_table",
    "enumerer",
    "etat",
    "etirer",
    "fuseau_de",
    "jours_feries",
    "lire_heure",
    "lire_plage",
    "nommer_ligne",
    "normaliser",
    "phrase",
    "poser",
    "prochains_feries",
    "ranger",
    "retirer",
    "texte_ligne",
    "tranches_du_jour",
    "verifier",
]
