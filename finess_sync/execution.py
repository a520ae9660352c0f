"""One run at a time: its lock, its row, its progress, and what a sudden death leaves (B36, S173)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format

from ror.commun.erreurs import EtatIncompatible

from .models import Execution

_VERROU = 724_302
"""Session advisory lock: PostgreSQL drops it with the connection of the run, whatever ends it."""

_PERIODE = 1.0  # seconds between two writings of the progress

Ecouteur = Callable[[str, int, int], None]
"""Told of the progress: label of the step, how many done, on how many (0: unknown)."""


class PassageEnCours(EtatIncompatible):
    """Another run holds the lock (409)."""


class Suivi:
    """Progress of a run, written for the screens at most once a second, never inside a batch's transaction."""

    def __init__(self, execution: Execution, ecouteur: Ecouteur | None = None) -> None:
        self._execution = execution
        self._ecouteur = ecouteur
        self._ecrit = 0.0

    def etape(self, etape: Execution.Etape, total: int = 0) -> None:
        """Enters a step of `total` items (0: unknown)."""
        self._execution.etape, self._execution.fait, self._execution.total = etape, 0, total
        self._ecrire()

    def avancer(self, fait: int, total: int | None = None) -> None:
        """`fait` items of the step are done."""
        self._execution.fait = fait
        if total is not None:
            self._execution.total = total
        if time.monotonic() - self._ecrit >= _PERIODE:
            self._ecrire()

    def _ecrire(self) -> None:
        self._ecrit = time.monotonic()
        execution = self._execution
        execution.save(update_fields=["etape", "fait", "total"])
        if self._ecouteur:
            self._ecouteur(Execution.Etape(execution.etape).label, execution.fait, execution.total)


@contextmanager
def verrou() -> Iterator[None]:
    """Holds the lock of the synchronisation on this connection.

    Raises:
        PassageEnCours: another run holds it.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_lock(%s)", [_VERROU])
        if not curseur.fetchone()[0]:
            raise PassageEnCours(_message_en_cours())
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as curseur:
                curseur.execute("SELECT pg_advisory_unlock(%s)", [_VERROU])


def verrou_tenu() -> bool:
    """Whether a run is alive now: a row « en cours » without its lock is that of a dead one."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [_VERROU],
        )
        return curseur.fetchone()[0]


def solder_les_interrompues() -> None:
    """Tells as interrupted the run a sudden death left « en cours »; the caller holds the lock."""
    for execution in Execution.objects.filter(etat=Execution.Etat.EN_COURS):
        clore(
            execution,
            Execution.Etat.INTERROMPU,
            f"Arrêt brutal à l’étape « {execution.get_etape_display()} ». Ce qui était appliqué l’est entièrement,"
            " le passage suivant reprend le reste.",
        )


def clore(execution: Execution, etat: Execution.Etat, motif: str = "") -> None:
    """Writes how a run ended."""
    execution.etat, execution.motif, execution.fin = etat, motif, timezone.now()
    execution.save()


def _message_en_cours() -> str:
    en_cours = Execution.objects.filter(etat=Execution.Etat.EN_COURS).first()
    if en_cours is None:
        return "Un passage de l’import FINESS est déjà en cours : attendez sa fin."
    depuis = date_format(timezone.localtime(en_cours.debut), "H:i")
    return f"Un passage de l’import FINESS est déjà en cours, commencé à {depuis} : attendez sa fin."
