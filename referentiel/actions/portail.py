"""The texts of the regional portals and the conditions of use: data that administrators write (S2, S4–S7, S23–S27)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import SaisieInvalide
from ror.commun.traces import signer
from ror.comptes.models import Region, Utilisateur, VersionCGU

from ..permissions import Action, exiger

TEXTES_REGION = (
    "nom_application",
    "nom",
    "domaines",
    "departements",
    "logo_url",
    "validateur",
    "support_telephone",
    "support_horaires",
    "support_courriel",
    "support_formulaire",
    "pied_courriel",
    "autre_porte_public",
    "autre_porte_url",
    "mentions_legales",
    "outils_alimentes",
)
"""What an administrator may change of a region."""


@transaction.atomic
def modifier_region(*, auteur: Utilisateur, region_id: int, textes: Mapping[str, Any]) -> Region:
    """Changes the texts of a region; every version is kept with its author.

    Raises:
        DroitManquant: only administrators.
        SaisieInvalide: a domain name is already served for another region.
    """
    exiger(auteur, Action.REGLER_PORTAIL)
    region = Region.objects.select_for_update().get(pk=region_id)
    for domaine in textes.get("domaines", ()):
        autre = Region.objects.exclude(pk=region_id).filter(domaines__contains=[domaine]).first()
        if autre:
            raise SaisieInvalide({"domaines": f"Le domaine {domaine} sert déjà {autre.nom_application}."})
    for nom in TEXTES_REGION:
        if nom in textes:
            setattr(region, nom, textes[nom])
    signer(region, auteur, "Textes modifiés")
    region.save()
    return region


@transaction.atomic
def publier_cgu(*, auteur: Utilisateur, numero: str, texte: str) -> VersionCGU:
    """Publishes conditions of use; each person accepts them at her next sign-in (S5).

    Raises:
        DroitManquant: only administrators.
        SaisieInvalide: this number was already published.
    """
    exiger(auteur, Action.REGLER_PORTAIL)
    if VersionCGU.objects.filter(numero=numero).exists():
        raise SaisieInvalide({"numero": f"La version {numero} est déjà publiée : prenez un autre numéro."})
    return VersionCGU.objects.create(numero=numero, texte=texte, publiee_le=timezone.localdate())
