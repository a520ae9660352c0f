"""Writes `tests/referentiel/donnees/qualite_recherche.csv`: establishments drawn at random from the real national file,
each with what a person who looks for it would type. `python -m bancs.tirage_recherche` gives the same list again.

The rules are those of hands, not of the engine: two to four words of the name as one remembers it, the town whenever
the name alone would not tell, the sigle of its kind rather than its label, accents at will, one or two slips of the
fingers. An establishment that has the very name of another in its town is left out: nobody could tell which is meant.
"""

import csv
import gzip
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
REEL = RACINE.parent / "shared/finess/classique/etalab-cs1100507-stock-20210108-RECONSTRUIT.csv.gz"
LISTE = RACINE / "tests/referentiel/donnees/qualite_recherche.csv"
GRAINE = 20261127
PAR_GENRE = 24

_SIGLES = {
    "500": "EHPAD", "354": "SSIAD", "183": "IME", "182": "SESSAD", "246": "ESAT", "255": "MAS", "437": "FAM",
    "446": "SAVS", "445": "SAMSAH", "156": "CMP", "189": "CMPP", "190": "CAMSP", "127": "HAD", "186": "ITEP",
    "177": "MECS", "197": "CSAPA", "178": "CAARUD", "214": "CHRS", "355": "CH", "101": "CHU", "362": "USLD",
    "223": "PMI", "202": "résidence autonomie", "460": "SAAD",
}  # fmt: skip
_PLEINS = {
    "EHPAD": "maison de retraite",
    "SSIAD": "soins infirmiers à domicile",
    "IME": "institut médico-éducatif",
    "ESAT": "établissement et service d'aide par le travail",
    "MAS": "maison d'accueil spécialisée",
    "FAM": "foyer d'accueil médicalisé",
    "CMP": "centre médico psychologique",
    "CMPP": "centre médico-psycho-pédagogique",
    "CAMSP": "centre d'action médico-sociale précoce",
    "HAD": "hospitalisation à domicile",
    "MECS": "maison d'enfants à caractère social",
    "CH": "centre hospitalier",
    "USLD": "soins de longue durée",
    "CHRS": "centre d'hébergement et de réinsertion sociale",
    "ITEP": "institut thérapeutique éducatif et pédagogique",
    "SESSAD": "service d'éducation spéciale et de soins à domicile",
    "SAVS": "service d'accompagnement à la vie sociale",
}
_ACCENTS = {
    "residence": "résidence", "hopital": "hôpital", "prevention": "prévention", "sante": "santé", "medico": "médico",
    "medical": "médical", "medicale": "médicale", "educatif": "éducatif", "pole": "pôle", "chateau": "château",
    "genes": "genêts", "pres": "prés", "tremplin": "tremplin", "eglise": "église", "chene": "chêne", "aines": "aînés",
    "foret": "forêt", "cote": "côte", "ile": "île", "desire": "désiré", "andre": "andré", "rene": "rené",
    "helene": "hélène", "francois": "françois", "therese": "thérèse", "maternite": "maternité", "reeducation":
    "rééducation", "psychiatrie": "psychiatrie", "etoile": "étoile", "ecole": "école", "pediatrie": "pédiatrie",
}  # fmt: skip
_VIDES = {"de", "du", "des", "la", "le", "les", "l", "d", "et", "en", "a", "au", "aux", "sur", "sous", "pour"}
_VOISINES = {
    "a": "zq", "e": "rz", "i": "uo", "o": "ip", "u": "yi", "r": "et", "t": "ry", "s": "qd", "n": "b", "l": "km",
    "m": "lp", "c": "xv", "p": "om", "d": "sf", "g": "fh", "b": "vn",
}  # fmt: skip


@dataclass(frozen=True)
class Etablissement:
    """What is needed of one line of the file."""

    finess: str
    nom: str
    ville: str
    telephone: str
    siret: str
    categorie: str

    @property
    def mots(self) -> list[str]:
        """The words one remembers of the name, in lower case."""
        lus = re.findall(r"[a-z0-9]+", self.nom.lower())
        return [mot for mot in lus if mot not in _VIDES and len(mot) > 1]


def lire() -> list[Etablissement]:
    """Every establishment of the file that has a name and a town."""
    lus = []
    with gzip.open(REEL, "rt", encoding="utf-8") as fichier:
        for ligne in csv.reader(fichier, delimiter=";"):
            if ligne[0] == "structureet" and len(ligne) > 22 and ligne[3] and " " in ligne[15]:
                ville = re.sub(r"\s+CEDEX.*", "", ligne[15][6:]).strip().lower()
                lus.append(Etablissement(ligne[1], ligne[3], ville, ligne[16], ligne[22], ligne[18]))
    return lus


def tirer() -> Iterator[tuple[str, str, str]]:
    """(kind, query, FINESS number expected)."""
    hasard = random.Random(GRAINE)
    tous = lire()
    noms = Counter((tuple(e.mots), e.ville) for e in tous)
    par_sigle = Counter((_SIGLES.get(e.categorie, ""), e.ville) for e in tous)
    dicibles = [e for e in tous if noms[tuple(e.mots), e.ville] == 1 and len(e.mots) >= 2]
    frequence = Counter(mot for e in tous for mot in set(e.mots))
    genres = {
        "nom et ville": _nom_et_ville,
        "accents": _accents,
        "nom partiel": _nom_partiel,
        "une faute": lambda e, h: _avec_fautes(e, h, 1),
        "deux fautes": lambda e, h: _avec_fautes(e, h, 2),
        "sigle": lambda e, h: _sigle(e, par_sigle, frequence),
        "sigle développé": lambda e, h: _developpe(e, par_sigle, frequence),
        "finess": lambda e, h: h.choice([e.finess, f"{e.finess[:2]} {e.finess[2:5]} {e.finess[5:8]} {e.finess[8:]}"]),
        "siret": lambda e, h: (
            e.siret and h.choice([e.siret, f"{e.siret[:3]} {e.siret[3:6]} {e.siret[6:9]} {e.siret[9:]}"])
        ),
        "téléphone": _telephone(Counter(e.telephone for e in tous)),
    }
    for genre, ecrire in genres.items():
        faits = 0
        while faits < PAR_GENRE:
            etablissement = hasard.choice(dicibles)
            if requete := ecrire(etablissement, hasard):
                faits += 1
                yield genre, requete, etablissement.finess


