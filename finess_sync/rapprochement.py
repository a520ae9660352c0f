"""Comparison of a received FINESS record with the known one, and what the rules say of each écart (pure)."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from referentiel.geographie import distance_km

from .lecture.modele import CHAMPS_EG, CHAMPS_EJ, FicheEG, FicheEJ

TOLERANCE_POSITION = 1.0  # metres: below, two conversions of the same point

Position = tuple[float, float]  # WGS84 latitude, longitude in degrees
Fiche = FicheEJ | FicheEG
ValeurFiness = str | bool | date | Position | tuple[str, ...] | None


class Nature(StrEnum):
    """What happened to a structure."""

    CREEE = "creee"
    MODIFIEE = "modifiee"
    EJ_CHANGEE = "ej_changee"
    CATEGORIE_CHANGEE = "categorie_changee"
    RAISON_SOCIALE_CHANGEE = "raison_sociale_changee"
    DEPLACEE = "deplacee"
    FERMEE = "fermee"
    ROUVERTE = "rouverte"
    ABSENTE = "absente"


class Action(StrEnum):
    """What is done with an écart."""

    APPLIQUER = "appliquer"
    RELIRE = "relire"


@dataclass(frozen=True, slots=True)
class Ecart:
    """One difference: `champ` goes from `avant` to `apres` (`champ` is None for a whole record created or absent).

    The champ « position » carries (latitude, longitude); `distance` is then in metres.
    """

    finess: str
    nature: Nature
    champ: str | None = None
    avant: ValeurFiness = None
    apres: ValeurFiness = None
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class Regle:
    """What to do with the écarts of a nature, on one field (None: any), beyond a distance in metres (None: any)."""

    nature: Nature
    champ: str | None
    seuil: float | None
    action: Action

    def concerne(self, ecart: Ecart) -> bool:
        """Whether this rule speaks of `ecart`."""
        return (
            self.nature is ecart.nature
            and self.champ in (None, ecart.champ)
            and (self.seuil is None or (ecart.distance is not None and ecart.distance > self.seuil))
        )


REGLES_PAR_DEFAUT: tuple[Regle, ...] = (
    Regle(Nature.CREEE, None, None, Action.APPLIQUER),
    Regle(Nature.FERMEE, None, None, Action.RELIRE),
    Regle(Nature.ROUVERTE, None, None, Action.RELIRE),
    Regle(Nature.ABSENTE, None, None, Action.RELIRE),
    Regle(Nature.EJ_CHANGEE, None, None, Action.RELIRE),
    Regle(Nature.RAISON_SOCIALE_CHANGEE, None, None, Action.RELIRE),
    Regle(Nature.DEPLACEE, None, 500.0, Action.RELIRE),
    Regle(Nature.DEPLACEE, None, None, Action.APPLIQUER),
    Regle(Nature.MODIFIEE, "date_fermeture", None, Action.RELIRE),  # goes with the closing or reopening it dates
    Regle(Nature.CATEGORIE_CHANGEE, None, None, Action.APPLIQUER),
    Regle(Nature.MODIFIEE, None, None, Action.APPLIQUER),
)

_NATURES = {"finess_ej": Nature.EJ_CHANGEE, "categorie": Nature.CATEGORIE_CHANGEE}
_COMPARES_A_PART = frozenset({"finess", "latitude", "longitude"})
_ORDRE = {
    type_fiche: tuple(champ.name for champ in fields(type_fiche) if champ.name not in _COMPARES_A_PART)
    for type_fiche in (FicheEJ, FicheEG)
}


def decision(ecart: Ecart, regles: Sequence[Regle] = REGLES_PAR_DEFAUT) -> Action:
    """The action of the first rule that speaks of `ecart`; without any, a person decides."""
    return next((regle.action for regle in regles if regle.concerne(ecart)), Action.RELIRE)


def comparer_eg(connue: FicheEG | None, recue: FicheEG | None, champs: Collection[str] = CHAMPS_EG) -> list[Ecart]:
    """Écarts of one EG between what is known (None: new) and what FINESS gives (None: absent from the stock).

    `champs` are the fields the source provides: FINESS+ has no APE for an EG, which erases nothing. A lost position
    is no écart, the known one stays better than none. Raises `ValueError` for records of two numbers.
    """
    ecarts = _comparer(connue, recue, champs)
    if connue and recue and {"latitude", "longitude"} <= set(champs):
        ecarts += _comparer_positions(connue, recue)
    return ecarts


def comparer_ej(connue: FicheEJ | None, recue: FicheEJ | None, champs: Collection[str] = CHAMPS_EJ) -> list[Ecart]:
    """Écarts of one EJ; see `comparer_eg`."""
    return _comparer(connue, recue, champs)


def _comparer(connue: Fiche | None, recue: Fiche | None, champs: Collection[str]) -> list[Ecart]:
    if connue is None:
        return [] if recue is None else [Ecart(recue.finess, Nature.CREEE)]
    if recue is None:
        return [Ecart(connue.finess, Nature.ABSENTE)] if connue.ouvert else []
    if connue.finess != recue.finess:
        raise ValueError(f"Records of two structures: {connue.finess}, {recue.finess}")
    if connue == recue:
        return []
    ecarts = []
    for champ in _ORDRE[type(connue)]:
        avant, apres = getattr(connue, champ), getattr(recue, champ)
        if avant != apres and champ in champs:
            ecarts.append(Ecart(connue.finess, _nature(champ, avant, apres), champ, avant, apres))
    return ecarts


def _nature(champ: str, avant: ValeurFiness, apres: ValeurFiness) -> Nature:
    if champ == "ouvert":
        return Nature.ROUVERTE if apres else Nature.FERMEE
    if champ == "raison_sociale" and _mots(str(avant)) != _mots(str(apres)):
        return Nature.RAISON_SOCIALE_CHANGEE
    return _NATURES.get(champ, Nature.MODIFIEE)


def _mots(texte: str) -> list[str]:
    """The words without case, accents nor punctuation: a name merely written better has not changed."""
    sans_accent = "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c))
    return re.findall(r"\w+", sans_accent.casefold())


def _comparer_positions(connue: FicheEG, recue: FicheEG) -> list[Ecart]:
    avant, apres = _position(connue), _position(recue)
    if apres is None or avant == apres:
        return []
    if avant is None:
        return [Ecart(connue.finess, Nature.MODIFIEE, "position", avant, apres)]
    metres = distance(avant, apres)
    if metres < TOLERANCE_POSITION:
        return []
    return [Ecart(connue.finess, Nature.DEPLACEE, "position", avant, apres, metres)]


def _position(fiche: FicheEG) -> Position | None:
    if fiche.latitude is None or fiche.longitude is None:
        return None
    return fiche.latitude, fiche.longitude


def distance(a: Position, b: Position) -> float:
    """Great-circle distance in metres between two WGS84 (latitude, longitude) in degrees."""
    return 1000 * distance_km(a, b)


# FINESS writes the overseas départements with a letter.
_DEPARTEMENTS_FINESS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976", "9J": "986"}


def code_insee(departement_finess: str, commune: str) -> str:
    """The 5-character INSEE code of a commune given by FINESS as département and 3 characters; "" when malformed.

    « 01 », « 451 » → 01451; « 2A », « 004 » → 2A004; « 9D », « 411 » → 97411; « 9J », « 613 » → 98613.
    """
    if not re.fullmatch(r"[0-9]{3}", commune) or not re.fullmatch(r"[0-9][0-9ABCDEFJ]", departement_finess):
        return ""
    outre_mer = _DEPARTEMENTS_FINESS.get(departement_finess)
    return (outre_mer[:2] if outre_mer else departement_finess) + commune
