"""« Cet établissement n’a plus de référent »: said once to its Direction, else to those who open accounts (B44)."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from referentiel.models import Role, Structure
from referentiel.permissions import Action, habilites
from ror.comptes.courriels import Portail, envoyer
from ror.comptes.models import Utilisateur

from .models import AvisDepart, BilanEtablissement, DepartReferent
from .referents import avec_referent_actif, droits_actifs


def signaler_departs() -> int:
    """Notices the establishments that lost their last référent, whatever the cause, and mails one message a person.

    A right taken back or over, an account closed or asleep: what counts is that nobody is left. What is mailed is
    recorded before it leaves; a mail that the server refuses is tried again at the next run.

    Returns:
        How many mails were sent.
    """
    _constater()
    return _dire(DepartReferent.objects.filter(traite_le=None).select_related("etablissement").order_by("pk"))


@transaction.atomic
def _constater() -> None:
    """Writes a departure for each establishment that had a référent and has none; one that gains one is noted too."""
    referent = avec_referent_actif([Role.REFERENT])
    bilans = BilanEtablissement.objects.select_for_update(skip_locked=True)
    perdus = list(bilans.filter(~referent, avait_referent=True).order_by("pk").values_list("pk", flat=True))
    DepartReferent.objects.bulk_create(DepartReferent(etablissement_id=pk) for pk in perdus)
    BilanEtablissement.objects.filter(pk__in=perdus).update(avait_referent=False)
    gagnes = list(bilans.filter(referent, avait_referent=False).order_by("pk").values_list("pk", flat=True))
    BilanEtablissement.objects.filter(pk__in=gagnes).update(avait_referent=True)


def _dire(departs: Iterable[DepartReferent]) -> int:
    par_personne: dict[Utilisateur, list[DepartReferent]] = defaultdict(list)
    for depart in departs:
        for personne in _concernes(depart.etablissement):
            par_personne[personne].append(depart)
    nombre, refuses = 0, set()
    for personne, siens in par_personne.items():
        parti = _ecrire(personne, siens)
        nombre += parti is True
        refuses |= {depart.pk for depart in siens} if parti is False else set()
    dits = [depart.pk for depart in departs if depart.pk not in refuses]
    DepartReferent.objects.filter(pk__in=dits).update(traite_le=timezone.now())
    return nombre


def _concernes(etablissement: Structure) -> list[Utilisateur]:
    """The Direction of an EG or, where there is none, whoever opens accounts there."""
    noeuds = [etablissement.pk, etablissement.parent_id]
    directions = droits_actifs([Role.DIRECTION]).filter(structure__in=noeuds).values("utilisateur")
    personnes = list(Utilisateur.objects.filter(pk__in=directions).exclude(courriel="").order_by("pk"))
    return personnes or list(habilites(Action.GERER_COMPTES, etablissement).exclude(courriel=""))


def _ecrire(personne: Utilisateur, departs: list[DepartReferent]) -> bool | None:
    """Mails one person; True when it left, False when it was refused, None when she was told of all this already."""
    with transaction.atomic():
        connus = set(
            AvisDepart.objects.filter(destinataire=personne, depart__in=departs).values_list("depart", flat=True)
        )
        nouveaux = [depart for depart in departs if depart.pk not in connus]
        AvisDepart.objects.bulk_create(
            [AvisDepart(depart=depart, destinataire=personne) for depart in nouveaux], ignore_conflicts=True
        )
    if not nouveaux:
        return None
    echec = envoyer(
        "depart_referent",
        a=personne.courriel,
        portail=Portail.du_departement(nouveaux[0].etablissement.departement),
        personne=personne,
        etablissements=[depart.etablissement for depart in nouveaux],
    )
    if echec:
        AvisDepart.objects.filter(destinataire=personne, depart__in=nouveaux).delete()
    return not echec
