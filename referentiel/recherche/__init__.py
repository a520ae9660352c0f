"""« Recherche »: what is asked (`criteres`), the index (`index`), the query and its results (`resultats`)."""

from .criteres import Autour, Cible, Criteres, Facette, Fraicheur, Tri
from .noms import (
    LIMITE,
    RANG_NIVEAU,
    Resultat,
    chemins_de,
    chercher,
    chercher_etablissements,
    filtrer,
)

__all__ = [
    "LIMITE",
    "RANG_NIVEAU",
    "Autour",
    "Cible",
    "Criteres",
    "Facette",
    "Fraicheur",
    "Resultat",
    "Tri",
    "chemins_de",
    "chercher",
    "chercher_etablissements",
    "filtrer",
]
