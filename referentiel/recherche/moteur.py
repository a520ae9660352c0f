"""The one statement of a search: the candidates, the first of them in order, and how many each filter would give."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
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

PAR_PAGE = 20
VALEURS_MONTREES = 60

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
    """

    cles: tuple[tuple[int, float | None], ...] = ()
    total: int = 0
    plafonne: bool = False
    nombres: tuple[tuple[str, str, int], ...] = ()


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
        bornes = [] if self.sujet.borne is None else [self.sujet.borne]
        for facette, valeurs in self.criteres.facettes.items():
            if facette in MARQUES:
                bornes.append(sum(self.lexique.marques.get(MARQUES[facette] + valeur, 0) for valeur in valeurs))
        return min(bornes, default=None)

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
    facettes = " UNION ALL ".join(_facettes(demande, parametres))
    parametres |= conditions.parametres | _paliers(demande.sujet)
    parametres |= {"nom": demande.sujet.nom, "limite": PAR_PAGE, "saut": (demande.criteres.page - 1) * PAR_PAGE}
    ((total, page, nombres),) = _lire(
        f"WITH c AS MATERIALIZED ({candidats}),"
        f" p AS (SELECT id, distance FROM c ORDER BY {_ordre(demande)} LIMIT %(limite)s OFFSET %(saut)s),"
        f" f (facette, valeur, nombre) AS ({facettes})"
        " SELECT (SELECT count(*) FROM c), (SELECT json_agg(json_build_array(id, distance)) FROM p),"
        " (SELECT json_agg(json_build_array(facette, valeur, nombre)) FROM f)",
        parametres,
        par_index=bool(demande.sujet.mots),
    )
    return Reponse(
        cles=tuple((pk, distance) for pk, distance in page or ()),
        total=min(total, PLAFOND),
        plafonne=total > PLAFOND,
        nombres=tuple((facette, valeur, nombre) for facette, valeur, nombre in nombres or ()),
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
            if demande.sujet.professionnels:
                ou = ou.replace("%(professionnels)s", f"%(e{rang}_professionnels)s")
                conditions.parametres[f"e{rang}_professionnels"] = conditions.parametres["professionnels"]
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
    branches = [f"({source} {conditions.ou(marque)})" for marque in _marques(demande)]
    return f"SELECT * FROM ({' UNION ALL '.join(branches)}) u LIMIT %(plafond)s + 1"


def _marques(demande: Demande) -> list[str]:
    """The parts of the index to be read one after the other, as many as there may be answers: all at once, by level,
    or by level and length of the names. A part that the limit stops before is never read."""
    borne, voulus = demande.borne, demande.criteres.facettes.get(Facette.NIVEAU)
    niveaux = [n for n in sorted(Niveau, key=RANGS.__getitem__) if not voulus or n.value in voulus]
    if not niveaux or demande.sujet.codes or (borne is not None and borne <= PLAFOND):
        return [""]  # skills are those of offers: one level, and an « or » of many codes is read once
    if borne is None or borne <= 10 * PLAFOND:
        return [f"@n{niveau.value}" for niveau in niveaux]
    return [f"@o{niveau.value}{tranche}" for niveau in niveaux for tranche in range(len(TRANCHES) + 1)]


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


def _facettes(demande: Demande, parametres: dict[str, Any]) -> Iterator[str]:
    """The counts of each facet: among the answers, or among those there would be without its own ticks."""
    cochees = [f for f in demande.criteres.facettes if demande.criteres.facettes[f]]
    libres = [f for f in _COLONNES if f not in cochees]
    yield from _en_un_passage(libres)
    if Facette.PUBLIC not in cochees:
        yield _compter_publics("c", "publics")
    for facette in cochees:
        conditions, colonne = demande.conditions(sauf=facette), _COLONNES.get(facette, "r.publics")
        ou = conditions.ou(prefixe=f"{facette.value}_")
        parametres |= conditions.parametres
        table = f"(SELECT {colonne} AS v FROM referentiel_ficherecherche r WHERE {ou} LIMIT %(plafond)s) s"
        if facette is Facette.PUBLIC:
            yield _compter_publics(table, "v")
        else:
            yield f"SELECT '{facette.value}', v, count(*) FROM {table} GROUP BY v"


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
