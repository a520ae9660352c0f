"""Whether an offer is open, said the same way wherever it is shown: card, head of the fiche, hours (S87, B49)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ror.commun.francais import date_fr, heure_fr

from . import horaires
from .actions.etat import fermeture_de
from .fermeture import EtatOffre, Fermeture, ouverture_compte_tenu
from .models import Structure
from .models.structure import Etat
from .niveaux import Niveau

INSECABLE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Ouverture:
    """« Ouvert jusqu’à 18 h », « Fermé, ouvre lundi à 9 h »; `ouvert` is None when the hours are not given."""

    texte: str
    ouvert: bool | None


def ouverture_de(
    structure: Structure,
    table: Mapping,
    instant: datetime,
    *,
    ouvert_le: datetime | None = None,
    horizon: int = horaires.HORIZON_JOURS,
) -> Ouverture | None:
    """Returns whether an offer is open at a moment, None when it is closed for good or no offer.

    Args:
        structure: the fiche.
        table: its hours.
        instant: now.
        ouvert_le: another moment that is asked, by the clock on the wall there.
        horizon: days over which the next change is looked for; a page of many offers looks less far.
    """
    if structure.niveau != Niveau.UO or structure.etat == Etat.FERMEE:
        return None
    heures, fuseau = horaires.depuis_table(dict(table)), horaires.fuseau_de(structure.departement)
    zone = ZoneInfo(fuseau)
    moment = ouvert_le.replace(tzinfo=zone) if ouvert_le else instant.astimezone(zone)

    def lire(quand: datetime) -> horaires.EtatOuverture:
        return horaires.etat(heures, quand, fuseau, horaires.jours_feries(structure.departement), horizon)

    fermeture = fermeture_de(structure)
    etat = ouverture_compte_tenu(fermeture, lire, moment)
    if etat.prochaine_ouverture is None and fermeture.etat_au(moment.date()) is not EtatOffre.OUVERTE:
        return Ouverture(f"Fermé{_jusqu_a(fermeture)}", False)
    return Ouverture(dire_ouverture(etat, moment, instant.astimezone(zone).date(), horizon), etat.ouvert)


def _jusqu_a(fermeture: Fermeture) -> str:
    """What is known of the end of a closing after which no opening is."""
    if fermeture.reouverture:
        return f", réouverture prévue le {date_fr(fermeture.reouverture)}"
    return " définitivement" if fermeture.type == EtatOffre.DEFINITIVE else " provisoirement"


def dire_ouverture(
    etat: horaires.EtatOuverture, moment: datetime, aujourdhui: date, horizon: int = horaires.HORIZON_JOURS
) -> str:
    """« Ouvert jusqu’à 18 h », « Fermé, ouvre demain à 9 h », « Horaires non renseignés »."""
    if etat.ouvert is None:
        suite = etat.prochaine_ouverture and f" avant {_jour(etat.prochaine_ouverture.date(), aujourdhui)}"
        return f"Horaires non renseignés{suite or ''}"
    debut = "" if moment.date() == aujourdhui else f" {_jour(moment.date(), aujourdhui)} à {heure_fr(moment)}"
    motif = f" ({etat.motif})" if etat.motif else ""
    changement = etat.jusqu_a or etat.prochaine_ouverture
    if etat.ouvert:
        if changement is None:
            return f"Ouvert{debut} sans interruption, jour et nuit{motif}"
        autre_jour = "" if changement.date() == moment.date() else f" {_jour(changement.date(), aujourdhui)}"
        return f"Ouvert{debut} jusqu’à {heure_fr(changement)}{autre_jour}{motif}"
    if changement is None:
        duree = "d’un an" if horizon > 365 else f"de {horizon}{INSECABLE}jours"
        return f"Fermé{debut} pour plus {duree}{motif}"
    autre_jour = "" if changement.date() == moment.date() else f" {_jour(changement.date(), aujourdhui)}"
    return f"Fermé{debut}, ouvre{autre_jour} à {heure_fr(changement)}{motif}"


def _jour(jour: date, aujourdhui: date) -> str:
    """« demain », « lundi », « le 4 déc. 2026 »."""
    ecart = jour - aujourdhui
    if ecart == timedelta(days=1):
        return "demain"
    if timedelta(0) <= ecart < timedelta(days=7):
        return horaires.JOURS[jour.weekday()] if ecart else "aujourd’hui"
    return f"le {date_fr(jour)}"
