"""« Lu »: what a reviewer has read of a dossier, kept for her from one visit to the next."""

import re
from collections.abc import Iterable

from django.db import transaction

from ror.commun.francais import pluriel

from ..droits import exiger_geste
from ..etats import Geste
from ..models import Dossier, Lecture
from ..presentation import Changement, changements_de, empreinte
from ..simulation import Rapport

LUS_MAX = 5000
SANS_TOUT_LIRE = "Je valide sans avoir tout lu"
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


def lus_de(dossier: Dossier, lecteur) -> set[str]:
    """Returns the digests of the changes that one person has marked as read."""
    lecture = Lecture.objects.filter(dossier=dossier, lecteur=lecteur).first()
    return set(lecture.lus) if lecture else set()


def changements_non_lus(rapport: Rapport, lecteur) -> list[Changement]:
    """Returns what she has not marked as read of what the dossier changes now, deletions first."""
    lus = lus_de(rapport.dossier, lecteur)
    non_lus = [c for c in changements_de(rapport) if empreinte(c) not in lus]
    return sorted(non_lus, key=lambda c: c.genre != "suppression")


def refus_sans_lire(non_lus: list[Changement]) -> str:
    """Why it is not validated yet: how many changes are unread, the deletions named."""
    supprimees = " ".join(c.phrase for c in non_lus if c.genre == "suppression")
    nombre = pluriel(len(non_lus), "changement n’est pas marqué lu,changements ne sont pas marqués lus")
    dont = f", dont\u00a0: {supprimees}" if supprimees else "."
    return f"{nombre}{dont} Lisez-les, ou cochez «\u00a0{SANS_TOUT_LIRE}\u00a0»."
