"""What is typed is kept as it is typed, for its author alone; nothing here changes a fiche (B16)."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ror.commun.erreurs import SaisieInvalide

from ..models import Brouillon, Preference
from ..objets import Objet, trouver
from ..permissions import Action, exiger
from .fiches import exiger_ouverte

TAILLE_MAX = 200_000
"""Characters of one draft, signed values included: ten times the largest form."""

CONSERVATION = timedelta(days=30)
"""How long a draft nobody came back to is kept."""

RESTAURATION = timedelta(hours=1)
"""How long a draft given up may be restored."""

Donnees = Mapping[str, list[str]]
"""Name of a field → its values, as typed."""


@transaction.atomic
def garder(*, objet: Objet, auteur, donnees: Donnees, vues: str = "", version: str = "") -> Brouillon | None:
    """Keeps what is being typed in a form; another typing of the same form that is not settled is set aside, not lost.

    Args:
        objet: what the form is about.
        auteur: who types.
        donnees: the raw fields.
        vues: the signed values the form showed.
        version: the keeping this form continues (`Brouillon.cle`), empty for a form just opened.

    Returns:
        The draft; None when she switched drafts off.

    Raises:
        Introuvable: no such form for her.
        DroitManquant: she may not edit this fiche (any more).
        EtatIncompatible: the fiche is closed for good.
        SaisieInvalide: too long to be kept.
    """
    cible = trouver(objet, auteur)
    exiger(auteur, Action.MODIFIER, cible.structure)
    exiger_ouverte(cible.structure)
    if not brouillons_gardes(auteur):
        return None
    if len(json.dumps(donnees, ensure_ascii=False)) + len(vues) > TAILLE_MAX:
        raise SaisieInvalide(
            {"": "Cette saisie est trop longue pour être gardée en brouillon\u00a0: enregistrez-la sans attendre."}
        )
    contenu = {"donnees": donnees, "vues": vues}
    brouillon, nouveau = Brouillon.objects.select_for_update().get_or_create(
        utilisateur=auteur, objet=str(objet), defaults=contenu
    )
    if not nouveau:
        if brouillon.ecarte_le is not None:
            brouillon.precedent = None
        elif version != brouillon.cle and brouillon.donnees != donnees and not _meme_page(brouillon, donnees):
            le = brouillon.modifie_le.isoformat()
            brouillon.precedent = {"donnees": brouillon.donnees, "vues": brouillon.vues, "modifie_le": le}
        brouillon.donnees, brouillon.vues, brouillon.ecarte_le = donnees, vues, None
        brouillon.version += 1
        brouillon.save()
    return brouillon


@transaction.atomic
def oublier(*, objet: Objet, auteur, donnees: Donnees, version: str = "") -> None:
    """Deletes the draft of a form that has just been saved; another typing set aside is offered again.

    Args:
        donnees, version: what was saved; a draft that is neither, nor typed in the same page, is left alone.
    """
    brouillon = Brouillon.objects.select_for_update().filter(utilisateur=auteur, objet=str(objet)).first()
    if brouillon is None:
        return
    if brouillon.cle != version and brouillon.donnees != donnees and not _meme_page(brouillon, donnees):
        return
    if not _reprendre_le_precedent(brouillon):
        brouillon.delete()


@transaction.atomic
def ecarter(*, brouillon_id: int, auteur, tout: bool = True) -> Brouillon:
    """Gives a draft up; it may be restored for `RESTAURATION`.

    Args:
        tout: also the typing that was set aside; otherwise that one is offered again, and this one may be restored.

    Raises:
        Brouillon.DoesNotExist: it is not hers, or is gone.
    """
    brouillon = Brouillon.objects.select_for_update().get(pk=brouillon_id, utilisateur=auteur)
    if tout or brouillon.precedent is None or brouillon.precedent.get("ecarte"):
        brouillon.ecarte_le = timezone.now()
        brouillon.save(update_fields=["ecarte_le"])
    else:
        maintenant = timezone.now().isoformat()
        ecarte = {"donnees": brouillon.donnees, "vues": brouillon.vues, "modifie_le": maintenant, "ecarte": True}
        _reprendre_le_precedent(brouillon, ecarte)
    return brouillon


@transaction.atomic
def regler_brouillons(*, auteur, garder: bool) -> int:
    """Switches drafts on or off for a person; off, those she has are deleted. Returns how many were."""
    Preference.objects.update_or_create(utilisateur=auteur, defaults={"brouillons": garder})
    if garder:
        return 0
    return Brouillon.objects.filter(utilisateur=auteur).delete()[0]


def purger() -> int:
    """Deletes the drafts nobody came back to, and those given up for good. Returns how many."""
    maintenant = timezone.now()
    perimes = Q(modifie_le__lt=maintenant - CONSERVATION) | Q(ecarte_le__lt=maintenant - RESTAURATION)
    return Brouillon.objects.filter(perimes).delete()[0]


def brouillons_gardes(utilisateur) -> bool:
    """Whether this person wants drafts kept; they are, unless she says otherwise."""
    return not Preference.objects.filter(utilisateur=utilisateur, brouillons=False).exists()


def lire_brouillon(utilisateur, objet: Objet) -> Brouillon | None:
    """Returns the draft of a form, given up or not, while it may still be taken up."""
    brouillon = Brouillon.objects.filter(utilisateur=utilisateur, objet=str(objet)).first()
    if brouillon and brouillon.ecarte_le and brouillon.ecarte_le < timezone.now() - RESTAURATION:
        return None
    return brouillon


def _meme_page(brouillon: Brouillon, donnees: Donnees) -> bool:
    """Whether both were typed in the same opening of the form: a keeping that crosses another is no other typing."""
    ouverture = donnees.get("ouvert_le")
    return bool(ouverture) and brouillon.donnees.get("ouvert_le") == ouverture


def _reprendre_le_precedent(brouillon: Brouillon, ancien: dict | None = None) -> bool:
    """Puts back the typing set aside, with its date, and sets `ancien` aside instead; False when none is offered."""
    precedent = brouillon.precedent
    if precedent is None or precedent.get("ecarte"):
        return False
    brouillon.donnees, brouillon.vues = precedent["donnees"], precedent["vues"]
    brouillon.precedent, brouillon.ecarte_le = ancien, None
    brouillon.version += 1
    brouillon.save()
    Brouillon.objects.filter(pk=brouillon.pk).update(modifie_le=datetime.fromisoformat(precedent["modifie_le"]))
    return True
