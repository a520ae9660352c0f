"""The fields of a fiche, level by level: name, label, section, kind, code list, and which belong to FINESS.

Data for the form, the reader, the change engine and the history alike: a field described here needs no other code.
Sources: MODELE_ROR §2 (attributes, code lists), EXIGENCES S70–S94.
"""

from ..niveaux import Niveau
from .entites import EG, EJ, ORGANISATION
from .lieu import CHAMPS_LIEU
from .modele import (
    LISTE_LIEUX,
    PROFIL_1_SEUL,
    SECTIONS,
    SUFFIXE_UNITE,
    UNITES_TEMPS,
    ZONES,
    Champ,
    Saisie,
    Stockage,
)
from .unite import UO

__all__ = [
    "CHAMPS",
    "CHAMPS_LIEU",
    "LISTE_LIEUX",
    "PROFIL_1_SEUL",
    "SECTIONS",
    "SUFFIXE_UNITE",
    "UNITES_TEMPS",
    "ZONES",
    "Champ",
    "Saisie",
    "Stockage",
    "champs_de",
    "modifiables",
    "sections_de",
]

CHAMPS: dict[Niveau, tuple[Champ, ...]] = {
    Niveau.EJ: EJ,
    Niveau.EG: EG,
    Niveau.P: ORGANISATION,
    Niveau.S: ORGANISATION,
    Niveau.UF: ORGANISATION,
    Niveau.UO: UO,
}


def champs_de(niveau: Niveau) -> dict[str, Champ]:
    """Returns name → field of a level, in the order of the fiche."""
    return {champ.nom: champ for champ in CHAMPS[niveau]}


def sections_de(niveau: Niveau) -> dict[str, tuple[Champ, ...]]:
    """Returns section key → fields of a level, in the order of the fiche."""
    resultat: dict[str, list[Champ]] = {}
    for champ in CHAMPS[niveau]:
        resultat.setdefault(champ.section, []).append(champ)
    return {cle: tuple(champs) for cle, champs in resultat.items()}


def modifiables(niveau: Niveau) -> frozenset[str]:
    """Names of the fields a person may type: all but those of FINESS."""
    return frozenset(champ.nom for champ in CHAMPS[niveau] if not champ.finess)
