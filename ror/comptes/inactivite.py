"""Accounts nobody signs in with: announced by mail thirty days before they are listed, then woken up by hand (B44)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import EtatIncompatible

from .courriels import Portail, envoyer
from .models import INACTIVITE, PREAVIS_INACTIVITE, AvisInactivite, Utilisateur

ENTRE_DEUX_RELANCES = timedelta(days=7)


def prevenir_inactifs() -> int:
    """Mails the persons whose account will be a year without activity in thirty days, once for each silence.

    The mail is recorded before it leaves: a run that dies in between tells too little, never twice. One that the server
    refuses is tried again at the next run.

    Returns:
        How many mails were sent.
    """
    limite = timezone.now() - INACTIVITE + PREAVIS_INACTIVITE
    inactifs = Utilisateur.objects.avec_activite().filter(is_active=True, derniere_activite__lt=limite)
    prevenus = AvisInactivite.objects.filter(genre=AvisInactivite.Genre.PREAVIS)
    connus = set(prevenus.filter(utilisateur__in=inactifs.values("pk")).values_list("utilisateur_id", "activite"))
    nombre = 0
    for personne in inactifs.exclude(courriel="").order_by("pk"):
        if (personne.pk, personne.derniere_activite) not in connus:
            nombre += _prevenir(personne)
    return nombre


@transaction.atomic
def relancer(*, personne: Utilisateur, auteur: Utilisateur, portail: Portail) -> AvisInactivite:
    """« Relancer »: mails somebody who has not signed in for a year; the caller has locked and checked the account.

    Raises:
        EtatIncompatible: the account is closed or in use, or was written to less than a week ago.
    """
    if not personne.is_active:
        raise EtatIncompatible(f"Le compte de {personne} est désactivé : réactivez-le avant de relancer la personne.")
    activite = personne.last_login or personne.cree_le
    if activite >= timezone.now() - INACTIVITE:
        raise EtatIncompatible(f"Le compte de {personne} a servi depuis moins d’un an : il n’y a rien à relancer.")
    recents = personne.avis_inactivite.filter(
        genre=AvisInactivite.Genre.RELANCE, envoye_le__gt=timezone.now() - ENTRE_DEUX_RELANCES
    )
    if recents.exists():
        raise EtatIncompatible(
            f"Une relance est partie à {personne} il y a moins d’une semaine : laissez-lui le temps."
        )
    avis = AvisInactivite.objects.create(
        utilisateur=personne, genre=AvisInactivite.Genre.RELANCE, activite=activite, envoye_par=auteur
    )
    transaction.on_commit(lambda: _envoyer(avis, portail))
    return avis


def _prevenir(personne: Utilisateur) -> int:
    avis, neuf = AvisInactivite.objects.get_or_create(
        utilisateur=personne, genre=AvisInactivite.Genre.PREAVIS, activite=personne.derniere_activite
    )
    return int(neuf and not _envoyer(avis, Portail.du_departement("")))


def _envoyer(avis: AvisInactivite, portail: Portail) -> str:
    """Sends the mail of this notice; a refused one is forgotten, so that it can be sent again. Returns why not."""
    personne = avis.utilisateur
    echec = envoyer(
        "inactivite",
        a=personne.courriel,
        portail=portail,
        personne=personne,
        jamais=personne.last_login is None,
        activite=avis.activite,
        limite=avis.activite + INACTIVITE,
        depassee=avis.activite + INACTIVITE < timezone.now(),
    )
    if echec:
        avis.delete()
    return echec
