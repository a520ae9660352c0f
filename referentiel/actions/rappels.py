"""« L’offre a-t-elle rouvert ? »: asked by mail before a reopening date, once for each date and person (B50)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone

from ror.comptes.courriels import Portail, envoyer
from ror.comptes.models import Utilisateur

from ..models import Habilitation, RappelReouverture, Role, Structure, UniteOperationnelle


def rappeler_reouvertures(jour: date | None = None) -> int:
    """Mails the référents of the offers that reopen within seven days and nobody has confirmed; one mail a person.

    What was asked is recorded before the mail leaves: a run that dies in between asks too little, never twice. A mail
    that the server refuses is tried again at the next run.

    Args:
        jour: today by default.

    Returns:
        How many mails were sent.
    """
    jour = jour or timezone.localdate()
    par_personne: dict[Utilisateur, list[UniteOperationnelle]] = defaultdict(list)
    for unite in UniteOperationnelle.objects.a_confirmer(jour).select_related("structure"):
        for personne in referents_de(unite.structure):
            par_personne[personne].append(unite)
    return sum(_demander(personne, unites) for personne, unites in par_personne.items())


def referents_de(structure: Structure) -> list[Utilisateur]:
    """Returns the active référents of a node or, where there is none, its Direction; in two queries at most."""
    droits = Habilitation.objects.en_vigueur().filter(structure__in=structure.get_ancestors(include_self=True))
    for role in (Role.REFERENT, Role.DIRECTION):
        personnes = Utilisateur.objects.filter(
            is_active=True, habilitations__in=droits.filter(role=role).values("pk")
        ).exclude(courriel="")
        if trouvees := list(personnes.distinct().order_by("pk")):
            return trouvees
    return []


def _demander(personne: Utilisateur, unites: Iterable[UniteOperationnelle]) -> int:
    """Sends one mail about the offers this person was not yet asked about; 0 when there is none, or it is refused."""
    demandes = _retenir(personne, unites)
    if not demandes:
        return 0
    portail = Portail.du_departement(demandes[0].unite.structure.departement)
    offres = [(demande.unite.structure, demande.date_reouverture) for demande in demandes]
    echec = envoyer("reouverture", a=personne.courriel, portail=portail, personne=personne, offres=offres)
    if echec:
        RappelReouverture.objects.filter(pk__in=[demande.pk for demande in demandes]).delete()
    return int(not echec)


@transaction.atomic
def _retenir(personne: Utilisateur, unites: Iterable[UniteOperationnelle]) -> list[RappelReouverture]:
    """Records what is about to be asked, and returns what was not recorded yet."""
    rappels = [
        RappelReouverture.objects.get_or_create(
            unite=unite, date_reouverture=unite.date_reouverture_prevue, destinataire=personne
        )
        for unite in unites
        if unite.date_reouverture_prevue
    ]
    return [rappel for rappel, neuf in rappels if neuf]
