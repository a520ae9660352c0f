"""« Résultats pour “cardiologie” »: other words for those that find nothing, and what finds nearly all of them.

A correction is only proposed for what it finds, among what the reader may know of.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from .criteres import Cible, Criteres
from .moteur import Demande, premiere_qui_trouve
from .mots import Lexique, coupures, proches
from .requete import Terme, racine
from .sujet import codes_cherches

ESSAIS, ESSAIS_CODES = 40, 6
"""How many combinations of possible words are tried, the most likely first; each takes a query for a skill."""


@dataclass(frozen=True, slots=True)
class Variante:
    """A term and the words it may stand for, itself first."""

    terme: Terme
    mots: tuple[str, ...]


def corriger(demande: Demande, poser: Callable[[Sequence[Terme]], Demande], connus: Lexique) -> str:
    """Returns the text corrected, empty when nothing better is known; two statements.

    Args:
        demande: the search that found nothing.
        poser: makes the search of other terms.
        connus: the words of the index.
    """
    variantes = _variantes(demande, connus)
    essais = list(_combinaisons(variantes, ESSAIS_CODES if demande.criteres.cible is Cible.COMPETENCE else ESSAIS))
    trouve = premiere_qui_trouve([poser(_termes(variantes, essai)) for essai in essais])
    if trouve is None:
        return ""
    return " ".join(variante.mots[rang] for variante, rang in zip(variantes, essais[trouve], strict=True))


def elargir(demande: Demande, connus: Lexique) -> list[Terme]:
    """Returns the terms, each with the words it may stand for."""
    return [_elargi(variante, connus) for variante in _variantes(demande, connus)]


def lexique_de(criteres: Criteres, connus: Lexique) -> Lexique:
    """The words of the labels for a skill, those of the persons, or those of the index for anything else."""
    if criteres.cible is Cible.PROFESSIONNEL:
        return connus.des_personnes
    if criteres.cible is not Cible.COMPETENCE:
        return connus
    frequences: dict[str, int] = {}
    for libelle in codes_cherches().values_list("libelle_recherche", flat=True):
        for mot in libelle.split():
            frequences[mot] = frequences.get(mot, 0) + 1
    return Lexique(0, frequences)


def _variantes(demande: Demande, connus: Lexique) -> list[Variante]:
    lexique = lexique_de(demande.criteres, connus)
    variantes: list[Variante] = []
    for terme in demande.sujet.cherches:
        variante = _variante(terme, lexique)
        if jointe := variantes and _jointe(variantes[-1].terme, terme, lexique):
            variantes[-1] = jointe
        else:
            variantes.append(variante)
    return variantes


def _variante(terme: Terme, lexique: Lexique) -> Variante:
    if " " in terme.tape or len(terme.formes) > 1:
        return Variante(terme, (terme.tape,))
    autres = proches(terme.tape, lexique)
    if terme.tape not in lexique.frequences:
        autres += coupures(terme.tape, lexique)
    return Variante(terme, tuple(dict.fromkeys([terme.tape, *autres])))


def _jointe(a: Terme, b: Terme, lexique: Lexique) -> Variante | None:
    """« val mont » typed for « valmont »: two words, one at least unknown, that make a known one."""
    colle = a.tape + b.tape
    if " " in colle or colle not in lexique.frequences or all(t.tape in lexique.frequences for t in (a, b)):
        return None
    return Variante(Terme(f"{a.tape} {b.tape}", ((*a.formes[0], *b.formes[0]),)), (f"{a.tape} {b.tape}", colle))


def _combinaisons(variantes: Sequence[Variante], nombre: int) -> Iterator[tuple[int, ...]]:
    """Which word to take of each variant, the nearest in all first; what was typed has been tried already."""
    depart = (0,) * len(variantes)
    attente, vus = [(0, depart)], {depart}
    while attente and nombre:
        somme, choix = heappop(attente)
        if somme:
            yield choix
            nombre -= 1
        for n, variante in enumerate(variantes):
            suivant = (*choix[:n], choix[n] + 1, *choix[n + 1 :])
            if suivant[n] < len(variante.mots) and suivant not in vus:
                vus.add(suivant)
                heappush(attente, (somme + 1, suivant))


def _termes(variantes: Sequence[Variante], choix: Sequence[int]) -> list[Terme]:
    """The terms of one combination: a word put for another is whole."""
    resultat = []
    for variante, rang in zip(variantes, choix, strict=True):
        mots = tuple(variante.mots[rang].split())
        resultat.append(Terme(variante.mots[rang], (mots,), frozenset(mots)) if rang else variante.terme)
    return resultat


def _elargi(variante: Variante, connus: Lexique) -> Terme:
    autres = [tuple(mot.split()) for mot in variante.mots[1:]]
    entiers = variante.terme.entiers.union(mot for forme in autres for mot in forme)
    garde = () if autres and not _utile(variante.terme, connus) else variante.terme.formes
    return Terme(variante.terme.tape, (*garde, *autres), entiers, variante.terme.debuts)


def _utile(terme: Terme, connus: Lexique) -> bool:
    """Whether some known word begins like the term."""
    return any(connus.frequence(racine(mot)) for mot in terme.mots)
