"""Which reader reads a file: two layouts, one internal record (`modele`)."""

from pathlib import Path

from .classique import LecteurClassique
from .commun import Lecteur, MiseEnPageInconnue, ouvrir_binaire
from .finessplus import LecteurFinessPlus


def lecteur_de(chemin: Path) -> Lecteur:
    """The reader of a file, chosen by its first byte.

    Raises:
        MiseEnPageInconnue: neither a classic file nor a FINESS+ one, or one that cannot be read.
    """
    try:
        with ouvrir_binaire(chemin) as flux:
            debut = flux.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not debut:
            raise MiseEnPageInconnue("Le fichier est vide.")
        return LecteurFinessPlus(chemin) if debut.startswith(b"{") else LecteurClassique(chemin)
    except (OSError, EOFError) as erreur:
        raise MiseEnPageInconnue(f"Le fichier « {chemin.name} » est tronqué ou abîmé : {erreur}") from erreur
