"""Telling the right persons, once, when the transaction commits (B13, S176): the rows of `Avis` are the outbox."""

import logging
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from referentiel.permissions import habilites, refus
from ror.commun.erreurs import SaisieInvalide
from ror.comptes.models import Utilisateur

from ..droits import ACTION_ETAPE
from ..etats import ENVOYES, Etat
from ..models import Avis, Dossier, PreferenceAvis, Rythme, Sujet
from ..models.dossier import ACTIONS_VISIBLES

journal = logging.getLogger(__name__)


def avertir(
    dossier: Dossier,
    destinataires: Iterable[Utilisateur],
    sujet: Sujet,
    phrase: str,
    *,
    sauf: Utilisateur | None = None,
    message: str = "",
    adresse: str = "",
) -> None:
    """Writes one `Avis` per person, each at her own pace; the mails leave after the commit.

    Args:
        dossier: what it is about.
        destinataires: who is told; each once.
        sujet: what her preferences are asked about.
        phrase: what happened, in one sentence.
        sauf: who did it: she knows.
        message: the words that go with it (reason, comment, list of changes).
        adresse: path of the page concerned; that of the dossier by default.
    """
    personnes = {u.pk: u for u in destinataires if u.is_active and (sauf is None or u.pk != sauf.pk)}
    personnes = {pk: u for pk, u in personnes.items() if voit(u, dossier)}
    if not personnes:
        return
    rythmes = dict(
        PreferenceAvis.objects.filter(utilisateur__in=personnes, sujet=sujet).values_list("utilisateur", "rythme")
    )
    Avis.objects.bulk_create(
        Avis(
            destinataire=personne,
            dossier=dossier,
            sujet=sujet,
            phrase=phrase[:500],
            message=message,
            adresse=adresse or reverse("dossier", args=[dossier.pk]),
            rythme=rythmes.get(pk, RYTHMES.get(sujet, Rythme.QUOTIDIEN)),
        )
        for pk, personne in personnes.items()
    )
    transaction.on_commit(_envoyer_sans_attendre)


def voit(utilisateur: Utilisateur, dossier: Dossier) -> bool:
    """Whether a person still sees a dossier: who took part in it may have lost her right since (S126)."""
    return any(refus(utilisateur, action, dossier.etablissement) is None for action in ACTIONS_VISIBLES)


def rythmes_de(utilisateur: Utilisateur) -> dict[Sujet, Rythme]:
    """Returns how this person is told about each subject."""
    choisis = dict(PreferenceAvis.objects.filter(utilisateur=utilisateur).values_list("sujet", "rythme"))
    return {s: Rythme(choisis.get(s.value, RYTHMES.get(s, Rythme.QUOTIDIEN))) for s in Sujet}


@transaction.atomic
def regler_rythmes(*, auteur: Utilisateur, rythmes: Mapping[str, str]) -> None:
    """Keeps how a person wants to be told by mail, subject by subject; what already waits keeps its pace.

    Raises:
        SaisieInvalide: a subject without a pace, or one that does not exist.
    """
    erreurs = {
        s.value: f"{s.label}\u00a0: choisissez dans la liste."
        for s in Sujet
        if rythmes.get(s.value) not in Rythme.values
    }
    if erreurs:
        raise SaisieInvalide(erreurs)
    PreferenceAvis.objects.bulk_create(
        [PreferenceAvis(utilisateur=auteur, sujet=s, rythme=rythmes[s.value]) for s in Sujet],
        update_conflicts=True,
        unique_fields=["utilisateur", "sujet"],
        update_fields=["rythme"],
    )


def lire(*, auteur: Utilisateur, avis_id: int | None = None) -> int:
    """Marks one avis of this person as read, or all of them. Returns how many were not."""
    siens = Avis.objects.filter(destinataire=auteur, lu_le=None)
    return (siens if avis_id is None else siens.filter(pk=avis_id)).update(lu_le=timezone.now())


RYTHMES: dict[Sujet, Rythme] = {Sujet.A_VALIDER: Rythme.IMMEDIAT, Sujet.CORRECTION: Rythme.IMMEDIAT}
"""What a person who has chosen nothing is told at once; the rest waits for the digest of the day."""


def _envoyer_sans_attendre() -> None:
    """Asks the worker for the mails; when the queue is down, the task of each minute finds them."""
    from ..tasks import envoyer_avis

    try:
        envoyer_avis.delay()
    except OperationalError:
        journal.warning("File d’attente injoignable : les avis partiront au prochain passage.")


def valideurs_de(dossier: Dossier) -> list[Utilisateur]:
    """Returns who may validate the step at which a dossier waits."""
    action = ACTION_ETAPE.get(dossier.etat_dossier)
    return list(habilites(action, dossier.etablissement)) if action else []


def participants_de(dossier: Dossier) -> list[Utilisateur]:
    """Returns who took part in a dossier: who opened it, sent it, typed in it, commented it."""
    pks = {dossier.cree_par_id, dossier.envoye_par_id}
    pks.update(dossier.fiches.values_list("auteur", flat=True))
    pks.update(dossier.evenements.values_list("auteur", flat=True))
    return list(Utilisateur.objects.filter(pk__in=pks - {None}))


def auteurs_de(dossier: Dossier) -> list[Utilisateur]:
    """Returns who prepared a dossier: who opened it, sent it, or typed in it."""
    pks = {dossier.cree_par_id, dossier.envoye_par_id, *dossier.fiches.values_list("auteur", flat=True)}
    return list(Utilisateur.objects.filter(pk__in=pks - {None}))


def avertir_valideurs(dossier: Dossier, auteur, message: str = "") -> None:
    """« Le dossier … attend votre validation »."""
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» attend votre validation."
    adresse = reverse("dossier-relecture", args=[dossier.pk])
    avertir(dossier, valideurs_de(dossier), Sujet.A_VALIDER, phrase, sauf=auteur, message=message, adresse=adresse)


def avertir_reprise(dossier: Dossier, auteur) -> None:
    """A sent dossier was edited: its validators and its authors are told."""
    if dossier.etat_dossier in ENVOYES:
        avertir_valideurs(dossier, auteur, "Il a été modifié après son envoi\u00a0: ses validations reprennent.")
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» a été modifié après son envoi."
    avertir(dossier, auteurs_de(dossier), Sujet.AVANCEE, phrase, sauf=auteur)


def avertir_fin(dossier: Dossier, auteur, de: Etat) -> None:
    """A dossier ends: who took part in it is told."""
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» est {dossier.get_etat_display().lower()}."
    avertir(dossier, participants_de(dossier), Sujet.DECISION, phrase, sauf=auteur, message=dossier.motif)
