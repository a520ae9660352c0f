"""One field of one fiche to be written; each kind of storage writes those of a whole lot of fiches at once."""

from typing import NamedTuple

from .champs import Champ
from .changements import Valeur
from .models import Structure


class Ecriture(NamedTuple):
    """A field that takes a new value.

    Attributes:
        structure: the node, locked by the caller.
        champ: the field.
        avant: its present value, as `fiches.lire` gives it.
        apres: its new value.
    """

    structure: Structure
    champ: Champ
    avant: Valeur
    apres: Valeur
