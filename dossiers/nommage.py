"""Names: of an UO, « Unité » followed by the name of its type (S77); of a dossier, « 81 MAJ MCO – … » (S137).

Pure. A difference is told, never refused.
"""

import re
from collections.abc import Collection

from referentiel.departements import NOMS
from referentiel.niveaux import Niveau
from ror.commun.texte import normaliser

DISCIPLINES = ("MCO", "SSR", "PSY", "MSPA", "MSPH")
"""The « grands groupes de disciplines » that name dossiers (S69)."""

PEUPLEMENT = "Peuplement de "
"""How the dossier of a first description begins (S134)."""


def nom_en_creation(niveau: Niveau) -> str:
    """Returns the name of a fiche created before it has one (S150)."""
    return f"{niveau.nom} en création"


def avertissement_nom_dossier(nom: str, departement: str) -> str | None:
    """Returns what the name of a dossier lacks of the convention (S137), in French; None when it follows it.

    Args:
        nom: the name.
        departement: code of the département of the establishment, « 2A » and « 971 » included.
    """
    if nom.startswith(PEUPLEMENT):
        return None
    mots = nom.replace("–", " ").replace("-", " ").upper().split()
    attendu = f"Forme attendue\u00a0: «\u00a0{departement or '81'} MAJ MCO – nom de l’établissement\u00a0»."
    if not mots or mots[0] not in NOMS:
        return f"Ce nom ne commence pas par un numéro de département. {attendu}"
    if departement and mots[0] != departement.upper():
        return f"Ce nom commence par {mots[0]}, l’établissement est dans le {departement}. {attendu}"
    if mots[1:2] != ["MAJ"]:
        return f"Ce nom ne dit pas «\u00a0MAJ\u00a0» après le département. {attendu}"
    return None if _dit(mots[2:3], DISCIPLINES) else f"Ce nom ne dit pas le grand groupe de disciplines. {attendu}"


def _dit(mots: list[str], attendus: Collection[str]) -> bool:
    return bool(mots) and mots[0] in attendus


_OUTILS = frozenset({"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "pour"})
_PARENTHESE = re.compile(r"\([^)]*\)")


def nom_propose(libelle_type: str) -> str:
    """Returns « Unité hébergement pour personnes âgées » from « Hébergement pour personnes âgées »."""
    libelle = libelle_type.strip()
    if _mots(libelle)[:1] == ["unite"]:
        return libelle[:255]
    premier = libelle.split(" ", 1)[0]
    if not premier[1:].isupper():
        libelle = libelle[:1].lower() + libelle[1:]
    return f"Unité {libelle}"[:255]


def est_conforme(nom: str, libelle_type: str) -> bool:
    """Whether a name follows the rule; accents, case, « de », « d’ », sigles in brackets and what follows are free."""
    mots = _mots(nom)
    return any(mots[: len(attendus)] == attendus for attendus in _attendus(libelle_type))


def _attendus(libelle_type: str) -> list[list[str]]:
    propose = nom_propose(libelle_type)
    return [_mots(propose), _mots(_PARENTHESE.sub(" ", propose))]


def _mots(texte: str) -> list[str]:
    mots = [mot for mot in normaliser(texte).split() if mot not in _OUTILS]
    return ["unite", *mots[1:]] if mots[:1] == ["unites"] else mots
