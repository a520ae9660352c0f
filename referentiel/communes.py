"""Recognising communes in a pasted list: INSEE codes, names, « name (département) », « 77000 Melun » (pure).

Nothing is guessed in silence: what fits one commune only is recognised, the rest comes back with the reason and what
it may have meant. A former commune (déléguée, associée) stands for the one it belongs to. Source: INSEE, COG.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property

from ror.commun.texte import normaliser

from .departements import NOMS

LIGNES_MAX = 2000
LONGUEUR_MAX = 60_000
PROPOSITIONS_MAX = 6
RAPPROCHEES_MAX = 60
"""Unknown lines that are compared with every name; further ones are reported without proposals."""

RESSEMBLANCE = 0.72
"""From 0, nothing in common, to 1, the same name."""

_SEPARATEURS = re.compile(r"[\n\r,;\t|]+")
_INSEE = re.compile(r"(?:\d{2}|2[ab])\d{3}")
_DEPARTEMENT = re.compile(r"\d{2,3}|2[ab]")
_ABREGES = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ARRONDISSEMENT = re.compile(r"(.+ \d+)(er|e) arrondissement")
_PAR_NOM = {normaliser(nom): code for code, nom in NOMS.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """A line that is not one commune: what it says, why, and the communes it may mean (code, name)."""

    ligne: str
    raison: str
    propositions: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Lecture:
    """What was read in a list: codes in the order of the lines, former communes replaced, lines not understood."""

    codes: list[str] = field(default_factory=list)
    remplacees: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def departement_de(code: str) -> str:
    """Returns the département (or collectivité) of an INSEE code of commune."""
    return code[:3] if code[:2] in ("97", "98") else code[:2]


def nom_complet(code: str, nom: str) -> str:
    """« Melun (77) »."""
    return f"{nom} ({departement_de(code)})"


class Annuaire:
    """The communes by code and by name.

    Args:
        noms: INSEE code → name of each present commune and municipal arrondissement.
        anciennes: (INSEE code, name, code of the present commune) of the former ones.
    """

    def __init__(self, noms: Mapping[str, str], anciennes: Iterable[tuple[str, str, str]] = ()) -> None:
        self.noms = noms
        self.par_nom: dict[str, list[str]] = defaultdict(list)
        for code, nom in noms.items():
            for cle in _cles(nom):
                self.par_nom[cle].append(code)
        self.anciens_codes: dict[str, str] = {}
        self.anciens_noms: dict[str, list[str]] = defaultdict(list)
        for code, nom, actuelle in anciennes:
            if actuelle in noms:
                self.anciens_codes.setdefault(code, actuelle)
                self.anciens_noms[_cle(nom)].append(actuelle)

    def lire(self, texte: str) -> Lecture:
        """Reads a pasted list; every line that says something ends in `codes` or in `questions`."""
        lecture = Lecture()
        vus: set[str] = set()
        morceaux = [" ".join(m.split()) for m in _SEPARATEURS.split(texte)]
        for ligne in morceaux:
            cle = normaliser(ligne)
            if not cle or cle in vus:
                continue
            vus.add(cle)
            self._lire_ligne(ligne, lecture)
        lecture.codes = list(dict.fromkeys(lecture.codes))
        return lecture

    def _lire_ligne(self, ligne: str, lecture: Lecture) -> None:
        mots = normaliser(ligne).split()
        if len(mots) == 1 and _INSEE.fullmatch(mots[0]):
            return self._lire_code(ligne, mots[0].upper(), lecture)
        nom, indice = _nom_et_indice(mots, self.par_nom)
        trouves = self._du_departement(self.par_nom.get(nom, []), indice)
        anciens = [] if trouves else self._du_departement(self.anciens_noms.get(nom, []), indice)
        candidats = list(dict.fromkeys(trouves or anciens))
        if len(candidats) == 1:
            lecture.codes += candidats
            if not trouves:
                lecture.remplacees.append(self._remplacement(ligne, candidats[0]))
        elif candidats:
            lecture.questions.append(
                Question(ligne, "plusieurs communes portent ce nom", self._propositions(candidats))
            )
        else:
            lecture.questions.append(self._inconnue(ligne, nom, indice, lecture))
        return None

    def _lire_code(self, ligne: str, code: str, lecture: Lecture) -> None:
        actuelle = code if code in self.noms else self.anciens_codes.get(code)
        if actuelle is None:
            raison = "aucune commune n’a ce code INSEE. Si c’est un code postal, écrivez le nom de la commune"
            lecture.questions.append(Question(ligne, raison))
            return
        lecture.codes.append(actuelle)
        if actuelle != code:
            lecture.remplacees.append(self._remplacement(ligne, actuelle))

    def _du_departement(self, codes: list[str], indice: str) -> list[str]:
        """Those that a département, an INSEE code or a postal code beside the name allows; an INSEE code alone wins."""
        if indice.upper() in codes:
            return [indice.upper()]
        return [code for code in codes if not indice or departement_de(code) in _departements(indice)]

    def _inconnue(self, ligne: str, nom: str, indice: str, lecture: Lecture) -> Question:
        ailleurs = self.par_nom.get(nom, []) + self.anciens_noms.get(nom, [])
        if ailleurs:
            return Question(ligne, "cette commune est dans un autre département", self._propositions(ailleurs))
        raison = "aucune commune ne porte ce nom"
        if len(lecture.questions) >= RAPPROCHEES_MAX or len(nom) < 3:
            return Question(ligne, raison)
        codes = [code for cle in self._noms_proches(nom) for code in self.par_nom[cle]]
        return Question(ligne, raison, self._propositions(self._du_departement(codes, indice) or codes))

    def _noms_proches(self, nom: str) -> list[str]:
        """The names that look like this one, the nearest first: many letters by three in common, then compared."""
        communs = Counter(cle for trio in _trios(nom) for cle in self._par_trio.get(trio, ()))
        rapports = [(SequenceMatcher(None, nom, cle).ratio(), cle) for cle, _ in communs.most_common(80)]
        return [cle for rapport, cle in sorted(rapports, key=lambda r: (-r[0], r[1])) if rapport >= RESSEMBLANCE]

    @cached_property
    def _par_trio(self) -> dict[str, list[str]]:
        resultat: dict[str, list[str]] = defaultdict(list)
        for cle in self.par_nom:
            for trio in _trios(cle):
                resultat[trio].append(cle)
        return resultat

    def _propositions(self, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
        premiers = list(dict.fromkeys(codes))[:PROPOSITIONS_MAX]
        return tuple((code, nom_complet(code, self.noms[code])) for code in premiers)

    def _remplacement(self, ligne: str, actuelle: str) -> str:
        return f"{ligne} → {nom_complet(actuelle, self.noms[actuelle])}"


def _trios(nom: str) -> set[str]:
    borne = f" {nom} "
    return {borne[i : i + 3] for i in range(len(borne) - 2)}


def _cle(nom: str) -> str:
    return " ".join(_ABREGES.get(mot, mot) for mot in normaliser(nom).split())


def _cles(nom: str) -> list[str]:
    """The ways a name is written: « Paris 13e Arrondissement » is also « Paris 13e » and « Paris 13 »."""
    cle = _cle(nom)
    trouve = _ARRONDISSEMENT.fullmatch(cle)
    return [cle, trouve[1] + trouve[2], trouve[1]] if trouve else [cle]


def _nom_et_indice(mots: list[str], connus: Mapping[str, object]) -> tuple[str, str]:
    """Splits « 77000 Melun », « Melun 77 », « Melun (Seine-et-Marne) », « Paris 13 » into a name and what places it."""
    entier = _cle(" ".join(mots))
    if entier in connus:
        return entier, ""
    for indice, reste in ((mots[0], mots[1:]), (mots[-1], mots[:-1])):
        if reste and (_INSEE.fullmatch(indice) or _DEPARTEMENT.fullmatch(indice)):
            return _cle(" ".join(reste)), indice
    for coupe in range(len(mots) - 1, 0, -1):
        departement = _PAR_NOM.get(" ".join(mots[coupe:]))
        nom = _cle(" ".join(mots[:coupe]))
        if departement and nom in connus:
            return nom, departement.lower()
    return entier, ""


def _departements(indice: str) -> tuple[str, ...]:
    """The départements that an INSEE code, a postal code or a département means; a postal code 20… is Corsican."""
    code = indice.upper()
    if code.startswith("20"):
        return ("2A", "2B")
    return (departement_de(code),) if len(code) == 5 else (code.zfill(2),)
