"""Closing and reopening offers: by themselves at their dates, or at once on a person's word (S119–S125, B50)."""

import logging
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import fiches
from ..changements import Changement
from ..derives import rafraichir
from ..fermeture import CHAMPS, Fermeture, verifier, verifier_dates
from ..horaires.phrase import dire_date
from ..models import EntreeJournal, Structure, UniteOperationnelle
from ..models.structure import Etat
from ..permissions import Action, exiger, refus
from .ecriture import publier_changements
from .etat import deriver_etat, fermeture_de, jour_de
from .fiches import exiger_ouverte, verrouiller

journal = logging.getLogger(__name__)
AVANCE_MAX = timedelta(hours=14)
"""How far ahead of UTC the clock is in the first place on earth where a day begins."""


def appliquer_fermetures(instant: datetime | None = None) -> int:
    """Closes the offers whose closing date has come and reopens those whose reopening date has; called each minute.

    Late, twice or after a failure it does no harm: what is due is read from the dates, each offer is its own
    transaction, and what it did is journaled with it.

    Returns:
        How many offers were closed or reopened.
    """
    instant = instant or timezone.now()
    jour = (instant + AVANCE_MAX).astimezone(UTC).date()
    dues = UniteOperationnelle.objects.filter(
        Q(structure__etat=Etat.OUVERTE, date_fermeture__lte=jour)
        | Q(structure__etat=Etat.FERMEE_PROVISOIREMENT, date_reouverture_prevue__lte=jour)
    )
    faites = 0
    for pk in list(dues.order_by("pk").values_list("pk", flat=True)):
        try:
            faites += _appliquer(pk, instant)
        except Exception:  # whatever stops one offer must not hold back the others: it is logged and tried again
            journal.exception("Fermeture ou réouverture impossible de l’offre %s", pk)
    return faites


@transaction.atomic
def rouvrir(*, structure_id: int, auteur, vue: Fermeture) -> None:
    """« Rouvrir maintenant », or « Annuler la fermeture » before its date: published at once.

    Args:
        structure_id: the offer.
        auteur: who says so.
        vue: the closing her page showed.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: the closing is over, or not the one she saw, or final, which only the support undoes.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    if refus(auteur, Action.CORRIGER_FINESS, structure):
        exiger_ouverte(structure)
    fermeture, jour = _fermeture_vue(structure, vue), jour_de(structure)
    if fermeture.a_venir(jour):
        phrase = f"Fermeture du {_dire(fermeture.du)} annulée\u00a0: l’offre reste ouverte."
    else:
        prevue = f", avant la date prévue du {_dire(fermeture.reouverture)}" if fermeture.reouverture else ""
        phrase = f"Réouverture le {_dire(jour)}{prevue} (fermée depuis le {_dire(fermeture.du)})."
    _lever(structure, auteur, phrase)


@transaction.atomic
def confirmer_reouverture(*, structure_id: int, auteur, vue: Fermeture) -> None:
    """« Oui, à la date prévue »: the question is not asked again for this date.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: the closing is over, or not the one she saw.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    fermeture = _fermeture_vue(structure, vue)
    if fermeture.reouverture is None:
        raise EtatIncompatible("Aucune date de réouverture n’est prévue\u00a0: indiquez-en une.")
    unite = structure.unite
    if unite.reouverture_confirmee == fermeture.reouverture:
        return
    unite.reouverture_confirmee = fermeture.reouverture
    unite.save()
    _noter(structure, auteur, [f"Réouverture confirmée pour le {_dire(fermeture.reouverture)}."])


@transaction.atomic
def repousser_reouverture(*, structure_id: int, auteur, vue: Fermeture, au: date | None) -> None:
    """« Repousser »: another reopening date, published at once.

    Args:
        structure_id: the offer.
        auteur: who says so.
        vue: the closing her page showed.
        au: the new reopening date.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: the closing is over or final, or not the one she saw.
        SaisieInvalide: the date is missing or does not suit.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    fermeture = _fermeture_vue(structure, vue)
    if fermeture.type != Etat.FERMEE_PROVISOIREMENT:
        raise EtatIncompatible("Une fermeture définitive n’a pas de réouverture.")
    if au is None or au == fermeture.reouverture:
        raise SaisieInvalide({"date": "Indiquez la nouvelle date de réouverture, par exemple 31/12/2026."})
    # Its own first day is no matter here: a closing announced as « prévisionnelle » may have begun since.
    nouvelle = Fermeture(fermeture.type, fermeture.du, au)
    erreurs = verifier(nouvelle) or verifier_dates(nouvelle, jour_de(structure))
    if erreurs:
        raise SaisieInvalide({"date": " ".join(erreurs.values())})
    avant = fermeture.reouverture.isoformat() if fermeture.reouverture else None
    geste = Changement("date_reouverture_prevue", avant, au.isoformat())
    publier_changements(structure=structure, auteur=auteur, changements=[geste])


def _fermeture_vue(structure: Structure, vue: Fermeture) -> Fermeture:
    """Returns the closing of an offer when it is the one that was shown."""
    fermeture = fermeture_de(structure)
    if not fermeture.type:
        raise EtatIncompatible(f"«\u00a0{structure}\u00a0» est ouverte, sans fermeture prévue\u00a0: rien à faire.")
    if fermeture != vue:
        raise EtatIncompatible("La fermeture a été modifiée depuis l’affichage de cette page. Relisez-la d’abord.")
    return fermeture


@transaction.atomic
def _appliquer(structure_id: int, instant: datetime) -> int:
    structure = verrouiller(structure_id)
    fermeture, jour = fermeture_de(structure), jour_de(structure, instant)
    if fermeture.echue(jour):
        depuis = f" (fermée provisoirement depuis le {_dire(fermeture.du)})"
        prevue = f"Réouverture automatique, à la date prévue du {_dire(fermeture.reouverture)}{depuis}."
        _lever(structure, None, prevue)
        return 1
    phrases = deriver_etat(structure, instant)
    if not phrases:
        return 0
    structure.version += 1
    structure.save()
    rafraichir([structure_id])
    _noter(structure, None, [f"Fermeture automatique, à sa date\u00a0: {phrases[0][0].lower()}{phrases[0][1:]}"])
    return 1


def _lever(structure: Structure, auteur, phrase: str) -> None:
    """Takes the closing of an offer away: its type and dates are none again, as the national rule asks."""
    structure.unite.reouverture_confirmee = None
    actuelles = fiches.lire(structure, CHAMPS)
    nulles = {champ: False if champ == "fermeture_previsionnelle" else None for champ in CHAMPS}
    publier_changements(
        structure=structure,
        auteur=auteur,
        changements=[Changement(champ, actuelles[champ], nulles[champ]) for champ in CHAMPS],
        origine=EntreeJournal.Origine.SAISIE if auteur else EntreeJournal.Origine.AUTO,
        phrases=[phrase],
    )


def _noter(structure: Structure, auteur, phrases: Collection[str]) -> None:
    EntreeJournal.objects.create(
        structure=structure,
        version=structure.version,
        le=timezone.now(),
        auteur=auteur,
        origine=EntreeJournal.Origine.SAISIE if auteur else EntreeJournal.Origine.AUTO,
        phrases=list(phrases),
    )


def _dire(jour: date | None) -> str:
    return dire_date(jour) if jour else ""
