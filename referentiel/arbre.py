"""The only module that writes the structure of the tree: parent, lft, rght, tree_id, level.

django-mptt silently corrupts its numbers when several writers touch one tree. Here every write locks the root of each
tree concerned, re-reads the nodes, then writes; the database refuses a duplicated number at commit. One tree per EJ.
`parent` is the truth: `reparer` recomputes the numbers of a tree from it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max
from simple_history.utils import bulk_create_with_history

from ror.commun.erreurs import StructureInvalide
from ror.commun.texte import normaliser

from .derives import rafraichir
from .models import Structure
from .niveaux import Niveau, refus_de_parent

_VERROU_RACINES = 724_301
"""Advisory lock taken to create a root: two writers must not choose the same tree_id."""

_LOT_ARBRES = 5_000


@dataclass(frozen=True, slots=True)
class Anomalie:
    """One fault found in a tree.

    Attributes:
        tree_id: the tree.
        message: what is wrong, in French.
    """

    tree_id: int
    message: str


@transaction.atomic
def inserer(*, structure: Structure, parent: Structure | None = None) -> Structure:
    """Saves a new node as the last child of `parent`, whose département and group it takes, or as a new root (EJ).

    The caller writes its detail, then calls `derives.rafraichir`: before, there is nothing to compute.

    Raises:
        StructureInvalide: the level of `parent` does not admit this one (S63–S65).
    """
    structure.nom_recherche = normaliser(structure.nom)
    if parent is None:
        _exiger_parent(structure.niveau, None)
        _verrouiller_racines()
        structure.parent = None
    else:
        verrouiller_arbres([parent.pk])
        parent = Structure.objects.get(pk=parent.pk)
        _exiger_parent(structure.niveau, parent)
        structure.parent = parent
        structure.departement = structure.departement or parent.departement
        structure.groupe = structure.groupe or parent.groupe
    structure.save()
    return structure


@transaction.atomic
def deplacer(*, structure: Structure, vers: Structure) -> Structure:
    """Moves a node and all that is below it to the end of `vers`.

    Raises:
        StructureInvalide: `vers` is inside the moved branch, or its level does not admit this one.
    """
    verrouiller_arbres([structure.pk, vers.pk])
    structure = Structure.objects.get(pk=structure.pk)
    vers = Structure.objects.get(pk=vers.pk)
    if vers.is_descendant_of(structure, include_self=True):
        raise StructureInvalide(f"« {structure} » ne peut pas être rangée sous elle-même.")
    _exiger_parent(structure.niveau, vers)
    if structure.parent_id != vers.pk:
        structure.move_to(vers, "last-child")
        structure.refresh_from_db()
        rafraichir([structure.pk])
    return structure


@transaction.atomic
def supprimer(*, structure: Structure) -> None:
    """Deletes an empty node.

    Raises:
        StructureInvalide: something hangs below it.
    """
    verrouiller_arbres([structure.pk])
    structure = Structure.objects.get(pk=structure.pk)
    if not structure.is_leaf_node():
        raise StructureInvalide(f"« {structure} » contient d’autres fiches : déplacez-les ou supprimez-les d’abord.")
    structure.delete()
    if structure.parent_id:
        rafraichir([structure.parent_id])


@transaction.atomic
def charger_en_masse(*, table: str) -> int:
    """Inserts EJ and EG by thousands from a temporary table, in one pass, numbered as they go in.

    The table has the columns numero_finess, finess_parent (null for an EJ), niveau, nom, nom_recherche, etat,
    departement, groupe, provisoire, origine. Every `finess_parent` is in the table or already in the tree.

    Args:
        table: name of a table of this session, made by the caller (never a person's text).

    Returns:
        How many nodes were inserted.
    """
    table = connection.ops.quote_name(table)
    _verrouiller_racines()
    with connection.cursor() as curseur:
        curseur.execute(_SQL_RACINES.format(table=table))
        inserees = curseur.rowcount
        curseur.execute(_SQL_PARENTS_CONNUS.format(table=table))
        anciens = [ligne[0] for ligne in curseur.fetchall()]
        verrouiller_arbres(anciens)
        curseur.execute(_SQL_ENFANTS.format(table=table))
        inserees += curseur.rowcount
    if anciens:
        renumeroter(Structure.objects.filter(pk__in=anciens).values_list("tree_id", flat=True))
    return inserees


@transaction.atomic
def deplacer_en_masse(*, deplacements: Iterable[tuple[int, int]]) -> None:
    """Moves many nodes of the same level as their siblings-to-be: sets the parents, then renumbers each tree once.

    Args:
        deplacements: (pk of the node, pk of its new parent).

    Raises:
        StructureInvalide: one of the parents does not admit its node.
    """
    deplacements = dict(deplacements)
    if not deplacements:
        return
    verrouiller_arbres({*deplacements, *deplacements.values()})
    noeuds = Structure.objects.in_bulk({*deplacements, *deplacements.values()})
    arbres = {noeuds[pk].tree_id for pk in noeuds}
    for pk, parent in deplacements.items():
        _exiger_parent(noeuds[pk].niveau, noeuds[parent])
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_structure s SET parent_id = d.parent"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS d(pk, parent) WHERE s.id = d.pk",
            [list(deplacements), list(deplacements.values())],
        )
    _renumeroter_lot(sorted(arbres))
    rafraichir(deplacements)


@transaction.atomic
def reorganiser(
    *,
    racine: Structure,
    creations: Sequence[Structure] = (),
    deplacements: Mapping[int, int | Structure] | None = None,
    suppressions: Collection[int] = (),
) -> None:
    """Creates, moves and deletes many nodes of one tree, then numbers it once (ARCHITECTURE §3, row 8).

    Args:
        racine: any node of the tree.
        creations: unsaved nodes whose `parent` is a node of the tree or another of these; they get their keys.
        deplacements: key of a node → key of its new parent, or one of `creations`.
        suppressions: keys of the nodes to delete once all is moved; nothing else may hang below them. What hangs on
            them (detail, contacts, journal…) has been taken away by the caller.

    Raises:
        StructureInvalide: a parent does not admit its node, or a deleted node still holds something.
    """
    deplacements = deplacements or {}
    verrouiller_arbres([racine.pk])
    arbre = Structure.objects.values_list("tree_id", flat=True).get(pk=racine.pk)
    _creer_en_masse(arbre, creations)
    vers = {pk: parent.pk if isinstance(parent, Structure) else parent for pk, parent in deplacements.items()}
    noeuds = Structure.objects.in_bulk({*vers, *vers.values()})
    _exiger_dans_l_arbre(arbre, noeuds, {*vers, *vers.values()})
    for pk, parent in vers.items():
        _exiger_parent(noeuds[pk].niveau, noeuds[parent])
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_structure s SET parent_id = d.parent"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS d(pk, parent) WHERE s.id = d.pk",
            [list(vers), list(vers.values())],
        )
    orphelins: Collection[int] = ()
    if suppressions:
        partantes = Structure.objects.filter(pk__in=suppressions)
        orphelins = list(partantes.exclude(parent__in=suppressions).values_list("parent", flat=True))
        restants = Structure.objects.filter(parent__in=suppressions).exclude(pk__in=suppressions).first()
        if restants is not None:
            raise StructureInvalide(f"« {restants.parent} » contient encore « {restants} » : déplacez-la d’abord.")
        for niveau in reversed(Niveau):
            Structure.objects.filter(pk__in=suppressions, niveau=niveau).delete()
    _renumeroter_lot([arbre])
    rafraichir([*vers, *orphelins, *(structure.pk for structure in creations)])


def _creer_en_masse(arbre: int, creations: Sequence[Structure]) -> None:
    """Saves new nodes level by level, parents first, with provisional numbers after the last of the tree."""
    haut = Structure.objects.filter(tree_id=arbre).aggregate(haut=Max("rght"))["haut"]
    for niveau in Niveau:
        du_niveau = [s for s in creations if s.niveau == niveau]
        parents = Structure.objects.in_bulk({s.parent.pk for s in du_niveau if s.parent is not None})
        _exiger_dans_l_arbre(arbre, parents, {s.parent.pk for s in du_niveau if s.parent is not None})
        for structure in du_niveau:
            parent = parents[structure.parent.pk] if structure.parent is not None else None
            _exiger_parent(niveau, parent)
            structure.parent = parent
            structure.nom_recherche = normaliser(structure.nom)
            structure.departement = structure.departement or (parent.departement if parent else "")
            structure.groupe = structure.groupe or (parent.groupe if parent else "")
            structure.tree_id, structure.level = arbre, 0
            structure.lft, structure.rght, haut = haut + 1, haut + 2, haut + 2
        if du_niveau:
            bulk_create_with_history(du_niveau, Structure, batch_size=500)


def _exiger_dans_l_arbre(arbre: int, noeuds: Mapping[int, Structure], voulus: Collection[int]) -> None:
    for pk in voulus:
        if pk not in noeuds:
            raise StructureInvalide("Une des fiches n’est plus dans le Répertoire : rechargez la page.")
        if noeuds[pk].tree_id != arbre:
            raise StructureInvalide(f"« {noeuds[pk]} » n’est pas dans cette entité juridique.")


@transaction.atomic
def renumeroter(arbres: Iterable[int]) -> int:
    """Recomputes lft, rght, level and tree_id of whole trees from `parent`, the order of siblings kept.

    Reads each tree once, numbers it in memory, writes only the rows whose numbers change, in one statement per batch.

    Args:
        arbres: tree_id of each tree.

    Returns:
        How many rows were rewritten.
    """
    identifiants = sorted(set(arbres))
    total = 0
    for debut in range(0, len(identifiants), _LOT_ARBRES):
        total += _renumeroter_lot(identifiants[debut : debut + _LOT_ARBRES])
    return total


def verifier(arbres: Collection[int] | None = None) -> list[Anomalie]:
    """Returns every fault of the given trees, or of all of them: numbers, levels, parents, roots."""
    anomalies: list[Anomalie] = []
    filtre = "" if arbres is None else "AND s.tree_id = ANY(%(arbres)s)"
    parametres = {} if arbres is None else {"arbres": list(arbres)}
    with connection.cursor() as curseur:
        for sql, message in _VERIFICATIONS:
            curseur.execute(sql.format(filtre=filtre), parametres)
            anomalies += [Anomalie(ligne[0], message.format(*ligne[1:])) for ligne in curseur.fetchall()]
    return anomalies


@transaction.atomic
def reparer(arbres: Collection[int]) -> int:
    """Renumbers faulty trees from `parent`. Returns how many rows were rewritten."""
    list(
        Structure.objects.filter(tree_id__in=arbres, parent=None)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return renumeroter(arbres)


def _exiger_parent(niveau: str, parent: Structure | None) -> None:
    groupe = None
    if parent is not None and niveau == Niveau.UO and parent.niveau == Niveau.EG:
        groupe = parent.groupe or None
    refus = refus_de_parent(Niveau(niveau), Niveau(parent.niveau) if parent else None, groupe)
    if refus:
        raise StructureInvalide(refus)


def _verrouiller_racines() -> None:
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [_VERROU_RACINES])


def verrouiller_arbres(noeuds: Collection[int]) -> None:
    """Locks the roots of the trees that hold these nodes, always in the same order, until the commit.

    A node may change of tree between the reading and the lock: then the reading is done again.
    """
    verrouillees: set[int] = set()
    while True:
        arbres = set(Structure.objects.filter(pk__in=noeuds).values_list("tree_id", flat=True))
        if arbres <= verrouillees:
            return
        list(
            Structure.objects.filter(tree_id__in=arbres | verrouillees, parent=None)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        verrouillees |= arbres


def _renumeroter_lot(arbres: list[int]) -> int:
    """Numbers each tree of `arbres`; nodes follow the root they hang from, whatever tree they were in."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT id, parent_id, tree_id, lft, rght, level FROM referentiel_structure"
            " WHERE tree_id = ANY(%s) ORDER BY lft, id",
            [arbres],
        )
        lignes = curseur.fetchall()
        nouveaux = _numeroter(lignes)
        anciens = {ligne[0]: (ligne[2], ligne[3], ligne[4], ligne[5]) for ligne in lignes}
        changes = [(pk, *numeros) for pk, numeros in nouveaux.items() if anciens[pk] != numeros]
        if changes:
            curseur.execute(_SQL_RENUMEROTER, [list(colonne) for colonne in zip(*changes, strict=True)])
    return len(changes)


