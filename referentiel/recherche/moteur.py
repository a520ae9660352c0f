"""The one statement of a search: the candidates, the first of them in order, and how many each filter would give."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, prod
from typing import Any

from django.db import connection

from ..niveaux import Niveau
from .colonnes import RANGS, TRANCHES
from .criteres import Autour, Criteres, Facette, Tri
from .filtres import DISTANCE, FRAICHEUR, MARQUES, Conditions, conditions_de
from .mots import Lexique
from .sujet import Sujet

PLAFOND = 5_000
"""Beyond, a search is not counted any further: it says « plus de 5 000 », the best levels first."""

BEAUCOUP = 2 * PLAFOND
"""Fiches that are read one by one rather than level after level, or than not at all."""

PAR_PAGE = 20

_COLONNES = {
    Facette.GROUPE: "r.groupe",
    Facette.NIVEAU: "r.niveau",
    Facette.CATEGORIE: "r.categorie",
    Facette.TYPE: "r.type_offre",
    Facette.MODE: "r.mode",
    Facette.DEPARTEMENT: "r.departement",
    Facette.ETAT: "r.etat",
    Facette.FRAICHEUR: FRAICHEUR,
}
"""Facets of one value a fiche; `publics` has several."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """What the index answers.

    Attributes:
        cles: the fiches of the page, in order, with their distance in kilometres when there is a place.
        total: how many answer, `PLAFOND` at most.
        plafonne: there are more.
        nombres: how many fiches each value of each facet has.
        partielles: ticked facets that too many fiches would answer, without their own ticks, for these to be counted.
    """

    cles: tuple[tuple[int, float | None], ...] = ()
    total: int = 0
    plafonne: bool = False
    nombres: tuple[tuple[str, str, int], ...] = ()
    partielles: frozenset[Facette] = frozenset()


VIDE = Reponse()


@dataclass(frozen=True, slots=True)
class Demande:
    """All that a search depends on.

    Attributes:
        criteres: the filters, the order and the page.
        sujet: what the text asks.
        cachees: the offers the reader may not know of.
        autour: the place.
        instant: now.
        lexique: the words and marks of the index.
    """

    criteres: Criteres
    sujet: Sujet
    cachees: Collection[int]
    autour: Autour | None
    instant: datetime
    lexique: Lexique

    @property
    def borne(self) -> int | None:
        """How many fiches may answer at most, None when nobody knows."""
        return min(self._bornes(), default=None)

    @property
    def peu(self) -> bool:
        """Whether few fiches answer, by what each word and each filter keeps of the whole."""
        return self._attendues() <= BEAUCOUP

    def innombrable(self, sauf: Facette) -> bool:
        """Whether too many fiches to be counted would answer without the ticks of `sauf`; no when nobody knows."""
        sujet = self.sujet
        au_juge = sujet.cles is not None or sujet.professionnels or (sujet.mots and sujet.borne is None)
        if au_juge or self.autour or self.criteres.commune or not self.lexique.total:
            return False
        return self._attendues(sauf) > BEAUCOUP

    @property
    def cochees(self) -> list[Facette]:
        """The facets that have ticks."""
        return [facette for facette, valeurs in self.criteres.facettes.items() if valeurs]

    def _attendues(self, sauf: Facette | None = None) -> float:
        """How many fiches answer, if each word and each filter keeps its share of the whole; infinite when unknown."""
        bornes, total = self._bornes(sauf), self.lexique.total
        if not bornes or not total:
            return inf
        return min(total * prod(min(1, borne / total) for borne in bornes), *bornes)

    def _bornes(self, sauf: Facette | None = None) -> list[int]:
        """How many fiches the words, then each filter, keep at most."""
        bornes = [] if self.sujet.borne is None else [self.sujet.borne]
        for facette, valeurs in self.criteres.facettes.items():
            if facette in MARQUES and facette is not sauf:
                bornes.append(sum(self.lexique.marques.get(MARQUES[facette] + valeur, 0) for valeur in valeurs))
        return bornes

    def conditions(self, sauf: Facette | None = None) -> Conditions:
        """The conditions of the candidates, the ticks of `sauf` left out."""
        return conditions_de(
            self.criteres, self.sujet, self.cachees, autour=self.autour, instant=self.instant, sauf=sauf
        )


def interroger(demande: Demande) -> Reponse:
    """Returns one page of answers and the counts of the filters; one statement."""
    if demande.sujet.impossible:
        return VIDE
    conditions, parametres = demande.conditions(), {"plafond": PLAFOND}
    candidats = _candidats(demande, conditions)
    partielles = {f for f in demande.cochees if demande.innombrable(sauf=f)}
    facettes = " UNION ALL ".join(_facettes(demande, parametres, partielles))
    parametres |= conditions.parametres | _paliers(demande.sujet) | {"beaucoup": BEAUCOUP}
    parametres |= {"nom": demande.sujet.nom, "limite": PAR_PAGE, "saut": (demande.criteres.page - 1) * PAR_PAGE}
    ((total, page, nombres),) = _lire(
        f"WITH c AS MATERIALIZED ({candidats}),"
        f" p AS (SELECT id, distance FROM c ORDER BY {_ordre(demande)} LIMIT %(limite)s OFFSET %(saut)s),"
        f" f (facette, valeur, nombre) AS ({facettes})"
        " SELECT (SELECT count(*) FROM c), (SELECT json_agg(json_build_array(id, distance)) FROM p),"
        " (SELECT json_agg(json_build_array(facette, valeur, nombre)) FROM f)",
        parametres,
        par_index=bool(demande.sujet.mots or demande.sujet.codes),
    )
    partielles |= _arretees(demande.cochees, nombres or ())
    return Reponse(
        cles=tuple((pk, distance) for pk, distance in page or ()),
        total=min(total, PLAFOND),
        plafonne=total > PLAFOND,
        nombres=tuple((facette, valeur, nombre) for facette, valeur, nombre in nombres or ()),
        partielles=frozenset(partielles),
    )


def cles_de(demande: Demande, limite: int) -> list[tuple[int, float | None]]:
    """Returns the answers in order, with their distance, `limite` at most: for a map, an export; one statement."""
    if demande.sujet.impossible:
        return []
    conditions, parametres = demande.conditions(), {"plafond": limite, "nom": demande.sujet.nom}
    candidats = _candidats(demande, conditions)
    parametres |= conditions.parametres | _paliers(demande.sujet)
    return _lire(
        f"WITH c AS MATERIALIZED ({candidats}) SELECT id, distance FROM c ORDER BY {_ordre(demande)} LIMIT %(plafond)s",
        parametres,
    )


def premiere_qui_trouve(demandes: Sequence[Demande]) -> int | None:
    """Returns which of these searches is the first to find something, None when none does; one statement."""
    essais, parametres = [], {}
    for rang, demande in enumerate(demandes):
        if not demande.sujet.impossible:
            conditions = demande.conditions()
            ou = conditions.ou(prefixe=f"e{rang}_")
            parametres |= conditions.parametres
            essais.append(f"(SELECT {rang} FROM referentiel_ficherecherche r WHERE {ou} LIMIT 1)")
    if not essais:
        return None
    lignes = _lire(f"SELECT * FROM ({' UNION ALL '.join(essais)}) e LIMIT 1", parametres)
    return lignes[0][0] if lignes else None


def _lire(sql: str, parametres: dict[str, Any], *, par_index: bool = True) -> list[tuple]:
    """Reads by the indexes: given a limit, the planner would rather read the whole table in hope.

    Both statements are sent at once, one transaction, at the end of which the setting is as before.
    """
    with connection.cursor() as curseur:
        curseur.execute(f"SET LOCAL enable_seqscan = off; {sql}" if par_index else sql, parametres)
        return curseur.fetchall()


def _candidats(demande: Demande, conditions: Conditions) -> str:
    """The candidates, level after level: what the limit cuts off is the last levels, not chance."""
    colonnes = (
        f"r.structure_id AS id, r.rang, r.nom, r.etat, r.relue_le, {_palier(demande.sujet)} AS palier,"
        f" {DISTANCE if demande.autour else 'NULL::float'} AS distance,"
        f" {', '.join(f'{c} AS {f.value}' for f, c in _COLONNES.items() if f is not Facette.ETAT)}, r.publics"
    )
    source = f"SELECT {colonnes} FROM referentiel_ficherecherche r WHERE"
    if not conditions.mots or demande.sujet.professionnels or demande.sujet.cles is not None:
        return f"{source} {conditions.ou()} LIMIT %(plafond)s + 1"
    if demande.peu:
        return f"{source} {conditions.ou()} ORDER BY r.rang LIMIT %(plafond)s + 1"
    branches = [f"({source} {conditions.ou(marque)})" for marque in _marques(demande)]
    return f"SELECT * FROM ({' UNION ALL '.join(branches)}) u LIMIT %(plafond)s + 1"


def _marques(demande: Demande) -> list[str]:
    """The parts of the index to be read one after the other: each level, in classes of length of the names where there
    may be very many answers. A part that the limit stops before is never read."""
    borne, voulus = demande.borne, demande.criteres.facettes.get(Facette.NIVEAU)
    niveaux = [n for n in sorted(Niveau, key=RANGS.__getitem__) if not voulus or n.value in voulus]
    if not niveaux or demande.sujet.codes:
        return [""]  # skills are those of offers: one level
    return [
        f"@o{niveau.value}{tranche}" if tranche is not None else f"@n{niveau.value}"
        for niveau in niveaux
        for tranche in (range(len(TRANCHES) + 1) if _foisonne(borne, niveau, demande.lexique) else [None])
    ]


def _foisonne(borne: int | None, niveau: Niveau, lexique: Lexique) -> bool:
    """Whether very many fiches of a level may answer."""
    return min(inf if borne is None else borne, lexique.marques.get(f"@n{niveau.value}", 0)) > 10 * PLAFOND


def _palier(sujet: Sujet) -> str:
    """How well a fiche answers, 0 being the best: it is called so, then each of the subject's queries in turn."""
    if not sujet.paliers:
        return "0"
    cas = [f"WHEN r.mots @@ %(palier{rang})s::tsquery THEN {rang + 1}" for rang in range(len(sujet.paliers))]
    return f"CASE WHEN r.nom = %(nom)s THEN 0 {' '.join(cas)} ELSE {len(cas) + 1} END"


