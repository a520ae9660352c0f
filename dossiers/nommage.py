"""The name of an UO: « Unité » followed by the name of its type (S77; pure). A difference is told, never refused."""

import re

from ror.commun.texte import normaliser

EN_CREATION = "Unité opérationnelle en création"
"""Name of an UO saved before it has one."""

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