def _numeroter(lignes: list[tuple]) -> dict[int, tuple[int, int, int, int]]:
    """Returns id → (tree_id, lft, rght, level), by a walk of each root's descendants."""
    enfants: dict[int | None, list[int]] = {}
    arbre_de: dict[int, int] = {}
    for pk, parent, tree_id, *_ in lignes:
        enfants.setdefault(parent, []).append(pk)
        arbre_de[pk] = tree_id
    resultat: dict[int, tuple[int, int, int, int]] = {}
    for racine in enfants.get(None, ()):
        arbre, compteur = arbre_de[racine], 1
        lft = {racine: 1}
        pile = [(racine, 0, iter(enfants.get(racine, ())))]
        while pile:
            pk, niveau, suivants = pile[-1]
            compteur += 1
            enfant = next(suivants, None)
            if enfant is None:
                resultat[pk] = (arbre, lft[pk], compteur, niveau)
                pile.pop()
            else:
                lft[enfant] = compteur
                pile.append((enfant, niveau + 1, iter(enfants.get(enfant, ()))))
    return resultat


_COLONNES = "niveau, nom, nom_recherche, numero_finess, etat, departement, groupe, provisoire, origine"

_SQL_RACINES = f"""
INSERT INTO referentiel_structure
    ({_COLONNES}, parent_id, tree_id, lft, rght, level, version, cree_le, modifie_le)
SELECT {", ".join("t." + c for c in _COLONNES.split(", "))}, NULL,
    (SELECT COALESCE(MAX(tree_id), 0) FROM referentiel_structure) + row_number() OVER (ORDER BY t.numero_finess),
    1, 2 + 2 * COALESCE(e.nombre, 0), 0, 1, now(), now()
FROM {{table}} t
LEFT JOIN (SELECT finess_parent, count(*) AS nombre FROM {{table}} WHERE finess_parent IS NOT NULL
           GROUP BY finess_parent) e ON e.finess_parent = t.numero_finess
WHERE t.finess_parent IS NULL
"""

