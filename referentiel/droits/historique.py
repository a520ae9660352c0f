"""Who did what to an account and its rights, newest first."""

from dataclasses import dataclass
from datetime import datetime

from referentiel.models import Habilitation
from ror.comptes.models import Utilisateur

LIMITE = 50


@dataclass(frozen=True, slots=True)
class Fait:
    """One act.

    Attributes:
        le: when.
        par: name of whoever did it, empty when the portal did.
        phrase: what was done, in French.
    """

    le: datetime
    par: str
    phrase: str


def historique_de(personne: Utilisateur) -> list[Fait]:
    """Returns the newest acts on this account, its grants and its invitations."""
    comptes = personne.history.exclude(history_change_reason=None).select_related("history_user")[:LIMITE]
    droits = (
        Habilitation.history.filter(utilisateur_id=personne.pk)
        .exclude(history_change_reason=None)
        .select_related("history_user", "structure")[:LIMITE]
    )
    invitations = personne.invitations.select_related("envoyee_par")[:LIMITE]
    faits = [Fait(h.history_date, str(h.history_user or ""), h.history_change_reason) for h in comptes]
    faits += [Fait(h.history_date, str(h.history_user or ""), _phrase(h)) for h in droits]
    faits += [
        Fait(i.envoyee_le, str(i.envoyee_par or ""), f"Invitation envoyée à {personne.courriel}") for i in invitations
    ]
    return sorted(faits, key=lambda fait: fait.le, reverse=True)[:LIMITE]


def _phrase(version) -> str:
    droit = Habilitation(
        role=version.role, structure=version.structure, departements=version.departements, groupes=version.groupes
    )
    return f"{version.history_change_reason} : {droit}"