def _memoire(e: Etablissement, hasard: random.Random) -> list[str]:
    """The whole of a short name; of a long one, its two first words and another."""
    mots = e.mots
    return mots if len(mots) <= 4 else [*mots[:2], hasard.choice(mots[2:])]


def _avec_ville(mots: list[str], e: Etablissement) -> str:
    """The town follows unless the name says it."""
    return " ".join(mots) if e.ville.split()[0] in mots else f"{' '.join(mots)} {e.ville}"


def _nom_et_ville(e: Etablissement, hasard: random.Random) -> str:
    texte = _avec_ville(_memoire(e, hasard), e)
    return hasard.choice([texte, texte.title(), texte.upper()])


def _accents(e: Etablissement, hasard: random.Random) -> str:
    mots = _memoire(e, hasard)
    accentues = [_ACCENTS.get(mot, mot) for mot in mots]
    return _avec_ville(accentues, e).replace(" saint ", " Saint-") if accentues != mots else ""


def _nom_partiel(e: Etablissement, hasard: random.Random) -> str:
    """Two words of the name, the beginning of the last one only, and the town."""
    mots = [mot for mot in e.mots if mot not in e.ville.split()]
    if len(mots) < 3:
        return ""
    premier, dernier = sorted(hasard.sample(range(len(mots)), 2))
    fin = mots[dernier]
    return f"{mots[premier]} {fin[: max(4, len(fin) - 3)]} {e.ville}"


def _avec_fautes(e: Etablissement, hasard: random.Random, nombre: int) -> str:
    """Slips in words of six letters or more (five for one slip), in one word or in two."""
    mots = _avec_ville(_memoire(e, hasard), e).split()
    longs = [n for n, mot in enumerate(mots) if len(mot) >= (5 if nombre == 1 else 7) and mot.isalpha()]
    if len(longs) < nombre:
        return ""
    for n in hasard.sample(longs, nombre) if hasard.random() < 0.6 else [hasard.choice(longs)] * nombre:
        mots[n] = faute(mots[n], hasard)
    return " ".join(mots)


def faute(mot: str, hasard: random.Random) -> str:
    """One slip of the fingers, seldom on the first letter."""
    n = hasard.randrange(1, len(mot) - 1) if hasard.random() < 0.9 else 0
    geste = hasard.choice(("oubli", "inversion", "voisine", "double"))
    if geste == "oubli":
        return mot[:n] + mot[n + 1 :]
    if geste == "inversion" and mot[n] != mot[n + 1]:
        return mot[:n] + mot[n + 1] + mot[n] + mot[n + 2 :]
    if geste == "voisine" and mot[n] in _VOISINES:
        return mot[:n] + hasard.choice(_VOISINES[mot[n]]) + mot[n + 1 :]
    return mot[:n] + mot[n] + mot[n:]


def _rare(e: Etablissement, frequence: Counter[str], sigle: str) -> str:
    """The word of the name that tells most."""
    propres = [m for m in e.mots if m not in e.ville.split() and m != sigle.lower()]
    return min(propres, key=frequence.__getitem__, default="")


def _sigle(e: Etablissement, par_sigle: Counter, frequence: Counter[str]) -> str:
    """« ehpad glycines valmont »: the word that tells is left out where the town has few of them."""
    sigle = _SIGLES.get(e.categorie, "")
    if not sigle:
        return ""
    mot = "" if par_sigle[sigle, e.ville] <= 5 else _rare(e, frequence, sigle)
    return " ".join(filter(None, [sigle.lower(), mot, e.ville]))


def _developpe(e: Etablissement, par_sigle: Counter, frequence: Counter[str]) -> str:
    sigle = _SIGLES.get(e.categorie, "")
    if sigle not in _PLEINS:
        return ""
    mot = "" if par_sigle[sigle, e.ville] <= 5 else _rare(e, frequence, sigle)
    return " ".join(filter(None, [_PLEINS[sigle], mot, e.ville]))


def _telephone(nombres: Counter[str]):
    def ecrire(e: Etablissement, hasard: random.Random) -> str:
        n = e.telephone
        if len(n) != 10 or nombres[n] > 5:
            return ""
        paires = [n[i : i + 2] for i in range(0, 10, 2)]
        return hasard.choice([n, " ".join(paires), ".".join(paires), f"+33 {n[1]} {' '.join(paires[1:])}"])

    return ecrire


def main() -> None:
    par_genre: dict[str, int] = defaultdict(int)
    with LISTE.open("w", encoding="utf-8", newline="") as fichier:
        ecrivain = csv.writer(fichier, delimiter=";", lineterminator="\n")
        ecrivain.writerow(["genre", "requete", "finess"])
        for genre, requete, finess in tirer():
            par_genre[genre] += 1
            ecrivain.writerow([genre, requete, finess])


if __name__ == "__main__":
    main()
