"""« Ouvert maintenant »: the state at an instant and its next change, across midnights and changes of clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from .modele import MINUTES_PAR_JOUR, Horaires, JoursFeries, Tranches, tranches_du_jour

TranchesDuJour = Callable[[date], Tranches | None]

HORIZON_JOURS = 400  # how far the next change is looked for: a yearly season is found again


@dataclass(frozen=True, slots=True)
class EtatOuverture:
    """Open or not at an instant; None when the hours of that moment are not given.

    `jusqu_a` is when it closes (open), `prochaine_ouverture` when it opens (closed), both in the zone asked for and
    None when nothing changes within `HORIZON_JOURS` days. `motif` says in French why the day is out of the ordinary.
    """

    ouvert: bool | None
    jusqu_a: datetime | None = None
    prochaine_ouverture: datetime | None = None
    motif: str = ""


def etat(
    horaires: Horaires, instant: datetime, fuseau: str, feries: JoursFeries, horizon: int = HORIZON_JOURS
) -> EtatOuverture:
    """The state at `instant` (aware) by the clock on the wall in `fuseau` (IANA name); the next change is looked for
    over `horizon` days.

    When the clock is put back, an hour that comes twice has the same state twice. Raises `ValueError` for a naive
    instant.
    """
    if instant.tzinfo is None:
        raise ValueError("A naive datetime is no instant")
    zone = ZoneInfo(fuseau)

    @cache
    def tranches(jour: date) -> Tranches | None:
        return tranches_du_jour(horaires, jour, feries)

    def ouvert_a(moment: datetime) -> bool | None:
        local = moment.astimezone(zone)
        jour, minute = local.date(), local.hour * 60 + local.minute
        du_jour, de_la_veille = tranches(jour), tranches(jour - timedelta(days=1)) or ()
        if any(debut <= minute + MINUTES_PAR_JOUR < fin for debut, fin in de_la_veille):
            return True
        return None if du_jour is None else any(debut <= minute < fin for debut, fin in du_jour)

    ouvert = ouvert_a(instant)
    motif = _motif(horaires, instant.astimezone(zone).date(), feries)
    for moment in _moments(instant, zone, tranches, horizon):
        suite = ouvert_a(moment)
        if ouvert is True and suite is not True:
            return EtatOuverture(True, jusqu_a=moment.astimezone(zone), motif=motif)
        if ouvert is not True and suite is True:
            return EtatOuverture(ouvert, prochaine_ouverture=moment.astimezone(zone), motif=motif)
    return EtatOuverture(ouvert, motif=motif)


def _moments(instant: datetime, zone: ZoneInfo, tranches: TranchesDuJour, horizon: int) -> Iterator[datetime]:
    """Instants after `instant` at which the state may change, in order, over the horizon."""
    depart = instant.astimezone(zone).date()
    for ecart in range(horizon):
        jour = depart + timedelta(days=ecart)
        bornes = {0}
        for tranche in tranches(jour) or ():
            bornes.update(borne for borne in tranche if borne < MINUTES_PAR_JOUR)
        for tranche in tranches(jour - timedelta(days=1)) or ():
            bornes.update(borne - MINUTES_PAR_JOUR for borne in tranche if borne > MINUTES_PAR_JOUR)
        yield from sorted(moment for moment in _instants(jour, bornes, zone) if moment > instant)


def _instants(jour: date, bornes: set[int], zone: ZoneInfo) -> set[datetime]:
    """The instants (UTC) of these minutes of a day; when its clock changes, also each hour, one being the change."""
    minuit = datetime.combine(jour, time())
    instants = set()
    for borne in bornes:
        local = minuit + timedelta(minutes=borne)
        instants |= {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    debut, fin = ((minuit + timedelta(days=n)).replace(tzinfo=zone) for n in (0, 1))
    if debut.utcoffset() != fin.utcoffset():
        heures = (fin.astimezone(UTC) - debut.astimezone(UTC)) // timedelta(hours=1)
        instants |= {debut.astimezone(UTC) + timedelta(hours=n) for n in range(heures)}
    return instants


def _motif(horaires: Horaires, jour: date, feries: JoursFeries) -> str:
    exception = horaires.exception_du(jour)
    if exception:
        return exception.libelle
    nom = feries(jour)
    return f"Jour férié\u00a0: {nom}" if nom else ""
