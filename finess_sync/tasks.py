"""The nightly synchronisation (S173): started by the schedule, or by a person from the screens."""

import logging

from celery import shared_task

from referentiel.recherche.mots import recompter

from .application import synchroniser as lancer
from .execution import PassageEnCours
from .models import Execution
from .sources import SourceIndisponible, source_par_defaut

journal = logging.getLogger(__name__)

_ATTENTE_SOURCE = 15 * 60  # seconds before asking again a source that does not answer
_ESSAIS_SOURCE = 12
_ATTENTE_RETARD = 60 * 60  # seconds before looking again for the file of a late night
_ESSAIS_RETARD = 3
_PLANIFICATION = "Planification"


@shared_task(bind=True, max_retries=_ESSAIS_SOURCE)
def synchroniser(self, declenchee_par: str = _PLANIFICATION) -> None:
    """Runs one synchronisation for real. Delivered twice, the second finds the lock taken, or nothing left to do.

    Args:
        declenchee_par: who started it, as the screens say it.
    """
    try:
        execution = lancer(source=source_par_defaut(), simulation=False, declenchee_par=declenchee_par)
    except PassageEnCours as erreur:
        journal.info("%s", erreur)
        return
    except SourceIndisponible as erreur:
        raise self.retry(exc=erreur, countdown=_ATTENTE_SOURCE) from erreur
    if execution.etat == Execution.Etat.REUSSI:
        recompter()
    journal.info("Passage %s : %s. %s", execution.pk, execution.get_etat_display(), execution.motif)
    attendu = execution.etat == Execution.Etat.INCHANGE and declenchee_par == _PLANIFICATION
    if attendu and self.request.retries < _ESSAIS_RETARD:
        raise self.retry(countdown=_ATTENTE_RETARD)
