"""The internal record of FINESS: what both readers (classic files, FINESS+) produce and the comparison takes.

Texts are stripped, "" when FINESS gives none; dates and coordinates are then None, and so are the default dates
(1900-01-01, 1901-01-01). A record is never changed once read; it is not frozen because a frozen one takes three times
as long to make, for 273 000 of them.
"""

from dataclasses import dataclass, fields
from datetime import date


@dataclass(slots=True, kw_only=True)
class _Fiche:
    """What EJ and EG have in common."""

    finess: str
    raison_sociale: str  # the long one when there is one
    nom_court: str = ""
    complement: str = ""
    ape: str = ""  # without dot: 8610Z
    categorie: str = ""
    numero_voie: str = ""
    type_voie: str = ""
    libelle_voie: str = ""
    complement_voie: str = ""  # B, T, Q…
    complement_adresse: str = ""  # building, entrance (compldistrib, complementPointGeographique)
    lieu_dit: str = ""
    distribution: str = ""  # post office box
    code_postal: str = ""
    localite: str = ""
    commune_cog: str = ""  # 5-character INSEE code
    departement: str = ""  # usual code: 01, 2A, 971
    telephone: str = ""
    telecopie: str = ""
    courriel: str = ""
    date_fermeture: date | None = None
    date_maj: date | None = None
    ouvert: bool = True


@dataclass(slots=True, kw_only=True)
class FicheEJ(_Fiche):
    """An « entité juridique » (cs1100501 `structureej`, FINESS+ `pmej`)."""

    siren: str = ""
    statut_juridique: str = ""
    date_creation: date | None = None


@dataclass(slots=True, kw_only=True)
class FicheEG(_Fiche):
    """An « entité géographique » (cs1100502 `structureet`, cs1100507 `geolocalisation`, FINESS+ `ege`)."""

    finess_ej: str
    siret: str = ""
    mft: str = ""
    sph: tuple[str, ...] = ()  # sorted codes
    latitude: float | None = None  # WGS84 degrees
    longitude: float | None = None
    source_position: str = ""
    date_position: date | None = None
    date_ouverture: date | None = None
    date_autorisation: date | None = None
    numero_uai: str = ""


CHAMPS_EJ = frozenset(champ.name for champ in fields(FicheEJ))
CHAMPS_EG = frozenset(champ.name for champ in fields(FicheEG))
