"""What the address of « Modifications à venir » asks, for the page and for its export."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from .. import echeances
from ..models import Structure
from .filtres import FiltreEcheancesForm


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown.

    Attributes:
        structures: the fiches.
        form: the filters, bound.
        criteres: what is asked and understood.
    """

    structures: QuerySet[Structure]
    form: FiltreEcheancesForm
    criteres: dict

    @property
    def auteur(self) -> int | None:
        return int(self.criteres["auteur"]) if self.criteres.get("auteur") else None

    @property
    def reperes(self) -> QuerySet:
        """All that is to come on these fiches, within the filters."""
        return echeances.reperes(
            self.structures, auteur=self.auteur, du=self.criteres.get("du"), au=self.criteres.get("au")
        )


def selectionner(utilisateur, parametres: Mapping[str, str], racine: Structure | None = None) -> Selection:
    """Returns what this person may edit and this address keeps, within `racine` and what is below it when given."""
    structures = echeances.perimetre(utilisateur, racine)
    etablissements = echeances.etablissements_concernes(structures).values_list("pk", "nom")
    form = FiltreEcheancesForm(
        parametres,
        etablissements=[(str(pk), nom) for pk, nom in etablissements],
        auteurs=[(str(pk), f"{prenom} {nom}") for pk, prenom, nom in echeances.auteurs_concernes(structures)],
    )
    criteres = form.criteres
    if criteres.get("eg"):
        structures = echeances.perimetre(utilisateur, Structure.objects.get(pk=criteres["eg"]))
    return Selection(structures, form, criteres)
