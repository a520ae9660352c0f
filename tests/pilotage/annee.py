"""A clock, a beat and a letter box: a year of the portal run by its real schedule, for `test_annee`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from celery.schedules import crontab
from django.conf import settings
from django.core import mail
from django.utils import timezone

from ror.celery import app
from ror.comptes.models import Utilisateur

PARIS = ZoneInfo("Europe/Paris")
HEURES = (time(0, 2), time(7, 32), time(10, 16))
"""When the clock stops each day: after midnight, after the first hourly tasks and the digest, then at work."""

AU_TRAVAIL = HEURES[-1]

_LIGNE_RELECTURE = re.compile(r"^- (.+), à relire avant", re.MULTILINE)
_LIGNE_REOUVERTURE = re.compile(r"^- (.+)\n  Réouverture prévue", re.MULTILINE)
_LIGNE_DEPART = re.compile(r"^- (.+?)(?: \(| :|$)", re.MULTILINE)
_LIGNE_DOSSIER = re.compile(r"^- (?:.* : )?(Le dossier .+|.+)\n", re.MULTILINE)


@dataclass
class Annee:
    """Runs what the schedule says is due, and notes each mail: (day, hour, to whom, what about).

    Attributes:
        horloge: moves the clock.
        gestes: day → what a person does at ten o’clock.
        absents: those who never sign in; everybody else does on the first of each month.
        pannes: (first day, last day) during which no worker runs.
    """

    horloge: Callable[[datetime], None]
    gestes: Mapping[date, Callable[[], object]] = field(default_factory=dict)
    absents: frozenset[str] = frozenset()
    pannes: tuple[tuple[date, date], ...] = ()
    courrier: list[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=list)
    _derniers: dict[str, datetime] = field(default_factory=dict)

    def vivre(self, du: date, au: date, prenoms: Mapping[str, str]) -> None:
        """Lives from a day to another; `prenoms` names the persons by their address."""
        app.loader.import_default_modules()
        jour, arriere = du, 1
        while jour <= au:
            en_panne = any(debut <= jour <= fin for debut, fin in self.pannes)
            for heure in HEURES:
                self.horloge(datetime.combine(jour, heure, PARIS))
                if heure == AU_TRAVAIL and jour.day == 1:
                    presents = Utilisateur.objects.filter(is_active=True).exclude(prenom__in=self.absents)
                    presents.update(last_login=timezone.now())
                if heure == AU_TRAVAIL and jour in self.gestes:
                    self.gestes[jour]()
                if en_panne:
                    arriere = 3  # what waited in the queue is then run several times
                    continue
                for _ in range(arriere):
                    self._battre()
                arriere = 1
                self._relever(prenoms)
            jour += timedelta(days=1)

    def _battre(self) -> None:
        """Runs each task that the schedule says is due since it last ran, as the beat does."""
        for nom, entree in settings.CELERY_BEAT_SCHEDULE.items():
            plan: crontab = entree["schedule"]
            plan.app = app
            dernier = self._derniers.setdefault(nom, timezone.now() - timedelta(minutes=1))
            if plan.is_due(dernier).is_due:
                app.tasks[entree["task"]](*entree.get("args", ()), **entree.get("kwargs", {}))
                self._derniers[nom] = timezone.now()

    def _relever(self, prenoms: Mapping[str, str]) -> None:
        maintenant = timezone.localtime()
        for lettre in mail.outbox:
            sorte, lignes = _lire(lettre.subject, lettre.body)
            self.courrier.append((f"{maintenant:%Y-%m-%d}", sorte, prenoms[lettre.to[0]], tuple(sorted(lignes))))
        mail.outbox.clear()


def _lire(sujet: str, corps: str) -> tuple[str, list[str]]:
    """What a mail is about, and the offers or sentences that it tells."""
    if lignes := _LIGNE_RELECTURE.findall(corps):
        return "relecture", lignes
    if lignes := _LIGNE_REOUVERTURE.findall(corps):
        return "réouverture", lignes
    if "sans activité depuis" in corps:
        return "inactivité", []
    if "référent" in sujet:
        return "départ", _LIGNE_DEPART.findall(corps)
    return "dossier", [ligne.strip() for ligne in _LIGNE_DOSSIER.findall(corps)]