_SQL_PARENTS_CONNUS = """
SELECT DISTINCT p.id FROM {table} t
JOIN referentiel_structure p ON p.numero_finess = t.finess_parent
WHERE NOT EXISTS (SELECT 1 FROM {table} n WHERE n.numero_finess = t.finess_parent AND n.finess_parent IS NULL)
"""

# Under a new root the places are those counted above; under a known one the new nodes go after the last number of the
# tree until `renumeroter` closes the ranks in the same transaction.
_SQL_ENFANTS = f"""
INSERT INTO referentiel_structure
    ({_COLONNES}, parent_id, tree_id, lft, rght, level, version, cree_le, modifie_le)
SELECT {", ".join("t." + c for c in _COLONNES.split(", "))}, p.id, p.tree_id,
    CASE WHEN nouveau.numero_finess IS NULL THEN p.rght ELSE 0 END + 2 * t.rang,
    CASE WHEN nouveau.numero_finess IS NULL THEN p.rght ELSE 0 END + 2 * t.rang + 1,
    1, 1, now(), now()
FROM (SELECT *, row_number() OVER (PARTITION BY finess_parent ORDER BY numero_finess) AS rang
      FROM {{table}} WHERE finess_parent IS NOT NULL) t
JOIN referentiel_structure p ON p.numero_finess = t.finess_parent
LEFT JOIN {{table}} nouveau ON nouveau.numero_finess = t.finess_parent AND nouveau.finess_parent IS NULL
"""

