"""From what is typed to a query of the full-text index: words, forms that mean the same, numbers (pure)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from ror.commun.texte import normaliser

MOTS_MAX, FORME_LONGUE = 12, 4
VIDES = frozenset(
    [
        *("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "n", "ou", "par", "pour", "s"),
        *("sous", "sur", "un", "une"),
    ]
)
"""Words that are looked for only when there is no other."""

Forme = tuple[str, ...]
"""A form: its words, without the empty ones."""


@dataclass(frozen=True, slots=True)
class Synonymes:
    """The forms that mean the same.

    Attributes:
        autres: a form → the others.
        sigles: words that are short forms: « mas » is never the beginning of « massage ».
    """

    autres: Mapping[Forme, tuple[Forme, ...]] = field(default_factory=dict)
    sigles: frozenset[str] = frozenset()

    @property
    def longueur_max(self) -> int:
        """Words of the longest form."""
        return max(map(len, self.autres), default=1)


_INITIALES = re.compile(r"\b(?:[A-Za-z]\.){2,}[A-Za-z]?\b\.?")


@dataclass(frozen=True, slots=True)
class Terme:
    """What stands for one or a few typed words: one of its forms must be there, all the words of that form.

    Attributes:
        tape: the words as typed, without accents.
        formes: the forms, those words first.
        entiers: words of these forms that are whole words, never the beginning of one.
        debuts: the beginnings that many fiches have → the words that begin so: an index finds some words faster than
            one beginning.
    """

    tape: str
    formes: tuple[Forme, ...]
    entiers: frozenset[str] = frozenset()
    debuts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def mots(self) -> set[str]:
        """All the words of its forms."""
        return {mot for forme in self.formes for mot in forme}


@dataclass(frozen=True, slots=True)
class Numero:
    """A number: `exact` when it has all its figures."""

    chiffres: str
    exact: bool
    telephone: bool = False

    @property
    def debut_de_telephone(self) -> bool:
        """Whether it may be the first figures of a phone number."""
        return self.chiffres.startswith("0") and self.chiffres.isdecimal() and len(self.chiffres) < 10


def lire_numero(texte: str) -> Numero | None:
    """Returns the FINESS, SIREN, SIRET or phone number a text is, whatever its spaces and dots, or None."""
    compact = re.sub(r"[\s.\-/()]", "", texte).upper()
    compact = re.sub(r"^(\+33|0033)\(?0?\)?(?=\d{9}$)", "0", compact)
    if not re.fullmatch(r"\d[\dAB]\d{4,12}", compact):
        return None
    if len(compact) == 10:
        return Numero(compact, True, telephone=compact.startswith("0"))
    return Numero(compact, len(compact) in (9, 14))


def termes(texte: str, synonymes: Synonymes) -> list[Terme]:
    """Cuts a text into terms, the longest known forms first; empty words are left out when others remain."""
    mots = mots_de(texte)[:MOTS_MAX]
    trouves, rang = [], 0
    plus_longue = synonymes.longueur_max
    while rang < len(mots):
        for longueur in range(min(plus_longue, len(mots) - rang), 0, -1):
            forme = tuple(mots[rang : rang + longueur])
            if forme in synonymes.autres or longueur == 1:
                trouves.append(terme(forme, synonymes))
                rang += longueur
                break
    return trouves


def mots_de(texte: str) -> list[str]:
    """The words of a text in lower-case ASCII, « C.H.U. » being one, without the empty ones when others remain."""
    colle = _INITIALES.sub(lambda trouve: trouve[0].replace(".", "") + " ", texte)
    mots = _coller_les_lettres(normaliser(colle).split())
    return [mot for mot in mots if mot not in VIDES] or mots


def terme(forme: Forme, synonymes: Synonymes) -> Terme:
    """The term of a form; another form that begins it, « serv » for « service », is a whole word."""
    formes = (forme, *synonymes.autres.get(forme, ()))
    abregees = {f[0] for f in formes[1:] if len(f) == 1 and forme[0].startswith(f[0])}
    return Terme(" ".join(forme), formes, abregees | synonymes.sigles.intersection(mot for f in formes for mot in f))


def separer(groupe: str) -> tuple[list[str], list[str]]:
    """Returns the forms of a group that find all the others, then those that are only found.

    « EHPAD | maison de retraite » → both, and none; « hôpital > CH | CHU » → « hôpital », then « CH » and « CHU ».
    """
    tete, _, suite = groupe.rpartition(">")
    valent, trouvees = (tete, suite) if tete else (suite, "")
    return _couper(valent), _couper(trouvees)


def _couper(formes: str) -> list[str]:
    return [forme.strip() for forme in formes.split("|") if forme.strip()]


def lire_synonymes(groupes: Iterable[str]) -> Synonymes:
    """Reads groups « EHPAD | maison de retraite »; in « hôpital > CH », whoever types « CH » does not ask « hôpital ».

    What is written in capitals, or in three letters at most, is a short form.
    """
    autres: dict[Forme, dict[Forme, None]] = {}
    sigles: set[str] = set()
    for groupe in groupes:
        valent, trouvees = separer(groupe)
        textes, demandees = [*valent, *trouvees], valent
        formes = {texte: tuple(mots_de(texte)) for texte in textes}
        for texte in demandees:
            siennes = [f for t, f in formes.items() if f and f != formes[texte]]
            autres.setdefault(formes[texte], {}).update(dict.fromkeys(siennes))
        sigles |= {f[0] for t, f in formes.items() if len(f) == 1 and (t.isupper() or len(f[0]) <= 3)}
    return Synonymes({f: tuple(a) for f, a in autres.items() if f}, frozenset(sigles))


def en_tsquery(cherches: Sequence[Terme], *, poids: str = "", entiers: bool = False) -> str:
    """The query of an index that must have every term.

    Args:
        cherches: the terms; none gives an empty text, which is no query.
        poids: weights « A »… where they must be; everywhere when empty.
        entiers: as whole words, not beginnings.
    """
    return " & ".join(f"({_terme_en_tsquery(terme, poids, entiers)})" for terme in cherches)


def a_un_mot_pres(cherches: Sequence[Terme]) -> list[Terme]:
    """The terms, of which one word of a long form may be missing: « hébergement pour personnes âgées dépendantes »."""

    def ecourter(forme: Forme) -> Iterable[Forme]:
        return combinations(forme, len(forme) - 1) if len(forme) >= FORME_LONGUE else (forme,)

    return [replace(terme, formes=tuple(f for forme in terme.formes for f in ecourter(forme))) for terme in cherches]


def presque_tous(cherches: Sequence[Terme]) -> str:
    """The query of what has all the terms but one."""
    return " | ".join(f"({en_tsquery(groupe)})" for groupe in combinations(cherches, len(cherches) - 1))


def etiquettes(valeurs: Iterable[str]) -> str:
    """The query of the marks (`@gMSS`) of which one must be there."""
    return "(" + " | ".join("'" + valeur.replace("'", "") + "'" for valeur in valeurs) + ")"


def ensemble(*requetes: str) -> str:
    """All these queries at once; the empty ones ask nothing."""
    return " & ".join(f"({requete})" for requete in requetes if requete)


def _terme_en_tsquery(terme: Terme, poids: str, entiers: bool) -> str:
    """One of its forms; a form that has all the words of another one says no more."""
    ensembles = [frozenset(forme) for forme in terme.formes]
    utiles = [f for f, mots in zip(terme.formes, ensembles, strict=True) if not any(e < mots for e in ensembles)]
    return " | ".join(
        " & ".join(_mot_en_tsquery(mot, poids, entiers or mot in terme.entiers, terme.debuts) for mot in forme)
        for forme in utiles
    )


def racine(mot: str) -> str:
    """A word without the mark of its plural."""
    return mot[:-1] if len(mot) >= 5 and mot[-1] in "sx" else mot


def _mot_en_tsquery(mot: str, poids: str, entier: bool, debuts: Mapping[str, tuple[str, ...]]) -> str:
    """A word and its singular; the beginning of words unless it is too short to say something."""
    if entier:
        return _ou([_lexeme(forme, poids) for forme in dict.fromkeys((mot, racine(mot)))])
    if mot in debuts:
        return _ou([_lexeme(forme, poids) for forme in debuts[mot]])
    if len(mot) < 3:
        return _lexeme(mot, poids)
    return _lexeme(racine(mot), f"*{poids}")


def _lexeme(mot: str, suffixe: str) -> str:
    return f"{mot}:{suffixe}" if suffixe else mot


def _ou(morceaux: Sequence[str]) -> str:
    return morceaux[0] if len(morceaux) == 1 else f"({' | '.join(morceaux)})"


def _coller_les_lettres(mots: list[str]) -> list[str]:
    """« c h u » → « chu »; one letter alone, or the « l » and « d » before a word, stay."""
    resultat: list[str] = []
    suite = ""
    for mot in [*mots, ""]:
        if len(mot) == 1 and mot.isalpha():
            suite += mot
            continue
        resultat += [suite] if len(suite) >= 2 else list(suite)
        suite = ""
        if mot:
            resultat.append(mot)
    return resultat
