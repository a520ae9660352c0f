"""« Résultats pour “cardiologie” »: other words for those that find nothing, and what finds nearly all of them.

A correction is only proposed for what it finds, among what the reader may know of.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .criteres import Cible, Criteres
from .moteur import Demande, mots_trouves
from .mots import Lexique, coupures, lexique_courant, proches
from .requete import Terme
from .sujet import codes_cherches

EXAMINEES = 200
"""Fiches read to tell which of the possible words they have."""


@dataclass(frozen=True, slots=True)
class Variante:
    """A term and the words it may stand for, itself first."""

    terme: Terme
    mots: tuple[str, ...]


def corriger(demande: Demande, poser: Callable[[Sequence[Terme]], Demande]) -> str:
    """Returns the text corrected, empty when nothing better is known; a few statements.

    Args:
        demande: the search that found nothing.
        poser: makes the search of other terms.
    """
    variantes = [_variante(t, lexique) for lexique in [lexique_de(demande.criteres)] for t in demande.sujet.cherches]
    variantes = _rejoindre(variantes, demande.criteres)
    if all(len(v.mots) == 1 for v in variantes):
        return ""
    elargis = [_elargi(variante) for variante in variantes]
    trouves = mots_trouves(poser(elargis), EXAMINEES)
    choix = min((_choisir(variantes, mots) for mots in trouves), default=None)
    return " ".join(mot for _, mot in choix[1]) if choix else ""


def elargir(demande: Demande) -> list[Terme]:
    """Returns the terms, each with the words it may stand for."""
    lexique = lexique_de(demande.criteres)
    return [_elargi(_variante(terme, lexique)) for terme in demande.sujet.cherches]


def lexique_de(criteres: Criteres) -> Lexique:
    """The words of the labels for a skill, those of the index for anything else."""
    if criteres.cible is not Cible.COMPETENCE:
        return lexique_courant()
    lexique = Lexique(0)
    for libelle in codes_cherches().values_list("libelle_recherche", flat=True):
        for mot in libelle.split():
            if mot not in lexique.frequences:
                lexique.par_longueur[len(mot)].append(mot)
            lexique.frequences[mot] = lexique.frequences.get(mot, 0) + 1
    return lexique


def _variante(terme: Terme, lexique: Lexique) -> Variante:
    if " " in terme.tape or len(terme.formes) > 1:
        return Variante(terme, (terme.tape,))
    autres = [*proches(terme.tape, lexique)]
    if terme.tape not in lexique.frequences:
        autres += coupures(terme.tape, lexique)
    return Variante(terme, tuple(dict.fromkeys([terme.tape, *autres])))


def _rejoindre(variantes: list[Variante], criteres: Criteres) -> list[Variante]:
    """« val mont » typed for « valmont »: two words that make a known one are tried as one."""
    lexique = lexique_de(criteres) if len(variantes) > 1 else Lexique(0)
    resultat: list[Variante] = []
    for variante in variantes:
        colle = (resultat[-1].terme.tape + variante.terme.tape) if resultat else ""
        if colle in lexique.frequences and not _connues(resultat[-1], variante, lexique):
            precedente = resultat.pop()
            tape = f"{precedente.terme.tape} {variante.terme.tape}"
            formes = (*precedente.terme.formes[:1], *variante.terme.formes[:1])
            mots = tuple(mot for forme in formes for mot in forme)
            resultat.append(Variante(Terme(tape, (mots,)), (tape, colle)))
        else:
            resultat.append(variante)
    return resultat


def _connues(a: Variante, b: Variante, lexique: Lexique) -> bool:
    return all(v.terme.tape in lexique.frequences for v in (a, b))


def _elargi(variante: Variante) -> Terme:
    formes = [*variante.terme.formes, *(tuple(mot.split()) for mot in variante.mots[1:])]
    entiers = {mot for forme in formes[len(variante.terme.formes) :] for mot in forme}
    return Terme(variante.terme.tape, tuple(formes), variante.terme.entiers | entiers)


def _choisir(variantes: Sequence[Variante], mots: list[str]) -> tuple[int, list[tuple[int, str]]]:
    """Which of the possible words this fiche has, and how far they are from those typed, in all."""
    connus = set(mots)
    choix = [next(_presentes(v, connus), (len(v.mots), v.terme.tape)) for v in variantes]
    return sum(rang for rang, _ in choix), choix


def _presentes(variante: Variante, connus: set[str]) -> Iterator[tuple[int, str]]:
    for rang, texte in enumerate(variante.mots):
        if rang == 0 and (len(variante.terme.formes) > 1 or _commence(variante.terme, connus)):
            yield 0, texte
        elif rang and all(mot in connus for mot in texte.split()):
            yield rang, texte


def _commence(terme: Terme, connus: set[str]) -> bool:
    """Whether the words typed begin words of the fiche, in the plural or not."""
    return all(any(connu.startswith(mot.rstrip("sx") or mot) for connu in connus) for mot in terme.formes[0])
