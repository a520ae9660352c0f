"""The filters of a search as they are shown: values with their label, their count and their tick."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .. import departements
from ..models import Code
from ..models.structure import Etat, Groupe
from ..niveaux import Niveau
from .criteres import Criteres, Facette, Fraicheur
from .filtres import MARQUES
from .mots import Lexique

LISTES = {
    Facette.CATEGORIE: "FINESS_CATEGORIE",
    Facette.TYPE: "TRE_R244",
    Facette.PUBLIC: "JDV_J29",
    Facette.MODE: "JDV_J19",
}
"""Facets whose labels are those of a code list."""

LIBELLES: Mapping[Facette, Mapping[str, str]] = {
    Facette.GROUPE: {g.value: g.value if g.value == g.label else f"{g.value}, {g.label.lower()}" for g in Groupe},
    Facette.NIVEAU: {n.value: n.nom for n in Niveau},
    Facette.ETAT: {e.value: e.label for e in Etat},
    Facette.FRAICHEUR: {f.value: f.libelle for f in Fraicheur},
    Facette.DEPARTEMENT: {code: f"{code} {nom}" for code, nom in departements.NOMS.items()},
}
"""Facets whose labels are known; the first three keep the order of their values."""

ORDONNEES = (Facette.GROUPE, Facette.NIVEAU, Facette.ETAT, Facette.FRAICHEUR)


@dataclass(frozen=True, slots=True)
class ValeurFacette:
    """One value of a filter; its number says nothing when too many fiches answer to be counted."""

    valeur: str
    libelle: str
    nombre: int
    cochee: bool


def lire_facettes(
    criteres: Criteres,
    nombres: Iterable[tuple[str, str, int]],
    partielles: Collection[Facette],
    lexique: Lexique,
) -> dict[Facette, list[ValeurFacette]]:
    """Returns the filters that have at least two values, or a ticked one; one query for the labels.

    Args:
        criteres: what is asked.
        nombres: how many fiches each value of each facet has.
        partielles: those that are not counted: they offer all the values there are.
        lexique: the marks of the index.
    """
    par_facette: dict[Facette, dict[str, int]] = defaultdict(dict)
    for nom, valeur, nombre in nombres:
        if valeur:
            par_facette[Facette(nom)][valeur] = nombre
    for facette in partielles:
        toutes = lexique.valeurs(MARQUES[facette]) if facette in MARQUES else LIBELLES[facette]
        par_facette[facette] |= dict.fromkeys(toutes, 0)
    for facette, valeurs in criteres.facettes.items():
        for valeur in valeurs:
            par_facette[facette].setdefault(valeur, 0)
    libelles = _libelles({f: valeurs for f, valeurs in par_facette.items() if f in LISTES})
    facettes = {}
    for facette in Facette:
        valeurs = [
            ValeurFacette(v, _libelle(facette, v, libelles) or v, n, v in criteres.facettes.get(facette, ()))
            for v, n in par_facette.get(facette, {}).items()
        ]
        if len(valeurs) > 1 or any(v.cochee for v in valeurs):
            facettes[facette] = _ranger(facette, valeurs)
    return facettes


def libelles_coches(*recherches: Criteres) -> dict[tuple[Facette, str], str]:
    """(facet, value) → label of what these searches tick, the value itself when no list knows it; one query."""
    connus = libelles_connus(*recherches)
    return {(f, v): connus.get((f, v), v) for f, valeurs in _coches(recherches).items() for v in valeurs}


def libelles_connus(*recherches: Criteres) -> dict[tuple[Facette, str], str]:
    """(facet, value) → label of what these searches tick and that is in a list; one query."""
    coches = _coches(recherches)
    libelles = _libelles({f: v for f, v in coches.items() if f in LISTES})
    lus = {(f, v): _libelle(f, v, libelles) for f, valeurs in coches.items() for v in valeurs}
    return {cle: libelle for cle, libelle in lus.items() if libelle is not None}


def _coches(recherches: Iterable[Criteres]) -> dict[Facette, list[str]]:
    """What they tick, each value once, in the order it is met."""
    coches: dict[Facette, dict[str, None]] = defaultdict(dict)
    for criteres in recherches:
        for facette, valeurs in criteres.facettes.items():
            coches[facette] |= dict.fromkeys(valeurs)
    return {facette: list(valeurs) for facette, valeurs in coches.items()}


def _libelle(facette: Facette, valeur: str, codes: Mapping[tuple[str, str], str]) -> str | None:
    return codes.get((LISTES[facette], valeur)) if facette in LISTES else LIBELLES[facette].get(valeur)


def _libelles(valeurs: Mapping[Facette, Iterable[str]]) -> dict[tuple[str, str], str]:
    if not valeurs:
        return {}
    voulus = {valeur for groupe in valeurs.values() for valeur in groupe}
    codes = Code.objects.filter(nomenclature__identifiant__in=[LISTES[f] for f in valeurs], code__in=voulus)
    lignes = codes.values_list("nomenclature__identifiant", "code", "libelle").order_by("pk")
    return {(liste, code): libelle for liste, code, libelle in lignes}


def _ranger(facette: Facette, valeurs: list[ValeurFacette]) -> list[ValeurFacette]:
    """The ticked first, then the most frequent; short lists keep their own order."""
    if facette in ORDONNEES:
        ordre = list(LIBELLES[facette])
        return sorted(valeurs, key=lambda v: (ordre.index(v.valeur) if v.valeur in ordre else len(ordre), v.valeur))
    return sorted(valeurs, key=lambda v: (not v.cochee, -v.nombre, v.libelle))