def _paliers(sujet: Sujet) -> dict[str, Any]:
    return {f"palier{rang}": requete for rang, requete in enumerate(sujet.paliers)}


def _ordre(demande: Demande) -> str:
    """The order asked, always the same for the same rows."""
    stable = "rang, etat = 'DEF', length(nom), nom, id"
    ordres = {
        Tri.NOM: "nom, rang, id",
        Tri.DISTANCE: f"distance NULLS LAST, palier, {stable}" if demande.autour else f"palier, {stable}",
        Tri.FRAICHEUR: f"relue_le DESC NULLS LAST, palier, {stable}",
        Tri.PERTINENCE: f"palier, {stable}" if demande.sujet.paliers else "rang, etat = 'DEF', nom, id",
    }
    return ordres[demande.criteres.tri]


def _facettes(demande: Demande, parametres: dict[str, Any], sauf: Collection[Facette]) -> Iterator[str]:
    """The counts of each facet: among the answers, or among those there would be without its own ticks; not `sauf`."""
    cochees = demande.cochees
    yield from _en_un_passage([f for f in _COLONNES if f not in cochees])
    if Facette.PUBLIC not in cochees:
        yield _compter_publics("c", "publics")
    for facette in [f for f in cochees if f not in sauf]:
        conditions, colonne = demande.conditions(sauf=facette), _COLONNES.get(facette, "r.publics")
        ou = conditions.ou(prefixe=f"{facette.value}_")
        parametres |= conditions.parametres
        table = f"(SELECT {colonne} AS v FROM referentiel_ficherecherche r WHERE {ou} LIMIT %(beaucoup)s) s"
        if facette is Facette.PUBLIC:
            yield _compter_publics(table, "v")
        else:
            yield f"SELECT '{facette.value}', v, count(*) FROM {table} GROUP BY v"


def _arretees(cochees: Iterable[Facette], nombres: Iterable[tuple[str, str, int]]) -> set[Facette]:
    """The ticked facets whose counts stopped before the end."""
    comptes: Counter[str] = Counter()
    for facette, _, nombre in nombres:
        comptes[facette] += nombre
    return {facette for facette in cochees if comptes[facette.value] >= BEAUCOUP}


def _en_un_passage(facettes: Sequence[Facette]) -> Iterator[str]:
    """All the facets of one value, in one reading of the candidates."""
    if facettes:
        noms = [f.value for f in facettes]
        facette, valeur = (
            "CASE " + " ".join(f"WHEN GROUPING({nom}) = 0 THEN {dit.format(nom)}" for nom in noms) + " END"
            for dit in ("'{}'", "{}::text")
        )
        ensembles = ", ".join(f"({nom})" for nom in noms)
        yield f"SELECT {facette}, {valeur}, count(*) FROM c GROUP BY GROUPING SETS ({ensembles})"


def _compter_publics(table: str, colonne: str) -> str:
    return f"SELECT 'public', x, count(*) FROM {table}, unnest({colonne}) AS x GROUP BY x"
