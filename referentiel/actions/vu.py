"""What a person had before her eyes when she validated: nothing unseen is broadcast, nothing is broadcast twice."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Self

from django.utils.formats import date_format

from ror.commun.erreurs import EtatIncompatible

from .. import fiches
from ..models import Modification, Structure
from ..niveaux import Niveau

Etat = Modification.Etat


class DejaFait(EtatIncompatible):
    """The same validation was sent twice: what it asked is done, and done once."""


@dataclass(frozen=True, slots=True)
class EtatVu:
    """What a person had before her eyes when she validated, so that nothing unseen is broadcast in her name.

    Attributes:
        version: version of the published fiche.
        modification: key of the waiting modification, None without any.
        modifiee_le: when it was last changed (ISO).
        relue_le: when the offer was last re-read (ISO).
    """

    version: int
    modification: int | None
    modifiee_le: str | None
    relue_le: str | None

    @classmethod
    def de(cls, structure: Structure, modification: Modification | None) -> Self:
        """The state of a fiche and of its waiting changes now."""
        relue_le = fiches.detail_de(structure).relue_le if structure.niveau == Niveau.UO else None
        return cls(
            version=structure.version,
            modification=modification.pk if modification else None,
            modifiee_le=modification.modifiee_le.isoformat() if modification else None,
            relue_le=relue_le.isoformat() if relue_le else None,
        )

    def montrait(self, modification: Modification) -> bool:
        """Tells whether the page showed this modification as it is now."""
        return (self.modification, self.modifiee_le) == (modification.pk, modification.modifiee_le.isoformat())

    def en_json(self) -> dict[str, int | str | None]:
        """The form that travels with the page, signed."""
        return asdict(self)

    @classmethod
    def depuis_json(cls, donnees: Mapping[str, int | str | None]) -> Self:
        """The state told by `en_json`; `TypeError` when a part is missing."""
        return cls(**donnees)  # type: ignore[arg-type]


def controler_vu(vu: EtatVu, structure: Structure, modification: Modification | None) -> None:
    """Refuses to broadcast what was not shown, in the words of what happened since.

    Raises:
        DejaFait: the same validation was received already.
        EtatIncompatible: the fiche or its waiting changes are not what was shown.
    """
    actuel = EtatVu.de(structure, modification)
    if vu == actuel:
        return
    if vu.modification is not None and vu.modification != actuel.modification:
        _dire_le_sort(
            Modification.objects.filter(pk=vu.modification).select_related("validee_par", "annulee_par").first()
        )
    if (vu.modification, vu.modifiee_le) != (actuel.modification, actuel.modifiee_le):
        derniers = sorted(modification.changements.all(), key=lambda c: c.modifie_le) if modification else []
        qui = str(derniers[-1].auteur) if derniers else "Quelqu’un"
        raise EtatIncompatible(
            f"{qui} a enregistré d’autres modifications depuis l’affichage de cette page. Relisez-les avant de valider."
        )
    if vu.version == actuel.version:
        qui = fiches.detail_de(structure).relue_par
        raise DejaFait(f"L’offre est déjà relue et validée par {qui or 'une autre personne'}.")
    raise EtatIncompatible("La fiche a changé depuis l’affichage de cette page. Relisez-la avant de valider.")


def _dire_le_sort(modification: Modification | None) -> None:
    """Raises with what became of the changes that the page showed."""
    if modification is None:
        raise EtatIncompatible("Les modifications affichées ont été retirées depuis. Relisez avant de valider.")
    if modification.etat == Etat.ANNULEE:
        raise EtatIncompatible(
            f"{modification.annulee_par} a abandonné ces modifications entre-temps. Relisez avant de valider."
        )
    suite = {
        Etat.PUBLIEE: "et diffusées",
        Etat.PROGRAMMEE: f"et seront diffusées le {_jour(modification.date_effet)}",
        Etat.A_ARBITRER: "et attendent un choix",
    }[Etat(modification.etat)]
    raise DejaFait(f"Ces modifications sont déjà validées par {modification.validee_par} {suite}.")


def _jour(jour: date | datetime | None) -> str:
    return date_format(jour, "j F Y") if jour else ""
