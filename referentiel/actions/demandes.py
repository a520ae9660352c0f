"""Asking the support to correct what FINESS owns, and its answer (S91–S94)."""

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide

from ..champs import champs_de
from ..models import DemandeCorrection, Structure
from ..permissions import Action, exiger


@transaction.atomic
def demander_correction(
    *, structure_id: int, auteur, champ: str, valeur_actuelle: str, valeur_proposee: str, message: str
) -> DemandeCorrection:
    """Queues a request for the support; whoever reads a fiche may say that it is wrong (S22).

    Args:
        structure_id: the fiche.
        auteur: who asks.
        champ: a FINESS-owned field or `DemandeCorrection.ADRESSE`.
        valeur_actuelle: the text she saw.
        valeur_proposee: the text it should be.
        message: her reason.

    Raises:
        DroitManquant: nobody is signed in.
        SaisieInvalide: nothing is asked, or this field is not corrected by the support.
    """
    if not auteur.is_authenticated:
        raise DroitManquant("Connectez-vous pour continuer.")
    structure = Structure.objects.get(pk=structure_id)
    connu = champs_de(structure.type_niveau).get(champ)
    if champ != DemandeCorrection.ADRESSE and not (connu and connu.finess):
        raise SaisieInvalide({"champ": "Ce champ se modifie directement sur la fiche."})
    valeur_proposee, message = valeur_proposee.strip(), message.strip()
    if not valeur_proposee and not message:
        raise SaisieInvalide({"valeur_proposee": "Donnez la valeur proposée, ou expliquez l’erreur dans le message."})
    if valeur_proposee and valeur_proposee == valeur_actuelle:
        raise SaisieInvalide({"valeur_proposee": "Cette valeur est déjà celle de la fiche."})
    return DemandeCorrection.objects.create(
        structure=structure,
        champ=champ,
        valeur_actuelle=valeur_actuelle,
        valeur_proposee=valeur_proposee,
        message=message,
        auteur=auteur,
    )


@transaction.atomic
def repondre_demande(*, demande_id: int, auteur, etat: str, reponse: str) -> DemandeCorrection:
    """Closes a request, done or without follow-up, with the support's answer.

    Raises:
        DroitManquant: she does not correct FINESS data there.
        EtatIncompatible: somebody answered meanwhile.
        SaisieInvalide: a request left without follow-up needs its reason.
    """
    demande = DemandeCorrection.objects.select_for_update().get(pk=demande_id)
    exiger(auteur, Action.CORRIGER_FINESS, demande.structure)
    if demande.etat != DemandeCorrection.Etat.NOUVELLE:
        raise EtatIncompatible(f"{demande.traitee_par} a déjà répondu à cette demande.")
    if etat not in (DemandeCorrection.Etat.TRAITEE, DemandeCorrection.Etat.SANS_SUITE):
        raise SaisieInvalide({"etat": "Choisissez «\u00a0Traitée\u00a0» ou «\u00a0Sans suite\u00a0»."})
    if etat == DemandeCorrection.Etat.SANS_SUITE and not reponse.strip():
        raise SaisieInvalide({"reponse": "Dites pourquoi la demande reste sans suite."})
    demande.etat, demande.reponse = etat, reponse.strip()
    demande.traitee_par, demande.traitee_le = auteur, timezone.now()
    demande.save()
    return demande
