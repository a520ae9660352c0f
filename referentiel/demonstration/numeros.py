"""The numbers and the town of the demonstration (pure): fictional, with right keys, so that every check accepts them.

FINESS numbers start by 7790, a range that FINESS does not use; SIREN numbers by 999.
"""


def _cle(chiffres: str) -> str:
    """Returns the Luhn key of `chiffres`, as FINESS, SIREN and SIRET numbers carry."""
    somme = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        double = int(chiffre) * 2 if rang % 2 == 0 else int(chiffre)
        somme += double - 9 if double > 9 else double
    return str(-somme % 10)


def finess(rang: int) -> str:
    """Returns the fictional FINESS number of `rang` (0 to 9999)."""
    chiffres = f"7790{rang:04d}"
    return chiffres + _cle(chiffres)


def siren(rang: int) -> str:
    """Returns the fictional SIREN of `rang` (0 to 99999)."""
    chiffres = f"999{rang:05d}"
    return chiffres + _cle(chiffres)


def siret(rang: int, etablissement: int = 1) -> str:
    """Returns the SIRET of the n-th establishment of the fictional company of `rang`."""
    chiffres = f"{siren(rang)}{etablissement:04d}"
    return chiffres + _cle(chiffres)


EJ_HORIZONS = finess(1)
EG_EHPAD = finess(2)
EG_IME = finess(3)
EJ_HOPITAL = finess(10)
EG_HOPITAL = finess(11)

DEPARTEMENT = "77"
VILLE = {"code_postal": "77990", "localite": "Valmont-sur-Lys", "commune_cog": "77999"}
