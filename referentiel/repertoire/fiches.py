"""The rows of the tree that are fiches: children of fiches, EJ of a département, counts of what is below."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet
from django.db.models.expressions import BaseExpression, RawSQL

from ..models import Favori, Structure
from ..niveaux import Niveau
from . import marqueurs
from .noeuds import Noeud, Regard

_RANGS = {niveau.value: rang for rang, niveau in enumerate(Niveau)}


def eg_visibles(regard: Regard) -> QuerySet[Structure]:
    """Returns the establishments whose box is ticked."""
    eg = Structure.objects.filter(niveau=Niveau.EG)
    return eg.exclude(groupe__in=regard.masques) if regard.masques else eg


def enfants(
    parents: Collection[int],
    regard: Regard,
    *,
    parmi: QuerySet[Structure] | None = None,
    plus: Mapping[tuple[str, str], BaseExpression] = MappingProxyType({}),
) -> dict[int, list[tuple]]:
    """Returns, for each of these fiches, the rows of its children, in one query for all.

    Args:
        parents: the fiches.
        regard: who looks.
        parmi: what is kept of them; all when left out.
        plus: (icon, word) → condition of a mark of this branch.
    """
    filles = (Structure.objects.all() if parmi is None else parmi).filter(parent__in=list(parents))
    if regard.masques:
        filles = filles.exclude(niveau=Niveau.EG, groupe__in=regard.masques)
    if regard.cachees:
        filles = filles.exclude(pk__in=regard.cachees)
    lignes: dict[int, list[tuple]] = {pk: [] for pk in parents}
    for parent, *ligne in _lire(filles, regard, plus):
        lignes[parent].append(tuple(ligne))
    for liste in lignes.values():
        liste.sort(key=lambda ligne: _RANGS[ligne[1]])
    return lignes


def _lire(
    structures: QuerySet[Structure],
    regard: Regard,
    plus: Mapping[tuple[str, str], BaseExpression] = MappingProxyType({}),
) -> Iterable[tuple]:
    """Yields (parent, then what `noeud_de` takes) of each fiche, by name."""
    dessous = RawSQL(_SQL_COMPTES, [regard.cachees], output_field=ArrayField(IntegerField()))
    siens = Favori.objects.filter(utilisateur=regard.utilisateur, structure=OuterRef("pk"))
    structures, marques = marqueurs.annoter(structures, regard.utilisateur)
    structures = structures.annotate(dessous=dessous, favori=Exists(siens)).order_by("nom_recherche", "pk")
    portees = [(colonne, (marque.picto, marque.mot)) for colonne, marque in marques]
    for rang, (dite, condition) in enumerate(plus.items()):
        structures = structures.annotate(**{f"plus_{rang}": condition})
        portees.append((f"plus_{rang}", dite))
    for ligne in structures.values_list(*_COLONNES, *(colonne for colonne, _ in portees)):
        fin = len(_COLONNES)
        yield *ligne[:fin], tuple(m for (_, m), oui in zip(portees, ligne[fin:], strict=True) if oui)


_COLONNES = ("parent_id", "pk", "niveau", "nom", "etat", "provisoire", "dessous", "favori")

# Each range is looked up by the index on (tree_id, lft): the whole branch is one query, whatever its size.
_SQL_COMPTES = """(
    SELECT ARRAY[count(*) FILTER (WHERE dessous.niveau = 'UO'), count(*)] FROM referentiel_structure dessous
    WHERE dessous.tree_id = referentiel_structure.tree_id AND dessous.lft > referentiel_structure.lft
        AND dessous.lft < referentiel_structure.rght AND dessous.id <> ALL(%s))"""


def noeud_de(prefixe: str, ligne: tuple, *, precision: str = "") -> Noeud:
    """Returns the node of a row of `enfants`, its key beginning by `prefixe`."""
    pk, niveau, nom, etat, provisoire, (offres, tout), favori, marques = ligne
    return Noeud(
        cle=f"{prefixe}-{pk}",
        niveau=niveau,
        nom=nom,
        nombre=offres,
        compte=Niveau.UO,
        depliable=tout > 0,
        fiche=pk,
        etat=etat,
        provisoire=provisoire,
        favori=favori,
        marques=marques,
        precision=precision,
    )


def lignes_de(
    fiches: Collection[int],
    regard: Regard,
    plus: Mapping[tuple[str, str], BaseExpression] = MappingProxyType({}),
) -> dict[int, tuple]:
    """Returns the rows of these fiches, of those that she may read, in one query; `plus` as in `enfants`."""
    structures = Structure.objects.filter(pk__in=list(fiches)).exclude(pk__in=regard.cachees)
    return {ligne[1]: ligne[1:] for ligne in _lire(structures, regard, plus)}


def ej_qui_ont(eg: QuerySet[Structure], prefixe: str, regard: Regard) -> list[Noeud]:
    """Returns the EJ of these establishments, counted before the join: three times faster than a grouped join."""
    groupes = eg.order_by().values("parent_id").annotate(nombre=Count("pk")).values_list("parent_id", "nombre")
    sql, parametres = groupes.query.sql_with_params()
    with connection.cursor() as curseur:
        curseur.execute(_SQL_EJ.format(eg=sql), [regard.utilisateur.pk, *parametres])
        return [
            Noeud(f"{prefixe}-{pk}", Niveau.EJ, nom, n, Niveau.EG, True, pk, etat, provisoire, favori)
            for pk, nom, etat, provisoire, n, favori in curseur.fetchall()
        ]


_SQL_EJ = """
SELECT ej.id, ej.nom, ej.etat, ej.provisoire, eg.nombre,
    ej.id IN (SELECT structure_id FROM referentiel_favori WHERE utilisateur_id = %s)