_SQL_RENUMEROTER = """
UPDATE referentiel_structure s SET tree_id = n.tree_id, lft = n.lft, rght = n.rght, level = n.level
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[]) AS n(id, tree_id, lft, rght, level)
WHERE s.id = n.id
"""

_VERIFICATIONS = [
    (
        """SELECT s.tree_id, s.tree_id, count(*) FILTER (WHERE s.parent_id IS NULL) FROM referentiel_structure s
        WHERE true {filtre} GROUP BY s.tree_id HAVING count(*) FILTER (WHERE s.parent_id IS NULL) <> 1""",
        "L’arbre {0} a {1} racine(s) au lieu d’une.",
    ),
    (
        """SELECT s.tree_id, s.tree_id, count(*), max(s.rght) FROM referentiel_structure s
        WHERE true {filtre} GROUP BY s.tree_id
        HAVING max(s.rght) <> 2 * count(*) OR min(s.lft) <> 1
            OR count(DISTINCT s.lft) <> count(*) OR count(DISTINCT s.rght) <> count(*)""",
        "L’arbre {0} compte {1} fiches mais ses numéros vont jusqu’à {2}.",
    ),
    (
        """SELECT s.tree_id, s.id, s.nom FROM referentiel_structure s JOIN referentiel_structure p ON p.id = s.parent_id
        WHERE NOT (p.tree_id = s.tree_id AND p.lft < s.lft AND s.rght < p.rght AND s.level = p.level + 1) {filtre}""",
        "La fiche {0} « {1} » n’est pas numérotée à l’intérieur de la structure au-dessus d’elle.",
    ),
    (
        """SELECT s.tree_id, s.id, s.nom FROM referentiel_structure s
        JOIN (SELECT parent_id, sum(rght - lft + 1) AS place FROM referentiel_structure
              WHERE parent_id IS NOT NULL GROUP BY parent_id) e ON e.parent_id = s.id
        WHERE e.place <> s.rght - s.lft - 1 {filtre}""",
        "La fiche {0} « {1} » ne laisse pas exactement la place de ce qu’elle contient.",
    ),
]
