"""The tree of the Répertoire: six ways to unroll it, its keys, its rows, what is found in it (S47–S58)."""

from .cles import dessus, fiche_de
from .cles import lire as lire_cle
from .fiches import compter_dessous, compter_offres
from .marqueurs import Marque, marquer
from .noeuds import (
    AFFICHAGES,
    GROUPES_MASQUES_PAR_DEFAUT,
    BrancheInconnue,
    Noeud,
    Par,
    Regard,
    titre_departement,
)
from .resultats import Trouvailles, chercher
from .voies import branche, branches, chemin, lignes, racines

__all__ = [
    "AFFICHAGES",
    "GROUPES_MASQUES_PAR_DEFAUT",
    "BrancheInconnue",
    "Marque",
    "Noeud",
    "Par",
    "Regard",
    "Trouvailles",
    "branche",
    "branches",
    "chemin",
    "chercher",
    "compter_dessous",
    "compter_offres",
    "dessus",
    "fiche_de",
    "lignes",
    "lire_cle",
    "marquer",
    "racines",
    "titre_departement",
]
