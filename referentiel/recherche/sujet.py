"""What the typed text asks, in the terms of the index: words, a number, skills, persons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from ror.commun.texte import normaliser

from ..champs import Stockage, champs_de
from ..models import Code, Structure
from ..niveaux import Niveau
from .criteres import Cible, Criteres
from .mots import Lexique
from .requete import (
    Numero,
    Synonymes,
    Terme,
    a_un_mot_pres,
    en_tsquery,
    ensemble,
    etiquettes,
    lire_numero,
    mots_de,
    presque_tous,
    racine,
    termes,
)
from .synonymes import synonymes

COURANT, DEBUTS_MAX = 5_000, 100
"""A beginning that more than so many fiches have is replaced by its words, when they are not more than so many."""

EQUIPEMENTS = "JDV_J18"
"""The list of the equipment of the lieux, which the offers given there have too."""

CLES_MAX = 2_000
"""How many fiches a beginning of number may name."""


@dataclass(frozen=True, slots=True)
class Sujet:
    """What is asked.

    Attributes:
        mots: query of the words of fiches, empty when there is none.
        professionnels: query of the persons, empty when there is none.
        cles: the only fiches that may answer, None without such a limit.
        paliers: queries of the words of fiches, from the best answers to the others.
        nom: the text as a name, to put first the fiche that is called so.
        cherches: the terms of the words, to correct them.
        borne: how many fiches may answer at most, None when nobody knows.
        codes: the codes asked, for a skill.
    """

    mots: str = ""
    professionnels: str = ""
    cles: tuple[int, ...] | None = None
    paliers: tuple[str, ...] = ()
    nom: str = ""
    cherches: tuple[Terme, ...] = ()
    borne: int | None = None
    codes: frozenset[int] = frozenset()

    @property
    def impossible(self) -> bool:
        """Nothing can answer."""
        return self.cles == ()


RIEN = Sujet(cles=())


def sujet_de(criteres: Criteres, lexique: Lexique) -> Sujet:
    """Returns what the text of a search asks; three queries at most, none for words."""
    if not criteres.texte:
        return Sujet()
    if criteres.cible is Cible.COMPETENCE:
        return _competences(criteres.texte, lexique)
    if criteres.cible is Cible.PROFESSIONNEL:
        return _professionnels(criteres.texte)
    numero = lire_numero(criteres.texte)
    if numero is not None and (sujet := _numerote(numero)) is not None:
        return sujet
    return sujet_des_mots(preciser(termes(criteres.texte, synonymes()), lexique), lexique, criteres.texte)


def sujet_des_mots(cherches: Sequence[Terme], lexique: Lexique, texte: str = "") -> Sujet:
    """The subject of words: those of a fiche, its place and those above it.

    The best answers have all the words in their name, whole, then begun; then in their kind and place; then nearly all
    those of a long form in their name; then above.
    """
    if not cherches:
        return RIEN
    paliers = (
        en_tsquery(cherches, poids="A", entiers=True),
        en_tsquery(cherches, poids="AB", entiers=True),
        en_tsquery(cherches, poids="A"),
        en_tsquery(cherches, poids="ABC", entiers=True),
        en_tsquery(cherches, poids="ABC"),
        en_tsquery(a_un_mot_pres(cherches), poids="A", entiers=True),
        en_tsquery(cherches, entiers=True),
    )
    return Sujet(
        mots=en_tsquery(cherches),
        paliers=tuple(dict.fromkeys(paliers)),  # without a long form, one of them is the first again
        nom=normaliser(texte),
        cherches=tuple(cherches),
        borne=borne_de(cherches, lexique),
    )


def preciser(cherches: Sequence[Terme], lexique: Lexique) -> list[Terme]:
    """Returns the terms with, for the beginnings that very many fiches have, the words that begin so."""
    return [replace(terme, debuts=dict(_debuts(terme, lexique))) for terme in cherches]


def _debuts(terme: Terme, lexique: Lexique) -> Iterator[tuple[str, tuple[str, ...]]]:
    for mot in terme.mots - terme.entiers:
        if len(mot) >= 3 and lexique.frequence(racine(mot)) > COURANT:
            premier, fin = lexique.commencant(racine(mot))
            if fin - premier <= DEBUTS_MAX:
                yield mot, tuple(lexique.ranges[premier:fin])


def borne_de(cherches: Sequence[Terme], lexique: Lexique) -> int | None:
    """How many fiches have all these terms at most: as many as the rarest of them, by the last count of the words."""
    bornes = [_frequence(terme, lexique) for terme in cherches]
    connues = [borne for borne in bornes if borne is not None]
    return min(connues, default=None)


def _frequence(terme: Terme, lexique: Lexique) -> int | None:
    total = 0
    for forme in terme.formes:
        if not all(mot.isalpha() and len(mot) >= 3 for mot in forme):
            return None
        total += min(lexique.frequence(racine(mot)) for mot in forme)
    return total


def sujet_approche(cherches: Sequence[Terme], lexique: Lexique) -> Sujet:
    """What has all the words but one."""
    entier = sujet_des_mots(cherches, lexique)
    return replace(entier, mots=presque_tous(cherches), paliers=_paliers_approches(cherches), borne=None)


def _paliers_approches(cherches: Sequence[Terme]) -> tuple[str, ...]:
    """All but one in the name and the place, the rarest kind of word, the last ones typed, being missed the least."""
    sans = [[t for n, t in enumerate(cherches) if n != oublie] for oublie in range(len(cherches))]
    return tuple(" | ".join(f"({en_tsquery(groupe, poids=p)})" for groupe in sans) for p in ("AB", "ABC"))


def _numerote(numero: Numero) -> Sujet | None:
    """The fiches a number names; None when it may be an ordinary word."""
    if numero.telephone:
        return Sujet(mots=etiquettes([f"@#{numero.chiffres}"]))
    par = {
        14: Q(entite_geographique__siret=numero.chiffres),
        9: Q(numero_finess=numero.chiffres)
        | Q(entite_juridique__siren=numero.chiffres)
        | Q(entite_geographique__siret__startswith=numero.chiffres),
    }.get(len(numero.chiffres), Q(numero_finess__startswith=numero.chiffres[:9]))
    cles = [
        pk for q in _alternatives(par) for pk in Structure.objects.filter(q).values_list("pk", flat=True)[:CLES_MAX]
    ]
    if not cles and numero.debut_de_telephone:
        return Sujet(mots=f"'@#{numero.chiffres}':*")
    return Sujet(cles=tuple(dict.fromkeys(cles))) if cles or numero.exact else None


def _alternatives(condition: Q) -> list[Q]:
    """The terms of an « or », each with an index of its own: together they would read the whole table."""
    return [Q(terme) for terme in condition.children] if condition.connector == Q.OR else [condition]


def _competences(texte: str, lexique: Lexique) -> Sujet:
    """The fiches that carry the codes of which the words speak; words that no code has are those of the fiche."""
    cherches = termes(texte, synonymes())
    connus = [t for t in cherches if codes_cherches().filter(mots=_recherche([t])).exists()]
    if not connus:
        return replace(RIEN, cherches=tuple(cherches))
    codes = frozenset(codes_cherches().filter(mots=_recherche(connus)).values_list("pk", flat=True))
    if not codes:
        return RIEN
    autres = [t for t in cherches if t not in connus]
    borne = sum(lexique.marques.get(f"@c{pk}", 0) for pk in codes)
    return Sujet(mots=en_tsquery(autres), codes=codes, cherches=tuple(cherches), borne=borne)


def codes_cherches() -> QuerySet:
    """The codes of the skills: activities, acts, equipment of an offer, with the vector of their words."""
    listes = {EQUIPEMENTS} | {
        champ.nomenclature
        for nom, champ in champs_de(Niveau.UO).items()
        if champ.stockage is Stockage.CODES and not nom.startswith("zones_")
    }
    codes = Code.objects.filter(nomenclature__identifiant__in=sorted(filter(None, listes)))
    return codes.alias(mots=SearchVector("libelle_recherche", config="simple"))


def _recherche(cherches: Sequence[Terme]) -> SearchQuery:
    return SearchQuery(en_tsquery(cherches), config="simple", search_type="raw")


def _professionnels(texte: str) -> Sujet:
    """The fiches whose persons have these words, one of them at least in their own name or function."""
    mots = [mot for mot in mots_de(texte) if mot not in ("dr", "docteur", "pr", "professeur")] or mots_de(texte)
    cherches = termes(" ".join(mots), Synonymes())
    return _des_personnes(cherches) if cherches else RIEN


def _des_personnes(cherches: Sequence[Terme]) -> Sujet:
    l_un = " | ".join(f"({en_tsquery([t], poids='A')})" for t in cherches)
    return Sujet(professionnels=ensemble(en_tsquery(cherches), l_un), cherches=tuple(cherches))


def terme_a_terme(cible: Cible, cherches: Sequence[Terme], lexique: Lexique) -> Sujet:
    """The subject of terms already cut, for a target: words that may be several."""
    if cible is Cible.PROFESSIONNEL:
        return _des_personnes(cherches)
    if cible is Cible.COMPETENCE:
        codes = codes_cherches().filter(mots=_recherche(cherches)).values_list("pk", flat=True)
        return Sujet(codes=frozenset(codes), cherches=tuple(cherches)) if codes else RIEN
    return sujet_des_mots(cherches, lexique)
