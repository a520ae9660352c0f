"""Opening accounts and looking after them: the acts of the support and of the managers (S11, S12, S15)."""

from collections.abc import Sequence

from django.db import transaction

from ror.commun.erreurs import DroitManquant, EtatIncompatible
from ror.commun.traces import signer
from ror.comptes.actions import creer_utilisateur, inviter
from ror.comptes.courriels import Portail, envoyer
from ror.comptes.inactivite import relancer
from ror.comptes.models import AvisInactivite, Invitation, Utilisateur

from ..permissions import Action, exiger, refus_gerer
from .habilitations import accorder


@transaction.atomic
def ouvrir_compte(
    *,
    auteur: Utilisateur,
    prenom: str,
    nom: str,
    courriel: str,
    telephone: str = "",
    role: str,
    structure_id: int | None = None,
    departements: Sequence[str] = (),
    groupes: Sequence[str] = (),
    portail: Portail,
) -> Utilisateur:
    """Opens an account with its first right and mails the invitation: all of it, or nothing.

    Raises:
        DroitManquant: the manager may not open accounts, or not give this right here.
        SaisieInvalide: the right lacks its structure.
    """
    exiger(auteur, Action.GERER_COMPTES)
    personne = creer_utilisateur(auteur=auteur, prenom=prenom, nom=nom, courriel=courriel, telephone=telephone)
    accorder(
        auteur=auteur,
        personne_id=personne.pk,
        role=role,
        structure_id=structure_id,
        departements=departements,
        groupes=groupes,
    )
    inviter(utilisateur=personne, auteur=auteur, portail=portail)
    return personne


@transaction.atomic
def modifier_personne(
    *, auteur: Utilisateur, personne_id: int, prenom: str, nom: str, courriel: str, telephone: str, portail: Portail
) -> Utilisateur:
    """Corrects who a person is; the identifiant stays. A new mail address is told to the old one.

    Raises:
        DroitManquant: the manager may not manage this account.
    """
    personne = _verrouiller(auteur, personne_id)
    ancien = personne.courriel
    personne.prenom, personne.nom = prenom.strip(), nom.strip()
    personne.courriel, personne.telephone = courriel.strip(), telephone.strip()
    _tracer(personne, auteur, "Identité corrigée")
    if ancien.lower() != personne.courriel.lower():
        transaction.on_commit(lambda: envoyer("courriel_change", a=ancien, portail=portail, personne=personne))
    return personne


@transaction.atomic
def renvoyer_invitation(*, auteur: Utilisateur, personne_id: int, portail: Portail) -> Invitation:
    """Mails a new link to choose a password; the former links no longer work.

    Raises:
        DroitManquant: the manager may not manage this account.
        EtatIncompatible: the account is deactivated.
    """
    return inviter(utilisateur=_verrouiller(auteur, personne_id), auteur=auteur, portail=portail)


@transaction.atomic
def relancer_inactif(*, auteur: Utilisateur, personne_id: int, portail: Portail) -> AvisInactivite:
    """« Relancer » somebody who has not signed in for a year (B44).

    Raises:
        DroitManquant: the manager may not manage this account.
        EtatIncompatible: the account is closed or in use, or was written to less than a week ago.
    """
    return relancer(personne=_verrouiller(auteur, personne_id), auteur=auteur, portail=portail)


@transaction.atomic
def desactiver(*, auteur: Utilisateur, personne_id: int, motif: str) -> Utilisateur:
    """Closes an account: its sessions end, nobody signs in with it; its rights and its traces stay.

    Raises:
        DroitManquant: the manager may not manage this account.
        EtatIncompatible: it is already deactivated.
    """
    personne = _verrouiller(auteur, personne_id)
    if not personne.is_active:
        raise EtatIncompatible(f"Le compte de {personne} est déjà désactivé.")
    personne.is_active = False
    _tracer(personne, auteur, f"Compte désactivé : {motif}")
    return personne


@transaction.atomic
def reactiver(*, auteur: Utilisateur, personne_id: int) -> Utilisateur:
    """Opens a deactivated account again, with the rights that are not over.

    Raises:
        DroitManquant: the manager may not manage this account.
        EtatIncompatible: it is active.
    """
    personne = _verrouiller(auteur, personne_id)
    if personne.is_active:
        raise EtatIncompatible(f"Le compte de {personne} est déjà actif.")
    personne.is_active = True
    personne.generation_sessions += 1
    _tracer(personne, auteur, "Compte réactivé")
    return personne


def _verrouiller(auteur: Utilisateur, personne_id: int) -> Utilisateur:
    personne = Utilisateur.objects.select_for_update(no_key=True).get(pk=personne_id)
    motif = refus_gerer(auteur, personne)
    if motif:
        raise DroitManquant(motif)
    return personne


def _tracer(personne: Utilisateur, auteur: Utilisateur, motif: str) -> None:
    signer(personne, auteur, motif)
    personne.save()
