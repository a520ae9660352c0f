"""Where FINESS and the Répertoire disagree, told by whoever receives FINESS: this app does not know it.

`declarer` is called once, when that app is ready; without any, nothing is known to diverge.
"""

from collections.abc import Callable, Mapping

ETAT, ENTITE_JURIDIQUE, CATEGORIE = "etat", "entite_juridique", "categorie"

Source = Callable[[int], Mapping[str, str]]
"""pk of an EG → what FINESS says otherwise, in one French sentence each, by `ETAT`, `ENTITE_JURIDIQUE`, `CATEGORIE`."""

_sources: list[Source] = []


def declarer(source: Source) -> None:
    """Takes one more source; the same one twice counts once."""
    if source not in _sources:
        _sources.append(source)


def divergences_de(etablissement: int) -> dict[str, str]:
    """Returns what the sources say of an EG."""
    return {sujet: texte for source in _sources for sujet, texte in source(etablissement).items()}
