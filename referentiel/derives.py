"""What is computed from the fiches and kept beside them: every writer of a fiche calls `rafraichir` in its transaction.

The index of « Recherche » and the days of re-reading of each establishment. Both keep their rows before they compute
them, in a statement of its own: the next one sees what other writers have just written.
`tout_rafraichir` makes all of it again and tells how many rows were not as they should: the nightly check.
"""

from collections.abc import Iterable

from . import echeancier
from .models import FicheRecherche, Structure
from .recherche.index import reindexer, reindexer_tout


def rafraichir(pks: Iterable[int]) -> None:
    """Makes again what is computed from these fiches. Of a fiche deleted, give the one it was under."""
    fiches = sorted(set(pks))
    if not fiches:
        return
    reindexer(fiches)
    echeancier.rafraichir(fiches)


def manque() -> bool:
    """Tells whether nothing was ever computed from the fiches there are."""
    return Structure.objects.exists() and not FicheRecherche.objects.exists()


def tout_rafraichir() -> int:
    """Makes everything again, in lots. Returns how many rows were not as they should."""
    return reindexer_tout() + echeancier.tout_rafraichir()
