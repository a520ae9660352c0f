"""Opening hours as a French sentence: the text published, read aloud and sent by mail."""

from dataclasses import dataclass
from datetime import date, timedelta

from .modele import (
    JOUR_FERIE,
    MINUTES_PAR_JOUR,
    TYPE_FERMETURE,
    Exception_,
    Feries,
    Horaires,
    Periode,
    Plage,
    normaliser,
)
from .saisie import INSECABLE, dire_jours, dire_plage, enumerer

NON_RENSEIGNES = "Horaires non renseignés."
TYPES = {  # JDV_J41; the plain hours (no code or 01) are the main sentence
    "02": "Fonctionnement",
    "03": "Garde",
    "04": "Secrétariat ouvert",
    "05": "Visites à domicile",
    "06": "Consultations sans rendez-vous",
    "07": "Consultations sur rendez-vous",
    "08": "Fermeture",
    "09": "Horaires à préciser",
    "10": "Téléconsultations",
    "11": "Consultations ou téléconsultations",
}
_MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def phrase(horaires: Horaires, le: date) -> str:
    """The hours of the week of `le`: the period that rules that day, then the exceptions of that week."""
    periode = horaires.periode_du(le)
    phrases = _phrases_periode(periode) if periode else [NON_RENSEIGNES]
    lundi = le - timedelta(days=le.weekday())
    for exception in sorted(horaires.exceptions, key=lambda e: (e.du, e.cle)):
        if exception.du <= lundi + timedelta(days=6) and exception.au >= lundi:
            phrases.append(phrase_exception(exception))
    return " ".join(phrases)


@dataclass(frozen=True, slots=True)
class Annonce:
    """A sentence to read; `titre` says when it holds, empty for the week of today."""

    texte: str
    titre: str = ""


def annoncer(horaires: Horaires, jour: date) -> list[Annonce]:
    """All there is to read from `jour` on: this week, then the other periods, then the exceptions after this week."""
    en_cours, dimanche = horaires.periode_du(jour), jour + timedelta(days=6 - jour.weekday())
    return [
        Annonce(phrase(horaires, jour)),
        *(
            Annonce(" ".join(_phrases_periode(p)), dire_periode(p))
            for p in horaires.periodes_a_jour(jour)
            if p is not en_cours
        ),
        *(
            Annonce(phrase_exception(e))
            for e in sorted(horaires.exceptions, key=lambda e: (e.du, e.au, e.cle))
            if e.du > dimanche and e.au >= e.du
        ),
    ]


def dire_periode(periode: Periode) -> str:
    """« Semaine type », « Été, du 6 juillet 2027 au 30 août 2027 », « À partir de la semaine du 30 novembre 2026 »."""
    du, au = (jour and dire_date(jour) for jour in (periode.du, periode.au))
    if periode.du and au:
        dates = f"du {du} au {au}"
    elif periode.du:
        dates = f"à partir {'de la semaine ' if periode.du.weekday() == 0 else ''}du {du}"
    else:
        dates = f"jusqu’au {au}" if au else ""
    morceaux = [periode.libelle, dates] if periode.libelle or dates else ["semaine type"]
    texte = ", ".join(filter(None, morceaux))
    return texte[0].upper() + texte[1:]


def _phrases_periode(periode: Periode) -> list[str]:
    plages = normaliser(periode.plages)
    types = sorted({p.type_plage for p in plages if p.type_plage and p.type_plage != "01"})
    principales = [p for p in plages if p.type_plage in (None, "01")]
    phrases = [] if types and not principales else _phrases_principales(periode, principales)
    for code in types:
        debut = TYPES.get(code, f"Horaires de type {code}")
        du_type = [p for p in plages if p.type_plage == code]
        phrases.append(f"{debut}{INSECABLE}: {_semaine(du_type) or 'jours fériés seulement'}.")
        if periode.feries is Feries.OUVERT:
            phrases += _feries_propres(debut, du_type)
    if periode.toutes_les > 1:
        phrases.append(f"Ces horaires valent une semaine sur {periode.toutes_les}.")
    return phrases


def _phrases_principales(periode: Periode, plages: list[Plage]) -> list[str]:
    ouverts = sorted({p.jour for p in plages if p.jour != JOUR_FERIE})
    propres = _feries_propres("Ouvert", plages) if periode.feries is Feries.OUVERT else []
    if not ouverts:
        return ["Fermé toute la semaine.", *propres]
    if _tout_le_temps(plages):
        suite = {Feries.FERME: ", sauf les jours fériés", Feries.COMME_SEMAINE: ", jours fériés compris"}
        return [f"Ouvert 24{INSECABLE}h/24 et 7{INSECABLE}j/7{suite.get(periode.feries, '')}.", *propres]
    fermes = [jour for jour in range(1, 8) if jour not in ouverts]
    fermeture = [dire_jours(fermes)] if fermes else []
    if periode.feries is Feries.FERME or (periode.feries is Feries.OUVERT and not propres):
        fermeture.append("les jours fériés")
    phrases = [f"Ouvert {_semaine(plages)}."]
    if fermeture:
        phrases.append(f"Fermé {enumerer(fermeture)}.")
    if periode.feries is Feries.COMME_SEMAINE:
        phrases.append("Ouvert les jours fériés aux mêmes heures.")
    return phrases + propres


def _feries_propres(debut: str, plages: list[Plage]) -> list[str]:
    feries = [dire_plage(plage) for plage in plages if plage.jour == JOUR_FERIE]
    return [f"{debut} les jours fériés {enumerer(feries)}."] if feries else []


def _tout_le_temps(plages: list[Plage]) -> bool:
    return all(
        any(p.jour == jour and p.debut == 0 and p.fin >= MINUTES_PAR_JOUR for p in plages) for jour in range(1, 8)
    )


def _semaine(plages: list[Plage]) -> str:
    """« du lundi au vendredi de 9 h à 12 h, le samedi de 9 h à 11 h »: the days that have the same hours together."""
    groupes: dict[str, list[int]] = {}
    for jour in range(1, 8):
        du_jour = [dire_plage(plage) for plage in plages if plage.jour == jour]
        if du_jour:
            groupes.setdefault(enumerer(du_jour), []).append(jour)
    return ", ".join(f"{dire_jours(jours)} {heures}" for heures, jours in groupes.items())


def phrase_exception(exception: Exception_) -> str:
    """« Exceptionnellement fermé le 24 décembre 2026 (inventaire). »"""
    if exception.du == exception.au:
        dates = f"le {dire_date(exception.du)}"
    else:
        dates = f"du {dire_date(exception.du)} au {dire_date(exception.au)}"
    motif = f" ({exception.libelle})" if exception.libelle else ""
    if exception.ferme:
        return f"Exceptionnellement fermé {dates}{motif}."
    phrases = []
    for etat, ferme in (("ouvert", False), ("fermé", True)):
        plages = normaliser(p for p in exception.plages if (p.type_plage == TYPE_FERMETURE) is ferme)
        if plages:
            heures = enumerer([dire_plage(plage) for plage in plages])
            phrases.append(f"Exceptionnellement {etat} {dates} {heures}{motif}.")
    return " ".join(phrases)


def dire_date(jour: date) -> str:
    """« 1er décembre 2026 », with non-breaking spaces."""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{_MOIS[jour.month - 1]}{INSECABLE}{jour.year}"
