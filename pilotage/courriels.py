"""The mails of the yearly review: from the outbox (`CourrielRelecture`), one digest to one person (B28, M13).

What is told is read again when the mail leaves: an offer re-read, closed, or no longer hers since is left out. A mail
that the server refused goes with the next one, never as a second mail of the same day.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from referentiel.models import Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, filtre
from referentiel.recherche import chemins_de
from referentiel.relecture import Situation, situer
from ror.comptes.courriels import Portail, a_chacun, envoyer
from ror.comptes.models import Utilisateur

from .destinataires import jour_de
from .liens import jeton_de
from .models import CourrielRelecture, Qualite, RappelRelecture
from .rappels import echeance_d_offre

journal = logging.getLogger(__name__)

ESSAIS_MAX = 60
"""Hourly tries before a mail is given up: more than four days of the hours at which they leave."""

MONTREES = 15
"""Offers of an establishment named in the mail; the others are counted."""

_TITRES = {
    Qualite.REFERENT: "Offres à relire",
    Qualite.DIRECTION: "Offres à relire, sans référent actif",
    Qualite.ESCALADE: "Relectures en retard de plus de 30\u00a0jours",
    Qualite.GESTIONNAIRE: "Établissements sans référent actif",
}


@dataclass(frozen=True, slots=True)
class OffreDue:
    """An offer in a mail, with where its re-reading stands."""

    offre: Structure
    echeance: date
    situation: Situation


@dataclass(frozen=True, slots=True)
class EtablissementDu:
    """An establishment in a mail.

    Attributes:
        etablissement: the EG.
        offres: those named, the most urgent first.
        autres: how many more.
        adresse: path of its review page.
        lien: path of the signed page « rien n’a changé », "" for whoever only watches.
    """

    etablissement: Structure
    offres: Sequence[OffreDue]
    autres: int
    adresse: str
    lien: str

    @property
    def nombre(self) -> int:
        return len(self.offres) + self.autres


@dataclass(frozen=True, slots=True)
class Partie:
    """The establishments told for the same reason."""

    qualite: Qualite
    etablissements: Sequence[EtablissementDu]

    @property
    def titre(self) -> str:
        return _TITRES[self.qualite]


def envoyer_rappels() -> int:
    """Sends the mails that are ready, one a person. Returns how many were sent."""
    ouverts = CourrielRelecture.objects.filter(clos_le=None)
    destinataires = list(ouverts.order_by("destinataire").values_list("destinataire", flat=True).distinct())
    return a_chacun(destinataires, _envoyer_a, "Rappels de relecture")


@transaction.atomic
def _envoyer_a(personne_id: int) -> int:
    """One mail with all that waits for a person; her mails are locked, so that two workers never send the same."""
    courriels = list(
        CourrielRelecture.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(destinataire=personne_id, clos_le=None)
        .order_by("jour")
    )
    if not courriels:
        return 0
    personne, principal = Utilisateur.objects.get(pk=personne_id), courriels[-1]
    if not personne.is_active or not personne.courriel:
        return _clore(courriels, "Ce compte ne reçoit pas de courriel.")
    rappels = _encore_dus(personne, courriels)
    if not rappels:
        return _clore(courriels, "Sans objet\u00a0: plus rien à relire.")
    RappelRelecture.objects.filter(courriel__in=courriels).update(courriel=principal)
    RappelRelecture.objects.bulk_update(rappels, ["version", "relue_le"], batch_size=500)
    echec = _poster(personne, principal, rappels)
    if not echec:
        return _clore(courriels, envoye=principal)
    for courriel in courriels:
        courriel.essais, courriel.erreur = courriel.essais + 1, echec[:255]
        if courriel.essais >= ESSAIS_MAX:
            courriel.clos_le = timezone.now()
            journal.error("Rappel de relecture abandonné après %s essais : %s", ESSAIS_MAX, courriel)
    CourrielRelecture.objects.bulk_update(courriels, ["essais", "erreur", "clos_le"])
    return 0


def _clore(
    courriels: Collection[CourrielRelecture], raison: str = "", *, envoye: CourrielRelecture | None = None
) -> int:
    """Closes mails: sent with that of `envoye`, or without object. Returns how many were sent."""
    instant = timezone.now()
    for courriel in courriels:
        courriel.clos_le, courriel.erreur, courriel.essais = instant, raison, courriel.essais + 1
        courriel.envoye_le = instant if envoye and courriel.pk == envoye.pk else None
        if envoye and courriel.pk != envoye.pk:
            courriel.erreur = f"Joint au courriel du {envoye.jour:%d/%m/%Y}."
    CourrielRelecture.objects.bulk_update(courriels, ["clos_le", "erreur", "essais", "envoye_le"])
    return int(envoye is not None)


def _encore_dus(personne: Utilisateur, courriels: Collection[CourrielRelecture]) -> list[RappelRelecture]:
    """The last reminder of each offer still due and still hers, with the offer as it is now."""
    tous = {r.offre_id: r for r in RappelRelecture.objects.filter(courriel__in=courriels).order_by("du", "pk")}
    siennes = Structure.objects.filter(filtre(personne, Action.DIFFUSER), pk__in=tous).exclude(etat=Etat.FERMEE)
    gardes = []
    for offre in siennes.select_related("unite"):
        rappel = tous[offre.pk]
        if echeance_d_offre(offre) == rappel.echeance:
            rappel.offre, rappel.version, rappel.relue_le = offre, offre.version, offre.unite.relue_le
            gardes.append(rappel)
    return gardes


def _poster(personne: Utilisateur, courriel: CourrielRelecture, rappels: Collection[RappelRelecture]) -> str:
    """Sends the mail; returns why it was refused, or ""."""
    parties = _parties(personne, courriel, rappels)
    etablissements = [e for partie in parties for e in partie.etablissements]
    return envoyer(
        "relecture",
        a=personne.courriel,
        portail=Portail.du_departement(etablissements[0].etablissement.departement),
        personne=personne,
        parties=parties,
        nombre=len(rappels),
        nombre_etablissements=len({e.etablissement.pk for e in etablissements}),
        en_retard=sum(1 for r in rappels if r.echeance < timezone.localdate()),
    )


def _parties(personne: Utilisateur, courriel: CourrielRelecture, rappels: Collection[RappelRelecture]) -> list[Partie]:
    """What the mail tells, by reason then by establishment, the most urgent first."""
    chemins = chemins_de([rappel.offre for rappel in rappels])
    groupes: dict[str, dict[Structure, list[OffreDue]]] = defaultdict(lambda: defaultdict(list))
    for rappel in sorted(rappels, key=lambda r: (r.echeance, r.offre.nom_recherche, r.offre_id)):
        etablissement = next(s for s in chemins[rappel.offre_id] if s.niveau == Niveau.EG)
        groupes[rappel.qualite][etablissement].append(_offre_due(rappel))
    return [
        Partie(q, [_etablissement(personne, courriel, q, eg, offres) for eg, offres in groupes[q].items()])
        for q in Qualite
        if q in groupes
    ]


def _etablissement(
    personne: Utilisateur, courriel: CourrielRelecture, qualite: Qualite, eg: Structure, offres: Sequence[OffreDue]
) -> EtablissementDu:
    suit = qualite in (Qualite.REFERENT, Qualite.DIRECTION)
    return EtablissementDu(
        eg,
        offres[:MONTREES],
        max(0, len(offres) - MONTREES),
        reverse("relecture", args=[eg.pk]),
        reverse("relecture-lien", args=[jeton_de(personne, courriel, eg)]) if suit else "",
    )


def _offre_due(rappel: RappelRelecture) -> OffreDue:
    relue_le = rappel.offre.unite.relue_le
    return OffreDue(rappel.offre, rappel.echeance, situer(relue_le and jour_de(relue_le), timezone.localdate()))
