"""Which field of a FINESS record is which column of the ROR (S67): the one place that knows both."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from referentiel.models import EntiteGeographique, EntiteJuridique
from referentiel.niveaux import Niveau

from .lecture.modele import CHAMPS_EG, CHAMPS_EJ, FicheEG, FicheEJ
from .rapprochement import ValeurFiness

FICHES = {Niveau.EJ: FicheEJ, Niveau.EG: FicheEG}
CHAMPS_FICHE = {Niveau.EJ: CHAMPS_EJ, Niveau.EG: CHAMPS_EG}
DETAILS: Mapping[Niveau, Any] = {Niveau.EJ: EntiteJuridique, Niveau.EG: EntiteGeographique}

_RENOMMEES = {"ape": "code_ape", "mft": "mode_tarif", "sph": "participation_sph"}
_HORS_DETAIL = frozenset({"finess", "finess_ej", "ouvert", "departement"})


def _colonnes(niveau: Niveau) -> dict[str, str]:
    du_modele = {champ.name for champ in DETAILS[niveau]._meta.concrete_fields}
    colonnes = {champ: _RENOMMEES.get(champ, champ) for champ in sorted(CHAMPS_FICHE[niveau] - _HORS_DETAIL)}
    return {champ: colonne for champ, colonne in colonnes.items() if colonne in du_modele}


COLONNES: Mapping[Niveau, Mapping[str, str]] = {niveau: _colonnes(niveau) for niveau in FICHES}
"""By level: field of the record → column of the detail table. What is in neither is not kept."""

COMPARES: Mapping[Niveau, frozenset[str]] = {
    niveau: frozenset(COLONNES[niveau]) | (_HORS_DETAIL & CHAMPS_FICHE[niveau]) - {"finess"} for niveau in FICHES
}
"""By level, the fields the ROR holds, hence those that can differ."""

PREPARES: Mapping[Niveau, tuple[str, ...]] = {
    niveau: tuple(champ.name for champ in fields(FICHES[niveau]) if champ.name in COMPARES[niveau] | {"finess"})
    for niveau in FICHES
}
"""By level, the fields that are staged, in the order of the record."""


def en_json(valeur: ValeurFiness) -> str | bool | list | None:
    """The value of an écart as the database keeps it."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return list(valeur) if isinstance(valeur, tuple) else valeur


def depuis_json(champ: str, valeur) -> ValeurFiness:
    """The inverse of `en_json` for this field."""
    if isinstance(valeur, list):
        return tuple(valeur)
    return date.fromisoformat(valeur) if champ.startswith("date_") and valeur else valeur
