"""The signed links of the mails: « rien n’a changé », confirmed without signing in (M13).

A link is bound to a person, her password, one mail and one establishment, and dies after 30 days. The mail's reminders
hold the offers and the state each was in: whatever changed since is not confirmed by the link. Opening it writes
nothing; what it confirms still has to be read and attested on the page it opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare

from referentiel.actions import OffreVue
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from ror.comptes.models import Utilisateur

from .models import CourrielRelecture, Qualite

DUREE = timedelta(days=30)
_SEL = "pilotage.relecture"


class LienInvalide(ValueError):
    """Why a link confirms nothing any more, in French."""


@dataclass(frozen=True, slots=True)
class Lien:
    """What an opened link confirms.

    Attributes:
        personne: in whose name.
        courriel: the mail it came with.
        etablissement: the EG.
        vues: offer → its state when the mail left.
    """

    personne: Utilisateur
    courriel: CourrielRelecture
    etablissement: Structure
    vues: Mapping[int, OffreVue]


def jeton_de(personne: Utilisateur, courriel: CourrielRelecture, etablissement: Structure) -> str:
    """Returns the signed text of a link."""
    return signing.dumps([courriel.pk, etablissement.pk, _empreinte(personne)], salt=_SEL)


def ouvrir(jeton: str) -> Lien:
    """Returns what a link confirms.

    Raises:
        LienInvalide: it is not one of ours, too old, or the account is closed or changed its password since.
    """
    try:
        courriel_id, etablissement_id, empreinte = signing.loads(jeton, salt=_SEL, max_age=DUREE)
    except signing.SignatureExpired as erreur:
        raise LienInvalide("Ce lien a plus de 30\u00a0jours\u00a0: il ne sert plus.") from erreur
    except (signing.BadSignature, ValueError, TypeError) as erreur:
        raise LienInvalide("Ce lien est incomplet\u00a0: copiez-le en entier depuis le courriel.") from erreur
    courriel = CourrielRelecture.objects.filter(pk=courriel_id).select_related("destinataire").first()
    etablissement = (
        Structure.objects.filter(pk=etablissement_id, niveau=Niveau.EG).select_related("entite_geographique").first()
    )
    if courriel is None or etablissement is None:
        raise LienInvalide("Ce que ce lien demandait de relire n’est plus dans le Répertoire.")
    personne = courriel.destinataire
    if not personne.is_active or not constant_time_compare(empreinte, _empreinte(personne)):
        raise LienInvalide("Votre compte a changé depuis ce courriel\u00a0: ce lien ne sert plus.")
    return Lien(personne, courriel, etablissement, _vues(courriel))


def _vues(courriel: CourrielRelecture) -> dict[int, OffreVue]:
    siennes = courriel.rappels.filter(qualite__in=[Qualite.REFERENT, Qualite.DIRECTION]).exclude(version=None)
    lignes = siennes.order_by("du", "pk").values_list("offre", "version", "relue_le")
    return {offre: OffreVue(version, relue_le and relue_le.isoformat()) for offre, version, relue_le in lignes}


def _empreinte(personne: Utilisateur) -> str:
    """A short digest of what ends her sessions: her password, and their generation."""
    return personne.get_session_auth_hash()[:16]
