"""Hours as a TABLE of the change engine, so that two people who edit two days merge without a question.

`p1` holds the head of a period, `p1/1` its Monday, `p1/8` its public holidays, `x:2026-12-25` an exception. What is
not understood is kept as it is: reading then writing never drops anything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from .modele import CLE_PERIODE, PREFIXE_EXCEPTION, TOUS_LES_JOURS, Exception_, Feries, Horaires, Periode, Plage

Table = dict[str, Any]

_JOUR = re.compile(r"(p[0-9A-Za-z_-]+)/([1-8])")
_COLONNES_PLAGE = {"debut", "fin", "type"}
_COLONNES_PERIODE = {"du", "au", "libelle", "feries", "toutes_les"}
_COLONNES_EXCEPTION = {"du", "au", "libelle", "plages"}


def en_table(horaires: Horaires) -> Table:
    """The rows to store, JSON-able."""
    table: Table = dict(horaires.autres)
    for periode in horaires.periodes:
        table[periode.cle] = _sans_vide(
            {
                **periode.autres,
                "du": periode.du and periode.du.isoformat(),
                "au": periode.au and periode.au.isoformat(),
                "libelle": periode.libelle,
                "feries": periode.feries.value,
                "toutes_les": periode.toutes_les if periode.toutes_les != 1 else None,
            }
        )
        for jour in sorted({plage.jour for plage in periode.plages}):
            table[f"{periode.cle}/{jour}"] = [_ecrire_plage(p) for p in periode.plages if p.jour == jour]
    for exception in horaires.exceptions:
        table[exception.cle] = _sans_vide(
            {
                **exception.autres,
                "du": exception.du.isoformat(),
                "au": exception.au.isoformat(),
                "libelle": exception.libelle,
                "plages": [_ecrire_plage(plage) for plage in exception.plages],
            }
        )
    return table


def depuis_table(table: Mapping[str, Any] | None) -> Horaires:
    """The hours stored by `en_table`; a row that is not understood, or a day without its period, goes to `autres`."""
    lignes = dict(table or {})
    periodes, exceptions = [], []
    for cle in sorted(lignes):
        try:
            if CLE_PERIODE.fullmatch(cle):
                periodes.append(_lire_periode(cle, lignes[cle]))
            elif cle.startswith(PREFIXE_EXCEPTION):
                exceptions.append(_lire_exception(cle, lignes[cle]))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    jours = _lire_jours(lignes, {periode.cle for periode in periodes})
    lues = {p.cle for p in periodes} | {e.cle for e in exceptions} | jours.keys()
    return Horaires(
        periodes=tuple(_avec_jours(periode, jours) for periode in periodes),
        exceptions=tuple(exceptions),
        autres={cle: ligne for cle, ligne in lignes.items() if cle not in lues},
    )


def _lire_jours(lignes: Table, periodes: set[str]) -> dict[str, tuple[Plage, ...]]:
    jours = {}
    for cle, ligne in lignes.items():
        lu = _JOUR.fullmatch(cle)
        if lu and lu[1] in periodes:
            try:
                jours[cle] = lire_plages(ligne, int(lu[2]))
            except (AttributeError, KeyError, TypeError, ValueError):
                continue
    return jours


def _avec_jours(periode: Periode, jours: Mapping[str, tuple[Plage, ...]]) -> Periode:
    plages = tuple(plage for jour in range(1, 9) for plage in jours.get(f"{periode.cle}/{jour}", ()))
    return replace(periode, plages=plages)


def _lire_periode(cle: str, ligne: Mapping[str, Any]) -> Periode:
    return Periode(
        cle=cle,
        du=_lire_date(ligne["du"]) if ligne.get("du") else None,
        au=_lire_date(ligne["au"]) if ligne.get("au") else None,
        libelle=_texte(ligne.get("libelle")),
        feries=Feries(ligne.get("feries", Feries.FERME)),
        toutes_les=_entier(ligne.get("toutes_les", 1), minimum=1),
        autres=_autres(ligne, _COLONNES_PERIODE),
    )


def _lire_exception(cle: str, ligne: Mapping[str, Any]) -> Exception_:
    return Exception_(
        cle=cle,
        du=_lire_date(ligne["du"]),
        au=_lire_date(ligne["au"]),
        plages=lire_plages(ligne.get("plages") or [], TOUS_LES_JOURS),
        libelle=_texte(ligne.get("libelle")),
        autres=_autres(ligne, _COLONNES_EXCEPTION),
    )


def lire_plages(ligne: Iterable[Mapping[str, Any]], jour: int) -> tuple[Plage, ...]:
    return tuple(
        Plage(
            jour,
            _entier(plage["debut"]),
            _entier(plage["fin"]),
            _texte(plage.get("type")) or None,
            _autres(plage, _COLONNES_PLAGE),
        )
        for plage in ligne
    )


def _ecrire_plage(plage: Plage) -> dict[str, Any]:
    return _sans_vide({**plage.autres, "debut": plage.debut, "fin": plage.fin, "type": plage.type_plage})


def _lire_date(valeur: Any) -> date:
    jour = date.fromisoformat(valeur)
    if jour.isoformat() != valeur:
        raise ValueError(f"Not a date AAAA-MM-JJ: {valeur}")
    return jour


def _texte(valeur: Any) -> str:
    if valeur is not None and not isinstance(valeur, str):
        raise TypeError(f"Not a text: {valeur!r}")
    return valeur or ""


def _entier(valeur: Any, minimum: int = 0) -> int:
    if type(valeur) is not int or valeur < minimum:
        raise TypeError(f"Not a number from {minimum} on: {valeur!r}")
    return valeur


def _autres(ligne: Mapping[str, Any], connues: set[str]) -> dict[str, Any]:
    return {colonne: valeur for colonne, valeur in ligne.items() if colonne not in connues}


def _sans_vide(ligne: dict[str, Any]) -> dict[str, Any]:
    return {colonne: valeur for colonne, valeur in ligne.items() if valeur not in (None, "", [])}
