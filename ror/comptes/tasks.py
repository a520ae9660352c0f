"""Background work on accounts: the page of a lost password answers at once, whatever was typed."""

from celery import shared_task
from django.utils import timezone

from ror.commun.debit import prendre

from .actions import lien_de_reinitialisation
from .courriels import Portail, envoyer
from .inactivite import prevenir_inactifs
from .models import Region, Utilisateur


@shared_task
def envoyer_identifiants(saisie: str, racine: str, region_id: int | None) -> None:
    """Mails the identifiants and reset links of the accounts that have this mail address or this identifiant (S14).

    Args:
        saisie: what was typed, a mail address or an identifiant.
        racine: scheme and host of the portal.
        region_id: its region, None on a portal without one.
    """
    if "@" in saisie:
        personnes = list(Utilisateur.objects.au_courriel(saisie).order_by("identifiant"))
    else:
        personnes = list(Utilisateur.objects.filter(identifiant=saisie))
    region = Region.objects.filter(pk=region_id).first() or Region(nom="France", nom_application="ROR")
    portail = Portail(racine=racine, region=region)
    for adresse in sorted({p.courriel.lower() for p in personnes}):
        if prendre(f"identifiants:{adresse}", limite=3, secondes=3600):
            comptes = [
                {"personne": p, "lien": lien_de_reinitialisation(p, portail) if p.is_active else ""}
                for p in personnes
                if p.courriel.lower() == adresse
            ]
            envoyer("identifiants", a=adresse, portail=portail, comptes=comptes, demande_le=timezone.now())


@shared_task
def prevenir_comptes_inactifs() -> int:
    """Mails the persons whose account nobody uses, thirty days before it is listed (B44). Returns how many mails."""
    return prevenir_inactifs()
