"""Giving and taking back rights (S11, S16–S21). Each act keeps who did it in the history of the grant."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide
from ror.commun.traces import signer
from ror.comptes.courriels import Portail, envoyer
from ror.comptes.models import Utilisateur

from ..models import Habilitation, Role, Structure
from ..permissions import refus_accorder


@transaction.atomic
def accorder(
    *,
    auteur: Utilisateur,
    personne_id: int,
    role: str,
    structure_id: int | None = None,
    departements: Sequence[str] = (),
    groupes: Sequence[str] = (),
    fin: date | None = None,
    portail: Portail | None = None,
) -> Habilitation:
    """Gives a right on a node and all below it, or on a territory.

    Args:
        auteur: the manager.
        personne_id: who receives the right.
        role: the right (`Role`).
        structure_id: the node; None for a right on a territory.
        departements: codes; empty means all.
        groupes: codes of groups; empty means all.
        fin: its last day, if known.
        portail: given, the person is told by mail.

    Raises:
        DroitManquant: the manager may not give this right here.
        SaisieInvalide: a right of structure without structure, both at once, or a last day already over.
        EtatIncompatible: the person already has this very right, or her account is deactivated.
    """
    personne = Utilisateur.objects.select_for_update(no_key=True).get(pk=personne_id)
    structure = Structure.objects.get(pk=structure_id) if structure_id else None
    _controler(role, structure, departements, groupes, fin)
    _exiger(auteur, personne, role, structure, departements, groupes)
    if not personne.is_active:
        raise EtatIncompatible(f"Le compte de {personne} est désactivé : réactivez-le d’abord.")
    droit = Habilitation(
        utilisateur=personne,
        role=role,
        structure=structure,
        departements=sorted(departements),
        groupes=sorted(groupes),
        fin=fin,
        accordee_par=auteur,
    )
    _exiger_nouveau(droit)
    signer(droit, auteur, "Droit accordé")
    droit.save()
    if portail is not None:
        transaction.on_commit(lambda: envoyer("droit", a=personne.courriel, portail=portail, droit=droit))
    return droit


@transaction.atomic
def terminer(*, auteur: Utilisateur, habilitation_id: int, dernier_jour: date | None = None) -> Habilitation:
    """Ends a right, at once or after its last day.

    Args:
        auteur: the manager.
        habilitation_id: the grant.
        dernier_jour: last day on which it holds; None ends it now.

    Raises:
        DroitManquant: the manager could not give this right, so she may not take it back.
        EtatIncompatible: the right is already over.
        SaisieInvalide: the last day is over.
    """
    droit = (
        Habilitation.objects.select_for_update(of=("self",))
        .select_related("utilisateur", "structure")
        .get(pk=habilitation_id)
    )
    _exiger(auteur, droit.utilisateur, droit.role, droit.structure, droit.departements, droit.groupes)
    if droit.terminee:
        raise EtatIncompatible(f"Ce droit s’est déjà terminé le {droit.fin:%d/%m/%Y}.")
    if dernier_jour is not None and dernier_jour < timezone.localdate():
        raise SaisieInvalide({"dernier_jour": "Le dernier jour est déjà passé : choisissez aujourd’hui ou plus tard."})
    droit.fin = dernier_jour or timezone.localdate() - timedelta(days=1)
    signer(droit, auteur, "Fin du droit fixée" if dernier_jour else "Droit retiré")
    droit.save()
    return droit


def _controler(role: str, structure: Structure | None, departements, groupes, fin: date | None) -> None:
    if structure is None and role in (Role.REFERENT, Role.DIRECTION):
        raise SaisieInvalide({"structure": f"Choisissez la structure sur laquelle porte le droit {Role(role).label}."})
    if structure is not None and (departements or groupes):
        raise SaisieInvalide({"structure": "Choisissez une structure ou un territoire, pas les deux."})
    if fin is not None and fin < timezone.localdate():
        raise SaisieInvalide({"fin": "Le dernier jour est déjà passé : choisissez aujourd’hui ou plus tard."})


def _exiger(auteur, personne, role: str, structure: Structure | None, departements, groupes) -> None:
    motif = refus_accorder(auteur, personne, role, structure, departements, groupes)
    if motif:
        raise DroitManquant(motif)


def _exiger_nouveau(droit: Habilitation) -> None:
    """Refuses a second right identical to one that is not over; the person's row is locked."""
    if (
        Habilitation.objects.non_terminees()
        .filter(
            utilisateur=droit.utilisateur,
            role=droit.role,
            structure=droit.structure,
            departements=droit.departements,
            groupes=droit.groupes,
        )
        .exists()
    ):
        raise EtatIncompatible(
            f"{droit.utilisateur} a déjà le droit {droit.get_role_display()} sur ce périmètre : {droit.perimetre}."
        )