FROM ({eg}) eg (parent_id, nombre)
JOIN referentiel_structure ej ON ej.id = eg.parent_id
ORDER BY ej.nom_recherche, ej.id
"""


def compter_dessous(parent: int, cachees: Collection[int] = ()) -> dict[int, Counter]:
    """Returns, for each child of a fiche, how many fiches of each level are below it, in one query.

    Args:
        parent: the fiche.
        cachees: what the reader may not know of, left out of the counts.
    """
    nombres: dict[int, Counter] = defaultdict(Counter)
    with connection.cursor() as curseur:
        curseur.execute(_SQL_DESSOUS, [parent, list(cachees)])
        for enfant, niveau, nombre in curseur.fetchall():
            nombres[enfant][niveau] = nombre
    return nombres


_SQL_DESSOUS = """
SELECT enfant.id, dessous.niveau, count(*) FROM referentiel_structure enfant
JOIN referentiel_structure dessous ON dessous.tree_id = enfant.tree_id
    AND dessous.lft > enfant.lft AND dessous.lft < enfant.rght
WHERE enfant.parent_id = %s AND dessous.id <> ALL(%s) GROUP BY enfant.id, dessous.niveau
"""


def compter_offres(structures: Collection[int], cachees: Collection[int] = ()) -> dict[int, int]:
    """Returns how many offers are below each of these fiches, in one query; those that have none are left out.

    Args:
        structures: the fiches.
        cachees: what the reader may not know of, left out of the counts.
    """
    with connection.cursor() as curseur:
        curseur.execute(_SQL_OFFRES, [list(structures), list(cachees)])
        return dict(curseur.fetchall())


_SQL_OFFRES = """
SELECT haut.id, count(*) FROM referentiel_structure haut
JOIN referentiel_structure offre ON offre.tree_id = haut.tree_id
    AND offre.lft > haut.lft AND offre.lft < haut.rght AND offre.niveau = 'UO'
WHERE haut.id = ANY(%s) AND offre.id <> ALL(%s) GROUP BY haut.id
"""
