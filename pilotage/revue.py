"""The yearly review of one establishment as it is read (M17). What is due in all of them: `referentiel.echeancier`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.paginator import Page, Paginator
from django.utils import timezone

from referentiel.models import Structure
from referentiel.permissions import offres_cachees
from referentiel.qualite.constats import fraicheur_de
from referentiel.qualite.fraicheur import Fraicheur
from referentiel.relecture import PALIERS, REPORTS, Situation, palier_du, report_au, situer

from . import faits
from .destinataires import jour_de
from .models import ReportRelecture
from .rappels import echeance_d_offre
from .signaux import Signal, a_verifier, signaux

A_VERIFIER_PAR_PAGE = 25
RESTE_PAR_PAGE = 50


@dataclass(frozen=True, slots=True)
class Report:
    """« Rappeler dans 30 jours »: the days asked, those it really gives, and until when."""

    demande: int
    jours: int
    au: date

    @property
    def ecourte(self) -> bool:
        """The due date is too near for all the days asked."""
        return self.jours < self.demande


@dataclass(frozen=True, slots=True)
class OffreARelire:
    """An offer on the review page.

    Attributes:
        offre: the node, with its `unite`.
        echeance: by when it is to be re-read.
        situation: where that stands.
        signaux: why it may be out of date.
        report: until when this person put it off, None otherwise.
        reports: those of « Rappeler plus tard », empty when it is too early or too late for it.
        trop_tard: too late for it.
    """

    offre: Structure
    echeance: date
    situation: Situation
    signaux: Sequence[Signal]
    report: date | None
    reports: Sequence[Report]
    trop_tard: bool

    @property
    def doutes(self) -> list[str]:
        """The sections that its signals doubt."""
        return list(dict.fromkeys(s.section for s in self.signaux if s.section))


@dataclass(frozen=True, slots=True)
class Revue:
    """All the offers of an EG that a person re-reads, sorted: first what is likely out of date.

    Attributes:
        etablissement: the EG.
        a_verifier: to be looked at one by one.
        reste: due too, confirmed together.
        plus_tard: put off by this person.
        a_jour: not due yet.
        fraicheur: the yearly rule and RE1.2, over the offers of the EG that she may know of.
    """

    etablissement: Structure
    a_verifier: Sequence[OffreARelire]
    reste: Sequence[OffreARelire]
    plus_tard: Sequence[OffreARelire]
    a_jour: Sequence[OffreARelire]
    fraicheur: Fraicheur

    @property
    def nombre(self) -> int:
        """How many are to be re-read."""
        return len(self.a_verifier) + len(self.reste)

    @property
    def echeance(self) -> date | None:
        """The nearest due date of what is to be re-read and once was."""
        dues = (o.echeance for o in (*self.a_verifier, *self.reste) if o.situation.echeance)
        return min(dues, default=None)

    @property
    def jamais(self) -> int:
        """How many were never re-read: they are to be, from the first day."""
        return sum(o.situation.echeance is None for o in (*self.a_verifier, *self.reste))

    def page_a_verifier(self, numero: str | None) -> Page:
        return Paginator(self.a_verifier, A_VERIFIER_PAR_PAGE).get_page(numero)

    def page_reste(self, numero: str | None) -> Page:
        return Paginator(self.reste, RESTE_PAR_PAGE).get_page(numero)


def revue_de(etablissement: Structure, utilisateur, jour: date | None = None) -> Revue:
    """Returns the review of an EG by this person, in a constant number of queries."""
    jour = jour or timezone.localdate()
    offres = faits.offres_de(etablissement, utilisateur)
    lus, reports = faits.faits_de(etablissement, offres, jour), _reports_de(utilisateur, offres)
    groupes: dict[str, list[OffreARelire]] = {"a_verifier": [], "reste": [], "plus_tard": [], "a_jour": []}
    for offre in offres:
        ligne = _ligne(offre, signaux(lus[offre.pk]), reports, jour)
        groupes[_groupe(ligne, jour)].append(ligne)
    groupes["a_verifier"].sort(key=_urgence)
    return Revue(etablissement, fraicheur=fraicheur_de(etablissement, offres_cachees(utilisateur)), **groupes)


def _ligne(
    offre: Structure, trouves: list[Signal], reports: Mapping[int, tuple[date, date]], jour: date
) -> OffreARelire:
    echeance = echeance_d_offre(offre)
    relue_le = offre.unite.relue_le
    reporte, au = reports.get(offre.pk, (None, jour))
    rappelee = palier_du(echeance, jour) is not None
    proposes = {le: Report(n, (le - jour).days, le) for n in REPORTS[::-1] if (le := report_au(echeance, jour, n))}
    return OffreARelire(
        offre,
        echeance,
        situer(relue_le and jour_de(relue_le), jour),
        trouves,
        au if reporte == echeance and au > jour else None,
        sorted(proposes.values(), key=lambda r: r.au) if rappelee else (),
        rappelee and not proposes,
    )


def _groupe(ligne: OffreARelire, jour: date) -> str:
    due = est_due(ligne, jour)
    if ligne.report and due:
        return "plus_tard"
    if a_verifier(ligne.signaux, due):
        return "a_verifier"
    return "reste" if due else "a_jour"


def est_due(ligne: OffreARelire, jour: date) -> bool:
    """Whether the review asks for it: its first reminder holds, or it was never re-read."""
    return ligne.situation.echeance is None or ligne.echeance <= jour - _PREMIER_RAPPEL


_PREMIER_RAPPEL = timedelta(days=PALIERS[0])


def _urgence(ligne: OffreARelire) -> tuple:
    """Most doubtful first, then the nearest due date."""
    return -sum(s.fort for s in ligne.signaux), ligne.echeance, ligne.offre.nom_recherche


def _reports_de(utilisateur, offres: Sequence[Structure]) -> dict[int, tuple[date, date]]:
    reports = ReportRelecture.objects.filter(utilisateur=utilisateur, offre__in=offres)
    return {offre: (echeance, au) for offre, echeance, au in reports.values_list("offre", "echeance", "au")}
