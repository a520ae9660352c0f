"""FINESS numbers, SIREN, SIRET and codes of territory: what makes one right (pure)."""

import re

_LA_POSTE = "356000000"
"""Its 14 000 SIRET do not follow the key: the sum of their digits is a multiple of five (INSEE)."""


def siren_valide(numero: str) -> bool:
    """Whether a SIREN has nine digits and the right Luhn key."""
    return bool(re.fullmatch(r"[0-9]{9}", numero)) and _luhn(numero)


def siret_valide(numero: str) -> bool:
    """Whether a SIRET has fourteen digits and the right Luhn key, or that of La Poste."""
    if not re.fullmatch(r"[0-9]{14}", numero):
        return False
    return _luhn(numero) or (numero.startswith(_LA_POSTE) and sum(map(int, numero)) % 5 == 0)


def finess_valide(numero: str) -> bool:
    """Whether a FINESS number has nine characters and the right Luhn key, A and B of Corsica being 1 and 2."""
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", numero):
        return False
    return _luhn(numero.replace("A", "1").replace("B", "2"))


def _luhn(numero: str) -> bool:
    chiffres = numero[::-1]
    return (sum(map(int, chiffres[::2])) + sum(map(int, chiffres[1::2].translate(_DOUBLES)))) % 10 == 0


_DOUBLES = str.maketrans("0123456789", "0246813579")
"""Luhn: each digit doubled, less 9 beyond 9."""


_COMMUNES_A_PART = {"97123": "977", "97127": "978"}  # Saint-Barthélemy and Saint-Martin, filed under 9A
_CODES_POSTAUX_A_PART = {"97133": "977", "97150": "978"}
_PREFIXES_FINESS = {"9701": "971", "9702": "972", "9703": "973", "9704": "974", "9805": "976", "9806": "986"}


def departement_depuis(commune_cog: str = "", code_postal: str = "", finess: str = "") -> str:
    """The usual code of the département (01, 2A, 971…) from the best of what is known; "" when nothing tells.

    The commune decides; else the postcode; the FINESS number, whose prefix is the département at creation, only as a
    last resort and to tell 2A from 2B. A postcode 978xx is a CEDEX of La Réunion.
    """
    if len(commune_cog) == 5:
        return _COMMUNES_A_PART.get(commune_cog) or _prefixe(commune_cog)
    if len(code_postal) == 5 and not code_postal.startswith("20"):
        return _CODES_POSTAUX_A_PART.get(code_postal) or _prefixe(code_postal).replace("978", "974")
    if len(finess) == 9:
        return _PREFIXES_FINESS.get(finess[:4]) or finess[:2]
    return ""


def _prefixe(code: str) -> str:
    return code[:3] if code.startswith(("97", "98")) else code[:2]
