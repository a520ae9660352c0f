"""The rows of stored hours, named and told one by one for the sentences of the change engine."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from .modele import JOUR_FERIE, JOURS, PREFIXE_EXCEPTION, Feries
from .phrase import dire_date, phrase_exception
from .saisie import INSECABLE, dire_plage, enumerer
from .stockage import depuis_table, lire_plages

COLONNES = {
    "du": "à partir du",
    "au": "jusqu’au",
    "libelle": "intitulé",
    "feries": "jours fériés",
    "toutes_les": "une semaine sur",
    "plages": "heures",
}
"""Labels of the columns of a period or of an exception."""

_FERIES = {
    Feries.FERME: "fermé",
    Feries.OUVERT: "ouvert à des heures propres",
    Feries.COMME_SEMAINE: "comme les autres jours",
}


def nommer_ligne(cle: str, ligne: Any) -> str:
    """« Horaires du lundi », « Horaires de la semaine type », « Exception (Noël) »."""
    if cle.startswith(PREFIXE_EXCEPTION):
        libelle = ligne.get("libelle") if isinstance(ligne, dict) else None
        return f"Exception ({libelle})" if libelle else "Exception"
    _, _, jour = cle.partition("/")
    if jour.isdigit() and int(jour) == JOUR_FERIE:
        return "Horaires des jours fériés"
    if jour.isdigit():
        return f"Horaires du {JOURS[int(jour) - 1]}"
    dates = isinstance(ligne, dict) and (ligne.get("du") or ligne.get("au"))
    return "Horaires de la période" if dates else "Horaires de la semaine type"


def dire_ligne(cle: str, table: Mapping[str, Any]) -> str | None:
    """A row in words where its columns would say it badly: an exception, or a day that its period leaves closed."""
    if cle.startswith(PREFIXE_EXCEPTION):
        lues = depuis_table({cle: table[cle]}).exceptions if cle in table else ()
        return " ".join(map(phrase_exception, lues)) or None
    periode, _, jour = cle.partition("/")
    absente = cle not in table and periode in table
    return "fermé" if absente and jour.isdigit() and int(jour) != JOUR_FERIE else None


def texte_ligne(colonne: str, valeur: Any) -> str:
    """The text of one day's plages, or of one column of a period or exception (`colonne` empty for a day)."""
    if isinstance(valeur, list):
        return enumerer([dire_plage(plage) for plage in lire_plages(valeur, 0)]) if valeur else "fermé"
    if colonne in ("du", "au"):
        return dire_date(date.fromisoformat(valeur))
    if colonne == "feries" and valeur in list(Feries):
        return _FERIES[Feries(valeur)]
    return str(valeur).replace("\n", f"{INSECABLE}/ ")
