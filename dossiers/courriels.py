"""The mails about dossiers: from the outbox (`Avis`), at once or in one digest a day, at least once (B13)."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from ror.comptes.courriels import Portail, envoyer

from .models import Avis, Rythme

ESSAIS_MAX = 10
LOT = 200


def envoyer_immediats() -> int:
    """Sends what persons want to be told at once; several avis to one person go in one mail.

    Returns:
        How many mails were sent.
    """
    return _envoyer(Rythme.IMMEDIAT, "avis_dossier")


def envoyer_resumes() -> int:
    """Sends to each person one mail with all that happened since her last digest.

    Returns:
        How many mails were sent.
    """
    return _envoyer(Rythme.QUOTIDIEN, "avis_du_jour")


def _envoyer(rythme: Rythme, gabarit: str) -> int:
    envoyes = 0
    a_envoyer = Avis.objects.filter(rythme=rythme, envoye_le=None, essais__lt=ESSAIS_MAX)
    for destinataire in list(a_envoyer.order_by().values_list("destinataire", flat=True).distinct()):
        envoyes += _envoyer_a(destinataire, rythme, gabarit)
    return envoyes


@transaction.atomic
def _envoyer_a(destinataire: int, rythme: Rythme, gabarit: str) -> int:
    """One mail to one person; her avis are locked, so that two workers never send the same twice."""
    avis: Sequence[Avis] = list(
        Avis.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(destinataire=destinataire, rythme=rythme, envoye_le=None, essais__lt=ESSAIS_MAX)
        .select_related("destinataire", "dossier__etablissement")
        .order_by("cree_le", "pk")[:LOT]
    )
    if not avis:
        return 0
    personne, maintenant = avis[0].destinataire, timezone.now()
    portail = Portail.du_departement(avis[0].dossier.etablissement.departement)
    par_dossier: dict[str, list[Avis]] = defaultdict(list)
    for un in avis:
        par_dossier[un.dossier.nom].append(un)
    echec = "Ce compte n’a pas d’adresse." if not personne.courriel else ""
    echec = echec or envoyer(
        gabarit, a=personne.courriel, portail=portail, personne=personne, avis=avis, par_dossier=dict(par_dossier)
    )
    for un in avis:
        un.essais, un.erreur = un.essais + 1, echec[:255]
        un.envoye_le = None if echec else maintenant
    Avis.objects.bulk_update(avis, ["essais", "erreur", "envoye_le"])
    return int(not echec)
