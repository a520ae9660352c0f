"""The values of a fiche at any former version: what was published since is taken back, the latest first (pure, B15).

The journal keeps the value before each change, so nothing but the present and the journal is needed.
"""

from collections.abc import Iterable, Mapping, Sequence

from .changements import Changement, Fiche, Genre, Valeur, normaliser


def valeurs_a_la_version(
    actuelles: Fiche, ulterieures: Iterable[Sequence[Changement]], genres: Mapping[str, Genre]
) -> dict[str, Valeur]:
    """Returns the values a fiche had before some publications.

    Args:
        actuelles: the present values.
        ulterieures: the changes of each later publication, the latest publication first.
        genres: the kind of each field; a change of another field (« lieu/… », a field that exists no more) is skipped.
    """
    valeurs = dict(actuelles)
    for changements in ulterieures:
        for changement in reversed(changements):
            if changement.champ in genres:
                valeurs[changement.champ] = normaliser(changement.base, genres[changement.champ])
    return valeurs
