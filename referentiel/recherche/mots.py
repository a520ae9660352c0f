"""The words of the index: kept in a table with their frequency, held by each process to correct what is mistyped."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..models import EtatMots, MotRecherche

LONGUEUR_MIN = 4
"""A shorter word is not corrected: it resembles too many others."""

CANDIDATS = 8

_MARQUE = "@[cgdktmnep][0-9A-Za-z]{1,9}"
"""The marks of the filters, counted too: how many fiches a filter keeps at most."""

_MOT = "[a-z][a-z]{2,59}"
PERSONNE = "~"
"""Before a word of the persons of the fiches: one looks for them apart."""

_verrou = threading.Lock()


@dataclass
class Lexique:
    """The words known at one version of the list, and in how many fiches each is."""

    version: int
    frequences: dict[str, int] = field(default_factory=dict)
    marques: dict[str, int] = field(default_factory=dict)
    noms: dict[str, int] = field(default_factory=dict)

    @cached_property
    def des_personnes(self) -> "Lexique":
        """The words of the persons of the fiches: their names, functions and places."""
        return Lexique(self.version, self.noms)

    @cached_property
    def total(self) -> int:
        """How many fiches there are."""
        return sum(nombre for marque, nombre in self.marques.items() if marque.startswith("@n"))

    def valeurs(self, debut: str) -> list[str]:
        """The values of the filter whose mark is `debut`, for instance « @g »."""
        return [marque[len(debut) :] for marque in self.marques if marque.startswith(debut)]

    @cached_property
    def par_longueur(self) -> dict[int, list[str]]:
        """The words of each length."""
        longueurs: dict[int, list[str]] = defaultdict(list)
        for mot in self.frequences:
            longueurs[len(mot)].append(mot)
        return longueurs

    @cached_property
    def ranges(self) -> list[str]:
        """The words in alphabetical order."""
        return sorted(self.frequences)

    @cached_property
    def cumuls(self) -> list[int]:
        """How many fiches the words before each of `ranges` have, in all."""
        return [0, *accumulate(self.frequences[mot] for mot in self.ranges)]

    def commencant(self, debut: str) -> tuple[int, int]:
        """The part of `ranges` whose words begin so."""
        return bisect_left(self.ranges, debut), bisect_left(self.ranges, debut + "{")

    def frequence(self, debut: str) -> int:
        """In how many fiches, at most, a word begins so."""
        premier, fin = self.commencant(debut)
        return self.cumuls[fin] - self.cumuls[premier]


_lexiques: dict[str, Lexique] = {}


def recompter() -> None:
    """Counts again in how many fiches each word is, offers kept from some readers left out; a few seconds a country."""
    with connection.cursor() as curseur:
        curseur.execute(
            # Not by ts_stat, whose tree of words becomes a list, and a few seconds minutes, on words that follow on.
            "CREATE TEMP TABLE mots_comptes AS SELECT mot, count(*) AS frequence"
            " FROM referentiel_ficherecherche, unnest(tsvector_to_array(mots)) AS mot WHERE NOT sensible"
            " GROUP BY mot HAVING mot ~ %s"
            " UNION ALL SELECT %s || mot, count(*)"
            " FROM referentiel_ficherecherche, unnest(tsvector_to_array(professionnels)) AS mot"
            " WHERE professionnels IS NOT NULL AND NOT sensible GROUP BY mot HAVING mot ~ %s",
            [f"^({_MOT}|{_MARQUE})$", PERSONNE, f"^{_MOT}$"],
        )
        curseur.execute("DELETE FROM referentiel_motrecherche m WHERE mot NOT IN (SELECT mot FROM mots_comptes)")
        curseur.execute(
            "INSERT INTO referentiel_motrecherche AS m (mot, frequence) SELECT mot, frequence FROM mots_comptes"
            " ORDER BY mot ON CONFLICT (mot) DO UPDATE SET frequence = EXCLUDED.frequence"
            " WHERE m.frequence <> EXCLUDED.frequence"
        )
        curseur.execute("DROP TABLE mots_comptes")
    _changer_de_version()


def apprendre(pks: Collection[int]) -> None:
    """Adds the words that these fiches brought; in its own transaction, so that no writer waits for another."""
    with connection.cursor() as curseur:
        curseur.execute(
            "INSERT INTO referentiel_motrecherche (mot, frequence)"
            " SELECT DISTINCT nouveau.mot, 1 FROM referentiel_ficherecherche r, LATERAL ("
            " SELECT mot FROM unnest(tsvector_to_array(r.mots)) AS mot WHERE mot ~ %s UNION ALL"
            " SELECT %s || mot FROM unnest(tsvector_to_array(r.professionnels)) AS mot WHERE mot ~ %s) nouveau"
            " WHERE r.structure_id = ANY(%s) AND NOT r.sensible"
            " AND NOT EXISTS (SELECT 1 FROM referentiel_motrecherche c WHERE c.mot = nouveau.mot)"
            " ORDER BY 1 ON CONFLICT DO NOTHING",
            [f"^{_MOT}$", PERSONNE, f"^{_MOT}$", list(pks)],
        )
        nouveaux = curseur.rowcount
    if nouveaux:
        _changer_de_version()


def proches(mot: str, lexique: Lexique) -> list[str]:
    """Returns the known words that `mot` may stand for, the most likely first.

    One letter may be wrong in a word of 4 or 5, two in a longer one; two letters exchanged count for one.
    """
    if len(mot) < LONGUEUR_MIN:
        return []
    permis = 1 if len(mot) < 6 else 2
    trouves = []
    for longueur in range(len(mot) - permis, len(mot) + permis + 1):
        choix = lexique.par_longueur.get(longueur, [])
        trouves += process.extract(mot, choix, scorer=OSA.distance, score_cutoff=permis, limit=None)
    classes = sorted(trouves, key=lambda t: (t[1], t[0][0] != mot[0], -lexique.frequences[t[0]], t[0]))
    return [candidat for candidat, *_ in classes[:CANDIDATS] if candidat != mot]


def coupures(mot: str, lexique: Lexique) -> list[str]:
    """« valmontehpad » → the two known words it may be made of, the most frequent first."""
    paires = [(mot[:n], mot[n:]) for n in range(3, len(mot) - 2)]
    connues = [p for p in paires if all(m in lexique.frequences for m in p)]
    connues.sort(key=lambda p: -min(lexique.frequences[m] for m in p))
    return [" ".join(paire) for paire in connues[:2]]


def lexique_courant() -> Lexique:
    """Returns the words known, read again when another process changed the list; one small query when it did not."""
    version = EtatMots.objects.values_list("version", flat=True).first() or 0
    base = connection.settings_dict["NAME"]
    with _verrou:
        connu = _lexiques.get(base)
        if connu is None or connu.version != version:
            connu = _lexiques[base] = _lire(version, MotRecherche.objects.values_list("mot", "frequence"))
        return connu


def _lire(version: int, lignes: Iterable[tuple[str, int]]) -> Lexique:
    lexique = Lexique(version)
    for mot, frequence in lignes:
        if mot[0] == PERSONNE:
            lexique.noms[mot[1:]] = frequence
        else:
            (lexique.marques if mot[0] == "@" else lexique.frequences)[mot] = frequence
    return lexique


def _changer_de_version() -> None:
    """Every process reads the words again; a stamp of time, never seen before, even after a transaction given up."""
    EtatMots.objects.update_or_create(pk=1, defaults={"version": time.time_ns()})
