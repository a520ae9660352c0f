"""What a person does with her own account, and the one-time links that open it."""

import hashlib
import secrets
from datetime import timedelta

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.traces import signer

from .courriels import Portail, envoyer
from .models import AcceptationCGU, Invitation, Utilisateur, VersionCGU

DUREE_INVITATION = timedelta(days=7)

_LIEN_PERDU = "Ce lien a déjà servi ou n’est plus valable."


def accepter_cgu(*, utilisateur: Utilisateur) -> None:
    """Records that this person accepts the conditions in force, once per version (S5)."""
    version = VersionCGU.objects.en_vigueur()
    if version is not None:
        AcceptationCGU.objects.get_or_create(utilisateur=utilisateur, version=version)


@transaction.atomic
def creer_utilisateur(*, auteur: Utilisateur, prenom: str, nom: str, courriel: str, telephone: str = "") -> Utilisateur:
    """Creates an account without password, whose identifiant is `prénomnom`, with a suffix if it is taken (S15)."""
    while True:
        personne = Utilisateur(
            identifiant=Utilisateur.objects.identifiant_libre(prenom, nom),
            prenom=prenom.strip(),
            nom=nom.strip(),
            courriel=courriel.strip(),
            telephone=telephone.strip(),
        )
        personne.set_unusable_password()
        signer(personne, auteur, "Compte ouvert")
        try:
            with transaction.atomic():
                personne.save()
        except IntegrityError:  # a namesake's account was opened at the same instant: take the next suffix
            continue
        return personne


@transaction.atomic
def inviter(*, utilisateur: Utilisateur, auteur: Utilisateur, portail: Portail) -> Invitation:
    """Mails a link, valid once and seven days, by which the person chooses her password (S12).

    Only the newest link works. Whether the mail could be sent is kept in `Invitation.echec_envoi`.

    Raises:
        EtatIncompatible: the account is deactivated.
    """
    personne = Utilisateur.objects.select_for_update(no_key=True).get(pk=utilisateur.pk)
    if not personne.is_active:
        raise EtatIncompatible(f"Le compte de {personne} est désactivé : réactivez-le avant de l’inviter.")
    maintenant = timezone.now()
    personne.invitations.filter(utilisee_le=None, expire_le__gt=maintenant).update(expire_le=maintenant)
    jeton = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        utilisateur=personne, empreinte=_empreinte(jeton), envoyee_par=auteur, expire_le=maintenant + DUREE_INVITATION
    )
    transaction.on_commit(lambda: _envoyer_invitation(invitation, jeton, portail))
    return invitation


def invitation_valable(jeton: str) -> Invitation | None:
    """Returns the invitation of this link while it may still be used."""
    return (
        Invitation.objects.filter(
            empreinte=_empreinte(jeton), utilisee_le=None, expire_le__gt=timezone.now(), utilisateur__is_active=True
        )
        .select_related("utilisateur")
        .first()
    )


@transaction.atomic
def utiliser_invitation(*, jeton: str, mot_de_passe: str) -> Utilisateur:
    """Sets the first password through an invitation; the link works once, even when sent twice at the same time.

    Raises:
        EtatIncompatible: the link was used, replaced, or is over seven days old.
        SaisieInvalide: the password breaks a rule; the link still works.
    """
    empreinte = _empreinte(jeton)
    verrou = Invitation.objects.select_for_update().filter(empreinte=empreinte, utilisee_le=None)
    invitation = verrou.filter(expire_le__gt=timezone.now()).first()
    if invitation is None or not invitation.utilisateur.is_active:
        raise EtatIncompatible(_LIEN_PERDU)
    _donner_mot_de_passe(invitation.utilisateur, mot_de_passe, "Mot de passe choisi par l’invitation")
    invitation.utilisee_le = timezone.now()
    invitation.save(update_fields=["utilisee_le"])
    return invitation.utilisateur


def lien_de_reinitialisation(utilisateur: Utilisateur, portail: Portail) -> str:
    """Returns the address where this person chooses a new password, valid once and one day (S14)."""
    adresse = reverse(
        "mot-de-passe-nouveau",
        args=[urlsafe_base64_encode(force_bytes(utilisateur.pk)), default_token_generator.make_token(utilisateur)],
    )
    return portail.racine + adresse


def personne_du_lien(uid: str, jeton: str) -> Utilisateur | None:
    """Returns the person of a reset link while it may still be used."""
    return _personne_du_lien(uid, jeton, verrou=False)


@transaction.atomic
def reinitialiser(*, uid: str, jeton: str, mot_de_passe: str) -> Utilisateur:
    """Replaces a lost password through a mailed link, which works once.

    Raises:
        EtatIncompatible: the link was used or is over one day old.
        SaisieInvalide: the password breaks a rule; the link still works.
    """
    personne = _personne_du_lien(uid, jeton, verrou=True)
    if personne is None:
        raise EtatIncompatible(_LIEN_PERDU)
    _donner_mot_de_passe(personne, mot_de_passe, "Mot de passe réinitialisé")
    return personne


@transaction.atomic
def changer_mot_de_passe(*, utilisateur: Utilisateur, ancien: str, nouveau: str) -> Utilisateur:
    """Replaces the password of somebody signed in; her other sessions end.

    Raises:
        SaisieInvalide: the old password is not the right one, or the new one breaks a rule.
    """
    personne = Utilisateur.objects.select_for_update().get(pk=utilisateur.pk)
    if not personne.check_password(ancien):
        raise SaisieInvalide({"ancien": "Ce n’est pas votre mot de passe actuel."})
    if ancien == nouveau:
        raise SaisieInvalide({"nouveau": "Choisissez un mot de passe différent de l’actuel."})
    _donner_mot_de_passe(personne, nouveau, "Mot de passe changé")
    return personne


@transaction.atomic
def fermer_sessions(*, utilisateur: Utilisateur) -> Utilisateur:
    """Ends every session of this person; the view keeps the one she is using."""
    personne = Utilisateur.objects.select_for_update().get(pk=utilisateur.pk)
    personne.generation_sessions += 1
    signer(personne, personne, "Sessions fermées")
    personne.save(update_fields=["generation_sessions"])
    return personne


def _donner_mot_de_passe(personne: Utilisateur, mot_de_passe: str, motif: str) -> None:
    try:
        validate_password(mot_de_passe, personne)
    except ValidationError as erreur:
        raise SaisieInvalide({"nouveau": " ".join(erreur.messages)}) from erreur
    personne.set_password(mot_de_passe)
    personne.doit_changer_mot_de_passe = False
    signer(personne, personne, motif)
    personne.save(update_fields=["password", "doit_changer_mot_de_passe"])
    reset(username=personne.identifiant)  # whoever waits after too many tries may sign in at once


def _personne_du_lien(uid: str, jeton: str, *, verrou: bool) -> Utilisateur | None:
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except ValueError:
        return None
    personnes = Utilisateur.objects.select_for_update() if verrou else Utilisateur.objects.all()
    personne = personnes.filter(pk=pk, is_active=True).first()
    return personne if personne and default_token_generator.check_token(personne, jeton) else None


def _envoyer_invitation(invitation: Invitation, jeton: str, portail: Portail) -> None:
    lien = portail.racine + reverse("invitation", args=[jeton])
    echec = envoyer(
        "invitation",
        a=invitation.utilisateur.courriel,
        portail=portail,
        personne=invitation.utilisateur,
        lien=lien,
        expire_le=invitation.expire_le,
    )
    if echec:
        invitation.echec_envoi = echec
        invitation.save(update_fields=["echec_envoi"])


def _empreinte(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()
