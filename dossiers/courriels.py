"""The mails about dossiers: from the outbox (`Avis`), at once or in one digest a day, at least once (B13)."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ror.comptes.courriels import Portail, a_chacun, envoyer

from .actions.avis import voit
from .models import Avis, Dossier, Rythme

ESSAIS_MAX = 14
"""After each failure the wait doubles, from one minute: a server may be down for days before a mail is given up."""

LOT = 200


def envoyer_immediats() -> int:
    """Sends what persons want to be told at once; several avis to one person go in one mail.

    A digest that failed is tried again here, until its mail is taken.

    Returns:
        How many mails were sent.
    """
    return _envoyer(Rythme.IMMEDIAT, "avis_dossier", _dus()) + _envoyer(
        Rythme.QUOTIDIEN, "avis_du_jour", _dus() & Q(essais__gt=0)
    )


def envoyer_resumes() -> int:
    """Sends to each person one mail with all that happened since her last digest.

    Returns:
        How many mails were sent.
    """
    return _envoyer(Rythme.QUOTIDIEN, "avis_du_jour", Q(essais__lt=ESSAIS_MAX))


def _dus() -> Q:
    """What may be tried now: at once, then after 1, 2, 4… minutes."""
    maintenant, dus = timezone.now(), Q()
    for essais in range(ESSAIS_MAX):
        dus |= Q(essais=essais, cree_le__lte=maintenant - timedelta(minutes=2**essais - 1))
    return dus


def _envoyer(rythme: Rythme, gabarit: str, dus: Q) -> int:
    a_envoyer = Avis.objects.filter(dus, rythme=rythme, envoye_le=None)
    destinataires = list(a_envoyer.order_by().values_list("destinataire", flat=True).distinct())
    return a_chacun(destinataires, lambda personne: _envoyer_a(personne, rythme, gabarit, dus), "Avis de dossiers")


@transaction.atomic
def _envoyer_a(destinataire: int, rythme: Rythme, gabarit: str, dus: Q) -> int:
    """One mail to one person; her avis are locked, so that two workers never send the same twice."""
    avis: Sequence[Avis] = list(
        Avis.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(dus, destinataire=destinataire, rythme=rythme, envoye_le=None)
        .select_related("destinataire", "dossier__etablissement")
        .order_by("cree_le", "pk")[:LOT]
    )
    avis = _sans_les_caches(avis)
    if not avis:
        return 0
    personne = avis[0].destinataire
    echec = "" if personne.is_active and personne.courriel else "Ce compte ne reçoit pas de courriel."
    echec = echec or envoyer(
        gabarit,
        a=personne.courriel,
        portail=Portail.du_departement(avis[0].dossier.etablissement.departement),
        personne=personne,
        avis=avis,
        par_dossier=_par_dossier(avis),
    )
    maintenant = timezone.now()
    for un in avis:
        un.essais, un.erreur = un.essais + 1, echec[:255]
        un.envoye_le = None if echec else maintenant
    Avis.objects.bulk_update(avis, ["essais", "erreur", "envoye_le"])
    return int(not echec)


def _sans_les_caches(avis: Sequence[Avis]) -> list[Avis]:
    """Those about dossiers that the person still sees; the others are never mailed (S126)."""
    visibles = [un for un in avis if voit(un.destinataire, un.dossier)]
    caches = [un.pk for un in avis if un not in visibles]
    Avis.objects.filter(pk__in=caches).update(rythme=Rythme.JAMAIS, erreur="Le droit sur ce dossier a pris fin.")
    return visibles


def _par_dossier(avis: Sequence[Avis]) -> list[tuple[Dossier, list[Avis]]]:
    """The avis of one mail, dossier by dossier, in the order in which things happened."""
    groupes: dict[Dossier, list[Avis]] = {}
    for un in avis:
        groupes.setdefault(un.dossier, []).append(un)
    return list(groupes.items())
