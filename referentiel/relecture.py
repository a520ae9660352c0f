"""The yearly re-reading of an offer: when it is due and how that is said (S66, S110). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from ror.commun.francais import date_fr

RAPPEL = timedelta(days=30)
"""An offer is announced this long before its re-reading is due."""


PALIERS = (-60, -30, 0, 30)
"""Days, counted from the due date, from which a reminder is due until the next one (B28)."""

REPORT_MAX = timedelta(days=30)
"""« Rappeler plus tard » never goes further than this after the due date: then the Direction is told."""

REPORTS = (7, 30)
"""Days that « Rappeler plus tard » offers."""


@dataclass(frozen=True, slots=True)
class Fraicheur:
    """How an offer's age is said to its readers (B30).

    Attributes:
        mot: « Vérifiée le 3 mars 2026 », « Non vérifiée depuis 14 mois », « Jamais vérifiée ».
        ancienne: a year ago or more, or never.
        etat: code of the state pill.
    """

    mot: str
    ancienne: bool
    etat: str


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


def limite_a_relire(jour: date) -> date:
    """Returns the last day of re-reading for which an offer is to be re-read on `jour`, the reminder included."""
    return limite_de_relecture(jour + RAPPEL)


def limite_de_relecture(echeance: date) -> date:
    """Returns the last day of re-reading whose due date is `echeance` or before; 29 February included."""
    jour = _deplacer(echeance, -1)
    lendemain = jour + timedelta(days=1)
    return lendemain if un_an_apres(lendemain) <= echeance else jour


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


def echeance_de(relue_le: date | None, creee_le: date) -> date:
    """Returns the day by which an offer is to be re-read: a year after it last was or, never re-read, was created."""
    return un_an_apres(relue_le or creee_le)


def palier_du(echeance: date, jour: date) -> int | None:
    """Returns the reminder due on `jour`, one of `PALIERS`: the last one begun; None while it is too early."""
    ecart = (jour - echeance).days
    return max((palier for palier in PALIERS if palier <= ecart), default=None)


def report_au(echeance: date, jour: date, jours: int) -> date | None:
    """Returns until when « Rappeler dans n jours » puts an offer off, cut at `REPORT_MAX`; None when it is too late."""
    au = min(jour + timedelta(days=jours), echeance + REPORT_MAX)
    return au if au > jour else None


def dire_fraicheur(relue_le: date | None, jour: date) -> Fraicheur:
    """Returns how the age of an offer is said; an old one is labelled, never hidden."""
    if relue_le is None:
        return Fraicheur("Jamais vérifiée", True, "erreur")
    if age := age_en_mots(relue_le, jour):
        return Fraicheur(f"Non vérifiée depuis {age.removeprefix('il y a ')}", True, "attente")
    return Fraicheur(f"Vérifiée le {date_fr(relue_le)}", False, "ok")


def age_en_mots(jour: date, aujourdhui: date) -> str:
    """« il y a 14 mois », « il y a 3 ans » for a day a year ago or more; empty until then."""
    if aujourdhui < un_an_apres(jour):
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
