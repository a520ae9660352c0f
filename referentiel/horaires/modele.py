"""The model of opening hours: plages in a week, periods and exceptions, and which of them rules a given day."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

MINUTES_PAR_JOUR = 1440
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
TOUS_LES_JOURS = 0  # the « day » of the plages of an exception
JOUR_FERIE = 8  # the « day » of the plages of a period that are for public holidays

# Codes of JDV_J41 during which one is received; None is the plain « Horaire d'ouverture » of the week editor.
TYPES_OUVERTURE = frozenset({None, "01", "02", "06", "07", "11"})
TYPE_FERMETURE = "08"

CLE_PERIODE = re.compile(r"p[0-9A-Za-z_-]+")
PREFIXE_EXCEPTION = "x:"

JoursFeries = Callable[[date], str | None]  # name of the public holiday, None on any other day
Tranches = tuple[tuple[int, int], ...]


class Feries(StrEnum):
    """What a period does on public holidays."""

    FERME = "ferme"
    OUVERT = "ouvert"  # at hours of their own: the plages of JOUR_FERIE
    COMME_SEMAINE = "comme_semaine"  # like the same day of any week


@dataclass(frozen=True, slots=True)
class Plage:
    """From `debut` to `fin`, in minutes since midnight of `jour` (1 Monday … 7 Sunday, 8 public holidays, 0 exception).

    A `fin` beyond 1440 is on the next day: 22 h to 6 h is 1320 → 1800; 24 hours are 0 → 1440. `type_plage` is a code of
    JDV_J41. `autres` keeps what a newer or richer writer stored. Raises `ValueError` out of these bounds.
    """

    jour: int
    debut: int
    fin: int
    type_plage: str | None = None
    autres: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not TOUS_LES_JOURS <= self.jour <= JOUR_FERIE:
            raise ValueError(f"Day out of 0..8: {self.jour}")
        if not 0 <= self.debut < MINUTES_PAR_JOUR or not self.debut < self.fin <= 2 * MINUTES_PAR_JOUR:
            raise ValueError(f"Not a plage: {self.debut} to {self.fin}")

    @property
    def finit_le_lendemain(self) -> bool:
        """Whether it goes on after midnight."""
        return self.fin > MINUTES_PAR_JOUR


@dataclass(frozen=True, slots=True)
class Periode:
    """A week that holds from `du` to `au` (days included, None: unbounded); without dates it is the « semaine type ».

    `cle` is « p » then letters or digits. With `toutes_les` = n it holds one week in n, counted from the week of `du`.
    Raises `ValueError` for another key or for plages of no day.
    """

    cle: str
    du: date | None = None
    au: date | None = None
    libelle: str = ""
    feries: Feries = Feries.FERME
    plages: tuple[Plage, ...] = ()
    toutes_les: int = 1
    autres: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not CLE_PERIODE.fullmatch(self.cle):
            raise ValueError(f"Not the key of a period: {self.cle}")
        if self.toutes_les < 1 or any(plage.jour == TOUS_LES_JOURS for plage in self.plages):
            raise ValueError(f"A period holds plages of a day, one week in n: {self}")

    def vaut_le(self, jour: date) -> bool:
        """Whether this period is among those of `jour`."""
        if (self.du and jour < self.du) or (self.au and jour > self.au):
            return False
        return self.toutes_les < 2 or self.du is None or _semaines(self.du, jour) % self.toutes_les == 0

    @property
    def precision(self) -> tuple[bool, bool, date, str]:
        """Sort key: of the periods of one day, the greatest rules (alternating, bounded, then the most recent)."""
        return self.toutes_les > 1, self.au is not None, self.du or date.min, self.cle


@dataclass(frozen=True, slots=True)
class Exception_:
    """From `du` to `au` (days included): closed when it has no plage, else open at these plages every day.

    `cle` is « x: » then anything, by habit the first day (« x:2026-12-25 »). `libelle` is the message shown.
    Raises `ValueError` for another key or for plages of one day.
    """

    cle: str
    du: date
    au: date
    plages: tuple[Plage, ...] = ()
    libelle: str = ""
    autres: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.cle.startswith(PREFIXE_EXCEPTION):
            raise ValueError(f"Not the key of an exception: {self.cle}")
        if any(plage.jour != TOUS_LES_JOURS for plage in self.plages):
            raise ValueError(f"The plages of an exception are of every day: {self}")

    @property
    def ferme(self) -> bool:
        """Whether it is a closure."""
        return not self.plages

    def vaut_le(self, jour: date) -> bool:
        """Whether `jour` is one of its days."""
        return self.du <= jour <= self.au


@dataclass(frozen=True, slots=True)
class Horaires:
    """All the hours of a fiche; `autres` keeps the stored rows that this model does not understand."""

    periodes: tuple[Periode, ...] = ()
    exceptions: tuple[Exception_, ...] = ()
    autres: Mapping[str, Any] = field(default_factory=dict)

    def periode_du(self, jour: date) -> Periode | None:
        """The period that rules `jour`, None when the hours of that day are not given."""
        return max((p for p in self.periodes if p.vaut_le(jour)), key=lambda p: p.precision, default=None)

    def periodes_a_jour(self, jour: date) -> list[Periode]:
        """The periods that hold on `jour` or later, by date; left out: those over, and those another has replaced."""
        return sorted((p for p in self.periodes if not self._revolue(p, jour)), key=lambda p: (p.du or date.min, p.cle))

    def _revolue(self, periode: Periode, jour: date) -> bool:
        if periode.au:
            return periode.au < jour
        sans_fin = [p for p in self.periodes if p.au is None and p.toutes_les == 1 and p.vaut_le(jour)]
        return periode.toutes_les == 1 and any(p.precision > periode.precision for p in sans_fin)

    def exception_du(self, jour: date) -> Exception_ | None:
        """The exception that rules `jour`: of several, the shortest, then the last one to begin."""
        return min(
            (e for e in self.exceptions if e.vaut_le(jour)),
            key=lambda e: (e.au - e.du, -e.du.toordinal(), e.cle),
            default=None,
        )


def normaliser(plages: Iterable[Plage]) -> tuple[Plage, ...]:
    """Sorted plages; those of one day and one type that touch or overlap become one (unless they carry `autres`)."""
    rangees: list[Plage] = []
    for plage in sorted(plages, key=lambda p: (p.jour, p.type_plage or "", str(p.autres), p.debut, p.fin)):
        avant = rangees[-1] if rangees else None
        if avant and _meme_nature(avant, plage) and plage.debut <= avant.fin:
            rangees[-1] = replace(avant, fin=max(avant.fin, plage.fin))
        else:
            rangees.append(plage)
    return tuple(sorted(rangees, key=lambda p: (p.jour, p.debut, p.fin, p.type_plage or "")))


def tranches_du_jour(horaires: Horaires, jour: date, feries: JoursFeries) -> Tranches | None:
    """When one is received on `jour`, as (debut, fin) minutes since its midnight, sorted; None when it is not given.

    Plages of type « Horaire de fermeture » are taken out of the others.
    """
    plages = _plages_du(horaires, jour, feries)
    if plages is None:
        return None
    ouvertes = _unir((p.debut, p.fin) for p in plages if p.type_plage in TYPES_OUVERTURE)
    for fermee in (p for p in plages if p.type_plage == TYPE_FERMETURE):
        ouvertes = [reste for tranche in ouvertes for reste in _oter(tranche, fermee)]
    return tuple(ouvertes)


def _plages_du(horaires: Horaires, jour: date, feries: JoursFeries) -> tuple[Plage, ...] | None:
    exception = horaires.exception_du(jour)
    if exception:
        return exception.plages
    periode = horaires.periode_du(jour)
    if periode is None:
        return None
    numero = jour.isoweekday()
    if periode.feries is not Feries.COMME_SEMAINE and feries(jour):
        numero = JOUR_FERIE
        if periode.feries is Feries.FERME:
            return ()
    return tuple(plage for plage in periode.plages if plage.jour == numero)


def _semaines(depuis: date, jusqu_a: date) -> int:
    premier, dernier = (jour - timedelta(days=jour.weekday()) for jour in (depuis, jusqu_a))
    return (dernier - premier).days // 7


def _meme_nature(a: Plage, b: Plage) -> bool:
    return (a.jour, a.type_plage) == (b.jour, b.type_plage) and not a.autres and not b.autres


def _unir(tranches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    union: list[tuple[int, int]] = []
    for debut, fin in sorted(tranches):
        if union and debut <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], fin))
        else:
            union.append((debut, fin))
    return union


def _oter(tranche: tuple[int, int], fermee: Plage) -> list[tuple[int, int]]:
    debut, fin = tranche
    restes = ((debut, min(fin, fermee.debut)), (max(debut, fermee.fin), fin))
    return [(d, f) for d, f in restes if d < f]
