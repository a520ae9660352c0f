"""What an exported list is, and where each is declared."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from ror.commun.erreurs import Introuvable
from ror.commun.texte import lire_cle

from ..models import Structure

LOT = 500
"""Rows read together: a constant number of queries for each lot."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column.

    Attributes:
        titre: its heading.
        lire: row → value: text, number, date, moment, yes or no, None. A number that is a name (FINESS) is a text.
        largeur: in characters.
    """

    titre: str
    lire: Callable[[Any], Any]
    largeur: int = 18


@dataclass(frozen=True, slots=True)
class Extrait:
    """What a person gets of a list, with the filters of its address.

    Attributes:
        colonnes: the columns.
        nombre: how many rows, counted as the page counts them.
        lignes: reads the rows in the order of the page, without holding them all.
        filtres: the filters in French: (label, value).
    """

    colonnes: Sequence[Colonne]
    nombre: int
    lignes: Callable[[], Iterable[Any]]
    filtres: Sequence[tuple[str, str]] = ()

    @property
    def entete(self) -> list[str]:
        return [colonne.titre for colonne in self.colonnes]

    @property
    def largeurs(self) -> list[int]:
        return [colonne.largeur for colonne in self.colonnes]

    def rangees(self) -> Iterator[list[Any]]:
        """Returns the values row by row."""
        for ligne in self.lignes():
            yield [colonne.lire(ligne) for colonne in self.colonnes]


@dataclass(frozen=True, slots=True)
class Liste:
    """A list that may be exported.

    Attributes:
        nom: its name in the addresses.
        titre: its title, in the files and in « Mes exports ».
        definition: what its rows are, for whoever receives the file alone.
        ouvrir: (person, parameters of the page) → what she gets; raises `DroitManquant` as the page does.
        url: name of the page.
    """

    nom: str
    titre: str
    definition: str
    ouvrir: Callable[[Any, QueryDict], Extrait]
    url: str


_LISTES: dict[str, Liste] = {}


def declarer(liste: Liste) -> None:
    """Makes a list exportable; each app declares its own when it is ready."""
    _LISTES[liste.nom] = liste


def trouver(nom: str) -> Liste:
    """Returns a list by its name.

    Raises:
        Introuvable: no list has this name.
    """
    try:
        return _LISTES[nom]
    except KeyError:
        raise Introuvable("Cette liste n’existe pas, ou ne s’exporte pas.") from None


def lire_structure(utilisateur, cle: str, **conditions) -> Structure | None:
    """Returns the fiche that a parameter names, None without one.

    Raises:
        Introuvable: no such fiche for this person.
    """
    if not cle:
        return None
    lisibles = Structure.objects.lisibles_par(utilisateur).filter(**conditions)
    structure = lisibles.filter(pk=lire_cle(cle)).first()
    if structure is None:
        raise Introuvable("Cette fiche n’existe pas, ou plus\u00a0: ouvrez la liste depuis le Répertoire.")
    return structure


def par_lots(cles: QuerySet, charger: Callable[[list[Any]], Iterable[Any]]) -> Iterator[Any]:
    """Returns the rows of a list of any length in constant memory.

    Args:
        cles: the keys, in order; read once by a cursor of the server, so that what changes meanwhile neither repeats
            nor drops a row.
        charger: reads the rows of some keys, in their order; may leave out what is gone.
    """
    lues = iter(cles.iterator(chunk_size=4 * LOT))
    while lot := list(islice(lues, LOT)):
        yield from charger(lot)
