"""Requests for an access: sent by anybody, decided once by the support or a manager (S11)."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide
from ror.comptes.courriels import Portail, envoyer
from ror.comptes.models import Utilisateur

from ..models import DemandeAcces, Role
from ..permissions import Action, exiger
from .habilitations import accorder
from .personnes import ouvrir_compte

ROLES_DEMANDABLES = (Role.REFERENT, Role.DIRECTION)
"""The two rights the guides offer to applicants (S16, S17)."""


@transaction.atomic
def deposer_demande(
    *,
    prenom: str,
    nom: str,
    courriel: str,
    telephone: str,
    fonction: str,
    role: str,
    structure_id: int | None,
    etablissement: str,
    message: str,
    portail: Portail,
) -> DemandeAcces:
    """Queues a request for an account or a right, and acknowledges it by mail.

    Args:
        prenom, nom, courriel, telephone, fonction: who asks.
        role: Référent or Direction.
        structure_id: the establishment chosen in the list; None when it was not found.
        etablissement: the establishment as it was typed.
        message: anything the applicant adds.
        portail: where the mail comes from.

    Raises:
        SaisieInvalide: another right than these two, or no establishment at all.
    """
    if role not in ROLES_DEMANDABLES:
        raise SaisieInvalide({"role": "Choisissez Référent ou Direction."})
    if not structure_id and not etablissement.strip():
        raise SaisieInvalide({"etablissement": "Indiquez votre établissement : son nom ou son n° FINESS."})
    demande = DemandeAcces.objects.create(
        prenom=prenom.strip(),
        nom=nom.strip(),
        courriel=courriel.strip(),
        telephone=telephone.strip(),
        fonction=fonction.strip(),
        role=role,
        structure_id=structure_id,
        etablissement=etablissement.strip(),
        message=message.strip(),
    )
    transaction.on_commit(lambda: envoyer("demande_recue", a=demande.courriel, portail=portail, demande=demande))
    return demande


@transaction.atomic
def accepter_demande(
    *,
    auteur: Utilisateur,
    demande_id: int,
    role: str,
    structure_id: int | None,
    personne_id: int | None,
    portail: Portail,
) -> Utilisateur:
    """Gives the right asked for: to a new account, which is invited, or to an account the person already has.

    Args:
        auteur: the manager.
        demande_id: the request.
        role: the right given, which may differ from the one asked for.
        structure_id: the establishment, checked by the manager.
        personne_id: an existing account; None opens one.
        portail: where the mail comes from.

    Raises:
        DroitManquant: the manager may not decide this request, or not give this right here.
        EtatIncompatible: somebody has already decided it.
        SaisieInvalide: no structure.
    """
    demande = _verrouiller(auteur, demande_id)
    if personne_id is None:
        personne = ouvrir_compte(
            auteur=auteur,
            prenom=demande.prenom,
            nom=demande.nom,
            courriel=demande.courriel,
            telephone=demande.telephone,
            role=role,
            structure_id=structure_id,
            portail=portail,
        )
    else:
        droit = accorder(auteur=auteur, personne_id=personne_id, role=role, structure_id=structure_id, portail=portail)
        personne = droit.utilisateur
    demande.structure_id, demande.utilisateur = structure_id, personne
    _clore(demande, auteur, DemandeAcces.Etat.ACCEPTEE)
    return personne


@transaction.atomic
def ecarter_demande(*, auteur: Utilisateur, demande_id: int, motif: str, portail: Portail) -> DemandeAcces:
    """Closes a request without giving anything; the reason is mailed to the applicant.

    Raises:
        DroitManquant: the manager may not decide this request.
        EtatIncompatible: somebody has already decided it.
        SaisieInvalide: no reason.
    """
    demande = _verrouiller(auteur, demande_id)
    if not motif.strip():
        raise SaisieInvalide({"motif": "Écrivez la raison : elle est envoyée à la personne."})
    demande.motif = motif.strip()
    _clore(demande, auteur, DemandeAcces.Etat.ECARTEE)
    transaction.on_commit(lambda: envoyer("demande_ecartee", a=demande.courriel, portail=portail, demande=demande))
    return demande


def _verrouiller(auteur: Utilisateur, demande_id: int) -> DemandeAcces:
    exiger(auteur, Action.GERER_COMPTES)
    demande = DemandeAcces.objects.select_for_update(of=("self",)).get(pk=demande_id)
    if not DemandeAcces.objects.traitables_par(auteur).filter(pk=demande_id).exists():
        raise DroitManquant("Cette demande porte sur une structure hors de votre périmètre.")
    if demande.etat != DemandeAcces.Etat.NOUVELLE:
        quand = date_format(timezone.localtime(demande.traitee_le), "j F Y à H:i")
        raise EtatIncompatible(
            f"Cette demande a déjà été traitée par {demande.traitee_par or 'un compte supprimé'} le {quand} : "
            f"{demande.get_etat_display()}. Rien n’a été fait une seconde fois."
        )
    return demande


def _clore(demande: DemandeAcces, auteur: Utilisateur, etat: str) -> None:
    demande.etat, demande.traitee_par, demande.traitee_le = etat, auteur, timezone.now()
    demande.save()
