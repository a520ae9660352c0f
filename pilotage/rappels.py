"""The reminders of the yearly review, written once each with the mail that will tell them (B28).

Each hour of the day: what is due is read from the dates, so that a worker stopped for days sends the palier that holds
then, once, and none of those it missed. A person gets one mail a day at most, or a week if she prefers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from referentiel.models import Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.relecture import PALIERS, echeance_de, limite_de_relecture, palier_du

from .destinataires import Roles, destinataires, jour_de, qualite_de, roles_sur
from .models import (
    CourrielRelecture,
    Palier,
    PreferenceRelecture,
    PreparationRappels,
    Qualite,
    RappelRelecture,
    ReportRelecture,
)

LOT = 1000
SEMAINE = timedelta(days=7)

CONSERVATION = timedelta(days=730)
"""How long reminders are kept after they were told."""

Cle = tuple[int, date, int, date, int]
"""Offer, due date, palier, first day of the palier, person: what is told once."""


@dataclass(frozen=True, slots=True)
class Due:
    """An offer to be re-read, and the palier of its reminders."""

    offre: Structure
    echeance: date
    palier: int

    @property
    def depuis(self) -> date:
        """First day of the palier."""
        return self.echeance + timedelta(days=self.palier)


def preparer_rappels(jour: date | None = None) -> int:
    """Writes the reminders of a day, each with the mail of its person, in one transaction a person.

    Twice, late, or after a death in the middle, it writes what is not written yet and nothing else.

    Returns:
        How many mails were made ready.
    """
    jour = jour or timezone.localdate()
    if PreparationRappels.objects.filter(jour=jour).exists():
        return 0
    servies = _servies(jour)
    par_personne: dict[int, list[RappelRelecture]] = defaultdict(list)
    for dues in offres_dues(jour):
        for rappel in _nouveaux(dues, jour):
            if rappel.destinataire_id not in servies:
                par_personne[rappel.destinataire_id].append(rappel)
    prets = sum(_ecrire(personne, jour, rappels) for personne, rappels in sorted(par_personne.items()))
    PreparationRappels.objects.get_or_create(jour=jour)
    return prets


def purger_rappels(jour: date | None = None) -> int:
    """Deletes the reminders told long ago of offers re-read since, and the mails that told nothing else.

    An offer still due keeps all of hers: they say that she was told, so that she is not told again.

    Returns:
        How many reminders were deleted.
    """
    avant = (jour or timezone.localdate()) - CONSERVATION
    perimes = RappelRelecture.objects.filter(du__lt=avant, offre__unite__relue_le__date__gt=F("du"))
    nombre, _ = perimes.delete()
    CourrielRelecture.objects.filter(jour__lt=avant, rappels=None).exclude(clos_le=None).delete()
    PreparationRappels.objects.filter(jour__lt=avant).delete()
    return nombre


def offres_dues(jour: date) -> Iterator[list[Due]]:
    """Yields by lots the offers, not closed for good, for which a reminder holds on this day."""
    dernier = 0
    lendemain = limite_de_relecture(jour - timedelta(days=PALIERS[0])) + timedelta(days=1)
    avant = timezone.make_aware(datetime.combine(lendemain, time.min))
    condition = Q(unite__relue_le__lt=avant) | Q(unite__relue_le=None, cree_le__lt=avant)
    offres = Structure.objects.filter(condition, niveau=Niveau.UO).exclude(etat=Etat.FERMEE).select_related("unite")
    while lot := list(offres.filter(pk__gt=dernier).order_by("pk")[:LOT]):
        dernier = lot[-1].pk
        yield [due for offre in lot if (due := situer_offre(offre, jour))]


def situer_offre(offre: Structure, jour: date) -> Due | None:
    """Returns where an offer stands, None while no reminder holds."""
    echeance = echeance_d_offre(offre)
    palier = palier_du(echeance, jour)
    return None if palier is None else Due(offre, echeance, palier)


def echeance_d_offre(offre: Structure) -> date:
    """Returns the day by which an offer, read with its `unite`, is to be re-read."""
    relue_le = offre.unite.relue_le
    return echeance_de(relue_le and jour_de(relue_le), jour_de(offre.cree_le))


def _servies(jour: date) -> set[int]:
    """Who had her mail of the day already, or of the week when she wants one a week."""
    courriels = CourrielRelecture.objects.filter(jour__gt=jour - SEMAINE, jour__lte=jour)
    par_semaine = PreferenceRelecture.objects.filter(hebdomadaire=True).values("utilisateur")
    condition = Q(jour=jour) | Q(destinataire__in=par_semaine)
    return set(courriels.filter(condition).values_list("destinataire", flat=True))


def _nouveaux(dues: Collection[Due], jour: date) -> Iterator[RappelRelecture]:
    """The reminders of these offers that were not written yet, put off ones left out until their day."""
    if not dues:
        return
    offres = [due.offre for due in dues]
    roles, dites, reports = roles_sur(offres), _dites(offres), _reports(offres)
    for due in dues:
        du_jour = _du_jour(due, roles, reports.get(due.offre.pk, {}), jour)
        for (personne, palier, depuis), qualite in du_jour.items():
            if (due.offre.pk, due.echeance, palier, depuis, personne) not in dites:
                yield RappelRelecture(
                    destinataire_id=personne,
                    offre=due.offre,
                    echeance=due.echeance,
                    palier=palier,
                    du=depuis,
                    qualite=qualite,
                )


def _du_jour(
    due: Due, roles: Roles, reports: Mapping[int, tuple[date, date]], jour: date
) -> dict[tuple[int, int, date], Qualite]:
    """(person, palier, its first day) → why: what each person is to have been told of an offer by this day."""
    tenus = roles.get(due.offre.pk, {})
    reports = {personne: au for personne, (echeance, au) in reports.items() if echeance == due.echeance}
    a_dire = {
        (personne, due.palier, due.depuis): qualite
        for personne, qualite in destinataires(tenus, due.palier).items()
        if reports.get(personne, jour) <= jour
    }
    for personne, au in reports.items():
        qualite = qualite_de(tenus, personne)
        if au <= jour and qualite:
            a_dire[personne, int(Palier.REPORT), au] = qualite
    return a_dire


def _dites(offres: Collection[Structure]) -> set[Cle]:
    rappels = RappelRelecture.objects.filter(offre__in=offres)
    return set(rappels.values_list("offre", "echeance", "palier", "du", "destinataire"))


def _reports(offres: Collection[Structure]) -> dict[int, dict[int, tuple[date, date]]]:
    """Offer → person → (due date put off, until when)."""
    resultat: dict[int, dict[int, tuple[date, date]]] = defaultdict(dict)
    reports = ReportRelecture.objects.filter(offre__in=offres)
    for offre, personne, echeance, au in reports.values_list("offre", "utilisateur", "echeance", "au"):
        resultat[offre][personne] = echeance, au
    return resultat


@transaction.atomic
def _ecrire(personne: int, jour: date, rappels: Collection[RappelRelecture]) -> int:
    """Writes the mail of a person with what it tells; nothing when another worker has just done so."""
    courriel, neuf = CourrielRelecture.objects.get_or_create(destinataire_id=personne, jour=jour)
    if not neuf:
        return 0
    for rappel in rappels:
        rappel.courriel = courriel
    RappelRelecture.objects.bulk_create(rappels, ignore_conflicts=True)
    return 1
