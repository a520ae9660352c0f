"""What the national rules ask to check on an offer, as its editors read it: each point leads to its field (B31)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from .champs import champs_de
from .changements import Fiche
from .lieux import adresse_capacitaire, lieu_principal
from .models import Structure
from .niveaux import Niveau
from .qualite.constats import constats_offre
from .qualite.regles import REGLES, Constat, a_verifier


@dataclass(frozen=True, slots=True)
class Point:
    """One broken rule.

    Attributes:
        constat: the rule and what it finds.
        adresse: where the field to correct is typed, "" when none is typed in the fiche.
        libelle: name of that field.
    """

    constat: Constat
    adresse: str
    libelle: str


def points_de(structure: Structure, valeurs: Fiche, ancetres: Sequence[Structure] | None = None) -> list[Point]:
    """Returns what is to be checked on an offer as `valeurs` tell it, blocking points first; nothing on other fiches.

    Args:
        structure: the fiche.
        valeurs: its values as its editors see them, what waits laid over what is published.
        ancetres: the nodes above it with their detail, when the caller has them.
    """
    if structure.niveau != Niveau.UO:
        return []
    return [_point(structure, constat) for constat in a_verifier(constats_offre(structure, valeurs, ancetres))]


def _point(structure: Structure, constat: Constat) -> Point:
    if constat.regle is REGLES["CP6"] and (lieu := lieu_principal(structure.pk)):
        return Point(constat, adresse_capacitaire(lieu), "Capacitaire")
    champ = champs_de(Niveau.UO).get(constat.champ)
    if champ is None:
        return Point(constat, "", "")
    adresse = reverse("fiche-section", args=[structure.pk, champ.section])
    return Point(constat, f"{adresse}#id_{champ.nom}", champ.libelle)
