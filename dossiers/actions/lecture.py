"""« Lu »: what a reviewer has read of a dossier, kept for her from one visit to the next."""

import re
from collections.abc import Iterable

from django.db import transaction

from ..droits import exiger_geste
from ..etats import Geste
from ..models import Dossier, Lecture

LUS_MAX = 5000
_EMPREINTE = re.compile(r"[0-9a-f]{16}")


@transaction.atomic
def marquer_lus(*, dossier_id: int, auteur, lus: Iterable[str]) -> Lecture:
    """Keeps the ticks of one person; those left out are no longer read.

    Args:
        dossier_id: the dossier.
        auteur: who reads.
        lus: digests of the changes ticked (`presentation.empreinte`); what is no digest is left out.

    Raises:
        DroitManquant: she neither edits nor validates this dossier.
        EtatIncompatible: the dossier is closed.
    """
    dossier = Dossier.objects.select_related("etablissement").get(pk=dossier_id)
    exiger_geste(auteur, dossier, Geste.COMMENTER)
    gardes = sorted({x for x in lus if _EMPREINTE.fullmatch(x)})[:LUS_MAX]
    lecture, _ = Lecture.objects.update_or_create(dossier=dossier, lecteur=auteur, defaults={"lus": gardes})
    return lecture
