"""What each right means, in the words of the guides: read by applicants, managers and the persons themselves."""

from collections.abc import Iterable

from referentiel.models import Role
from referentiel.permissions import ACTIONS, Action

DEFINITIONS: dict[str, str] = {
    Role.LECTEUR: "Consulter tous les établissements et tous les niveaux du Répertoire.",
    Role.REFERENT: (
        "Possibilité de modifier les informations contenues dans le ROR. "
        "Pour les référents ROR et les responsables offre de structure."
    ),
    Role.DIRECTION: (
        "Possibilité de modifier et de valider les informations contenues dans le ROR. "
        "Pour les Directeurs d’établissements et le Responsable ROR."
    ),
    Role.GESTIONNAIRE: "Validation finale des dossiers, suivi de FINESS et comptes, sur un territoire.",
    Role.TUTELLE: "Validation finale des dossiers par l’autorité de tutelle, dans ses départements.",
    Role.SUPPORT: "Aide aux utilisateurs : comptes, données FINESS, fiches.",
    Role.ADMINISTRATEUR: "Tous les droits, textes de la région compris.",
}


def actes_permis(role: str) -> list[str]:
    """Returns what a right allows, act by act, reading first."""
    return ["consulter toutes les fiches", *(action.value for action in Action if action in ACTIONS[role])]


def choix_expliques(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Returns the choices of a form: right, and its name with its definition."""
    return [(role, f"{Role(role).label} : {DEFINITIONS[role]}") for role in roles]
