"""Keeping the index of « Recherche »: every writer of a fiche calls `reindexer` in its transaction.

`reindexer_tout` makes all of it again and tells how many rows were not as they should: the nightly check.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from django.db import connection, transaction

from ror.commun.texte import normaliser

from .. import departements
from ..confidentialite import NIVEAUX_PROFESSIONNELS
from ..models import FicheRecherche, Structure
from ..niveaux import Niveau
from ..telecoms import TELEPHONES
from .colonnes import TRANCHES, sql_indexer
from .mots import apprendre, recompter
from .ouvertures import calculer

LOT = 20_000
NOMBREUSES = 1_000
"""From this many fiches on, a statement does not trust the statistics of the tables."""


@transaction.atomic(savepoint=False)
def reindexer(pks: Iterable[int]) -> int:
    """Writes what is searched of these fiches, and of those below them when what they inherit changed.

    A fiche that moved is one of them. The number of statements follows the levels, not the fiches. Returns how many
    rows were not as they should.
    """
    a_faire: dict[str, set[int]] = {niveau.value: set() for niveau in Niveau}
    faites: list[int] = []
    ecrites = 0
    demandees = set(pks)
    connues = _retenir(demandees)
    neuves = Structure.objects.filter(pk__in=demandees - connues.keys()).values_list("pk", "niveau")
    for pk, niveau in (*connues.items(), *(neuves if demandees - connues.keys() else ())):
        a_faire[niveau].add(pk)
    for niveau in Niveau:
        for lot in _par_lots(a_faire[niveau.value]):
            if not demandees.issuperset(lot):
                _retenir(set(lot))
            avant = _heritage(niveau, lot)
            ecrites += _ecrire(niveau, lot)
            apres = _heritage(niveau, lot)
            for enfant, dessous in _enfants([pk for pk in apres if avant.get(pk) != apres[pk]]):
                a_faire[dessous].add(enfant)
            faites += lot
    transaction.on_commit(partial(apprendre, faites))
    return ecrites


@transaction.atomic(savepoint=False)
def indexer_nouvelles(fiches: Mapping[Niveau, Sequence[int]]) -> None:
    """Writes what is searched of fiches just created by thousands, all that is below them being among them.

    The words are counted once they are all there (`recompter`).
    """
    for niveau in Niveau:
        for lot in _par_lots(fiches.get(niveau, ())):
            _ecrire(niveau, lot)


def reindexer_tout() -> int:
    """Makes the whole index again, a transaction per lot, then counts the words. Returns how many rows differed."""
    ecrites = 0
    for niveau in Niveau:
        for lot in _lots(niveau):
            with transaction.atomic():
                ecrites += _ecrire(niveau, lot)
    recompter()
    return ecrites


def _lots(niveau: Niveau) -> Iterator[list[int]]:
    """The fiches of one level, in lots of increasing keys."""
    dernier = 0
    while True:
        suivantes = Structure.objects.filter(niveau=niveau.value, pk__gt=dernier).order_by("pk")
        lot = list(suivantes.values_list("pk", flat=True)[:LOT])
        if not lot:
            return
        yield lot
        dernier = lot[-1]


def _par_lots(pks: Iterable[int]) -> Iterator[list[int]]:
    restants = iter(sorted(pks))
    while lot := list(islice(restants, LOT)):
        yield lot


def _heritage(niveau: Niveau, pks: Collection[int]) -> dict[int, tuple]:
    """What those below inherit of the fiches indexed already."""
    if niveau is Niveau.UO:
        return {}
    colonnes = ("propre", "lignee", "categorie", "groupe", "commune", "localite", "latitude", "longitude")
    lignes = FicheRecherche.objects.filter(pk__in=pks).values_list("pk", *colonnes)
    return {pk: tuple(valeurs) for pk, *valeurs in lignes}


def _retenir(pks: Collection[int]) -> dict[int, str]:
    """Keeps the rows of these fiches and of those just above them for this transaction; returns pk → level of theirs.

    From the top of the tree down, so that two writers never wait for each other: whoever writes one of them, or below
    it, waits, then reads what was written here.
    """
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT structure_id, niveau FROM referentiel_ficherecherche WHERE structure_id = ANY(%(pks)s) OR"
            " structure_id = ANY(ARRAY(SELECT parent_id FROM referentiel_structure WHERE id = ANY(%(pks)s)))"
            " ORDER BY array_position(%(niveaux)s, niveau::text), structure_id FOR UPDATE",
            {"pks": list(pks), "niveaux": [niveau.value for niveau in Niveau]},
        )
        return {pk: niveau for pk, niveau in curseur.fetchall() if pk in pks}


def _enfants(pks: list[int]) -> Iterable[tuple[int, str]]:
    return Structure.objects.filter(parent__in=pks).values_list("pk", "niveau") if pks else ()


def _ecrire(niveau: Niveau, pks: list[int]) -> int:
    parametres = {
        "pks": pks,
        "lisibles": sorted(NIVEAUX_PROFESSIONNELS),
        "telephones": sorted(TELEPHONES),
        "tranches": list(TRANCHES),
        "departements": list(departements.NOMS),
        "noms": [normaliser(nom) for nom in departements.NOMS.values()],
    }
    with connection.cursor() as curseur:
        # Thousands of fiches just created are not in the statistics yet: believing the tables empty, the planner would
        # read all of them again for each fiche.
        nombreuses = len(pks) >= NOMBREUSES
        if nombreuses:
            curseur.execute("SET LOCAL enable_nestloop = off")
            curseur.execute("SET LOCAL jit = off")
        curseur.execute(sql_indexer(niveau), parametres)
        ecrites = curseur.rowcount
        if nombreuses:
            curseur.execute("SET LOCAL enable_nestloop = on")
    if niveau is Niveau.UO:
        calculer(pks)
    return ecrites
