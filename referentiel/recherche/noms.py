"""Finding a fiche by the words of its name or its FINESS number, among those a screen chooses; the ways to fiches."""

import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, IntegerField, QuerySet, Value, When

from ror.commun.texte import normaliser

from ..models import Structure
from ..models.structure import Etat
from ..niveaux import Niveau

LIMITE = 50
_FINESS = re.compile(r"\d[\dAB][\d ]*", re.IGNORECASE)


RANG_NIVEAU = Case(*(When(niveau=n, then=Value(rang)) for rang, n in enumerate(Niveau)), output_field=IntegerField())
"""Orders fiches from the top level down."""


@dataclass(frozen=True, slots=True)
class Resultat:
    """A fiche found.

    Attributes:
        structure: the fiche.
        chemin: what is above it, from the EJ down.
        groupe: group of its EG, empty when it has none.
    """

    structure: Structure
    chemin: list[Structure]
    groupe: str


def filtrer(structures: QuerySet, texte: str) -> QuerySet:
    """Keeps the fiches whose name has, for each word typed, a word beginning with it, or whose FINESS number does."""
    texte = texte.strip()
    if _FINESS.fullmatch(texte):
        return structures.filter(numero_finess__startswith=texte.replace(" ", "").upper())
    mots = normaliser(texte).split()
    if not mots:
        return structures.none()
    requete = SearchQuery(" & ".join(f"{mot}:*" for mot in mots), config="simple", search_type="raw")
    return structures.alias(mots=SearchVector("nom_recherche", config="simple")).filter(mots=requete)


def chercher(texte: str, limite: int = LIMITE, parmi: QuerySet | None = None) -> tuple[list[Resultat], bool]:
    """Returns the first fiches found, the highest levels first, each with its way, in two queries.

    Args:
        texte: words or figures as typed.
        limite: how many at most.
        parmi: the fiches among which to look; all when left out.

    Returns:
        The results, and whether there are more.
    """
    structures = Structure.objects.all() if parmi is None else parmi
    trouvees = list(filtrer(structures, texte).order_by(RANG_NIVEAU, "nom_recherche", "pk")[: limite + 1])
    encore, trouvees = len(trouvees) > limite, trouvees[:limite]
    chemins = chemins_de(trouvees)
    resultats = []
    for structure in trouvees:
        chemin = chemins[structure.pk]
        groupe = next((s.groupe for s in [*chemin, structure] if s.niveau == Niveau.EG), "")
        resultats.append(Resultat(structure, chemin, groupe))
    return resultats, encore


def chercher_etablissements(texte: str, limite: int = 20) -> tuple[list[Structure], bool]:
    """Returns the establishments (EG) found that are not closed for good, with their legal entity, in two queries.

    Args:
        texte: words of the name, or first figures of the FINESS number.
        limite: how many at most.

    Returns:
        The establishments in alphabetical order, and whether there are more.
    """
    ouverts = Structure.objects.filter(niveau=Niveau.EG).exclude(etat=Etat.FERMEE)
    trouves = filtrer(ouverts, texte).select_related("parent", "entite_geographique").order_by("nom_recherche", "pk")
    liste = list(trouves[: limite + 1])
    return liste[:limite], len(liste) > limite


def chemins_de(structures: list[Structure]) -> dict[int, list[Structure]]:
    """Returns pk → ancestors from the EJ down, in one query for all."""
    chemins: dict[int, list[Structure]] = {s.pk: [] for s in structures}
    for ancetre in Structure.objects.raw(_SQL_ANCETRES, [list(chemins)]):
        chemins[ancetre.descendante].append(ancetre)
    return chemins


_SQL_ANCETRES = """
WITH RECURSIVE lignee AS (
    SELECT id AS descendante, parent_id FROM referentiel_structure WHERE id = ANY(%s)
    UNION ALL
    SELECT l.descendante, s.parent_id FROM lignee l JOIN referentiel_structure s ON s.id = l.parent_id
)
SELECT a.*, l.descendante FROM lignee l JOIN referentiel_structure a ON a.id = l.parent_id ORDER BY a.level
"""
"""Climbs from parent to parent, six levels at most: the cost does not follow the size of the trees."""
