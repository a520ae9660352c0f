"""The yearly re-reading of an offer: when it is due and how that is said (S66, S110). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

RAPPEL = timedelta(days=30)
"""An offer is announced this long before its re-reading is due."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an offer stands.

    Attributes:
        echeance: day by which it is to be re-read; None when it never was.
        etat: code of the state pill.
        mot: what the pill says.
        a_relire: due, or due within `RAPPEL`.
    """

    echeance: date | None
    etat: str
    mot: str
    a_relire: bool


def un_an_apres(jour: date) -> date:
    """Returns the same day of the next year; 28 February for the 29th."""
    return _deplacer(jour, 1)


def un_an_avant(jour: date) -> date:
    """Returns the last day of re-reading that is not within a year of `jour`."""
    avant = _deplacer(jour, -1)
    return avant if un_an_apres(avant) <= jour else avant - timedelta(days=1)


def limite_a_relire(jour: date) -> date:
    """Returns the last day of re-reading for which an offer is to be re-read on `jour`, the reminder included."""
    return _deplacer(jour + RAPPEL, -1)


def situer(relue_le: date | None, jour: date) -> Situation:
    """Returns where an offer re-read on `relue_le` stands on `jour`."""
    if relue_le is None:
        return Situation(None, "erreur", "Jamais relue", True)
    echeance = un_an_apres(relue_le)
    reste = (echeance - jour).days
    if reste < 0:
        return Situation(echeance, "erreur", f"En retard de {_jours(-reste)}", True)
    if reste == 0:
        return Situation(echeance, "attente", "Aujourd’hui", True)
    if reste <= RAPPEL.days:
        return Situation(echeance, "attente", f"Dans {_jours(reste)}", True)
    return Situation(echeance, "ok", "À jour", False)


def age_en_mots(jour: date, aujourdhui: date) -> str:
    """« il y a 14 mois », « il y a 3 ans » for a day more than a year ago; empty until then."""
    if aujourdhui <= un_an_apres(jour):
        return ""
    mois = (aujourdhui.year - jour.year) * 12 + aujourdhui.month - jour.month - (aujourdhui.day < jour.day)
    return f"il y a {mois // 12}\u00a0ans" if mois >= 24 else f"il y a {mois}\u00a0mois"


def _jours(nombre: int) -> str:
    return f"{nombre}\u00a0jour{'s' if nombre > 1 else ''}"


def _deplacer(jour: date, annees: int) -> date:
    try:
        return jour.replace(year=jour.year + annees)
    except ValueError:
        return jour.replace(year=jour.year + annees, day=28)
