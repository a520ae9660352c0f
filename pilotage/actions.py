"""What a person does in the yearly review besides re-reading: put an offer off, choose the pace of her reminders."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from referentiel import actions
from referentiel.actions.fiches import exiger_ouverte, verrouiller
from referentiel.actions.relecture import Bilan
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger
from referentiel.relecture import REPORTS, palier_du, report_au
from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .liens import Lien
from .models import PreferenceRelecture, ReportRelecture
from .rappels import echeance_d_offre

PAR_LIEN = "Par lien signé"
"""What the history says of a re-reading confirmed from a mail."""


@transaction.atomic
def reporter(*, offre_id: int, auteur, jours: int) -> date:
    """« Rappeler dans n jours »: this person is not reminded of an offer until then; its due date does not move.

    Returns:
        Until when: never more than 30 days after the due date, when the Direction is told.

    Raises:
        DroitManquant: she may not broadcast this offer.
        SaisieInvalide: no such delay, or no offer.
        EtatIncompatible: the offer is closed for good, not due yet, or too late to be put off.
    """
    offre = verrouiller(offre_id)
    exiger(auteur, Action.DIFFUSER, offre)
    exiger_ouverte(offre)
    if jours not in REPORTS or offre.niveau != Niveau.UO:
        raise SaisieInvalide({"jours": "Choisissez un rappel dans 7 ou dans 30\u00a0jours."})
    jour, echeance = timezone.localdate(), echeance_d_offre(offre)
    if palier_du(echeance, jour) is None:
        raise EtatIncompatible(
            f"«\u00a0{offre}\u00a0» n’est à relire que le {date_fr(echeance)}\u00a0: rien à reporter."
        )
    au = report_au(echeance, jour, jours)
    if au is None:
        raise EtatIncompatible(
            f"«\u00a0{offre}\u00a0» est en retard de plus de 30\u00a0jours\u00a0: elle ne se remet plus à plus tard."
        )
    ReportRelecture.objects.update_or_create(
        offre=offre, utilisateur=auteur, defaults={"echeance": echeance, "au": au, "cree_le": timezone.now()}
    )
    return au


def regler_rappels(*, auteur, hebdomadaire: bool) -> None:
    """Keeps whether a person wants one mail of reminders a week at most, or one on each day that brings some."""
    PreferenceRelecture.objects.update_or_create(utilisateur=auteur, defaults={"hebdomadaire": hebdomadaire})


def confirmer_par_lien(*, lien: Lien, offres: set[int], relu: bool) -> Bilan:
    """« Rien n’a changé », from a mail, in the name of its person: the same act as on the review page (M13).

    Args:
        lien: the opened link.
        offres: those her page showed; the link may be about more.
        relu: the box was ticked.

    Raises:
        DroitManquant: her account is closed, or she has no right any more.
        SaisieInvalide: the box is not ticked, or nothing was shown.
    """
    if not lien.personne.is_active:
        raise DroitManquant("Votre compte est désactivé\u00a0: ce lien ne sert plus.")
    return actions.relire_offres(
        etablissement_id=lien.etablissement.pk,
        auteur=lien.personne,
        vues={pk: vue for pk, vue in lien.vues.items() if pk in offres},
        relu=relu,
        motif=PAR_LIEN,
    )
