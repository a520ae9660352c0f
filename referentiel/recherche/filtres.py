"""The conditions of a search on the index, as SQL: what is asked, the filters, the place, what the reader may know."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from ..geographie import RAYON_TERRE_KM, Point, boite
from ..horaires import FUSEAUX_D_OUTRE_MER, fuseau_de
from ..models.structure import Etat
from ..niveaux import Niveau
from ..proximite import ARRONDISSEMENTS
from ..relecture import limite_de_relecture
from .criteres import Autour, Criteres, Facette, Fraicheur
from .requete import ensemble, etiquettes
from .sujet import Sujet

MARQUES = {
    Facette.GROUPE: "@g",
    Facette.NIVEAU: "@n",
    Facette.CATEGORIE: "@k",
    Facette.TYPE: "@t",
    Facette.PUBLIC: "@p",
    Facette.MODE: "@m",
    Facette.DEPARTEMENT: "@d",
    Facette.ETAT: "@e",
}
"""Facets that are marks among the words of the index: a filter is one more word."""


@dataclass
class Conditions:
    """Conditions joined by « and ».

    Attributes:
        mots: query of the words of the full-text index, empty when there is none.
        sujet: the other conditions of what is asked, each with its name, its SQL and its parameter.
        sql, parametres: the other conditions, and their parameters, the same for all the searches of a reader.
    """

    mots: str = ""
    sujet: list[tuple[str, str, Any]] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    parametres: dict[str, Any] = field(default_factory=dict)

    def ou(self, marque: str = "", prefixe: str = "") -> str:
        """The WHERE, of the fiches that have one more mark; `prefixe` tells its parameters from those of others."""
        mots = ensemble(self.mots, f"'{marque}'" if marque else "")
        demandees = [(f"mots{marque[1:]}", "r.mots @@ %({})s::tsquery", mots)] if mots else []
        conditions = []
        for nom, sql, valeur in (*demandees, *self.sujet):
            cle = f"{prefixe}{nom}"
            self.parametres[cle] = valeur
            conditions.append(sql.format(cle))
        return " AND ".join([*conditions, *self.sql]) or "true"


def conditions_de(
    criteres: Criteres,
    sujet: Sujet,
    cachees: Collection[int],
    *,
    autour: Autour | None,
    instant: datetime,
    sauf: Facette | None = None,
) -> Conditions:
    """Returns the conditions of a search.

    Args:
        criteres: the filters.
        sujet: what the text asks.
        cachees: the offers the reader may not know of.
        autour: the place.
        instant: now.
        sauf: a facet whose own ticks do not count, to say how many its other values would give.
    """
    conditions = Conditions()
    c, p = conditions.sql, conditions.parametres
    filtres = [
        etiquettes(MARQUES[f] + v for v in valeurs)
        for f, valeurs in criteres.facettes.items()
        if f is not sauf and f in MARQUES
    ]
    if criteres.commune and autour is None:
        codes = ARRONDISSEMENTS.get(criteres.commune, [criteres.commune])
        filtres.append(etiquettes(f"@l{code}" for code in codes))
    conditions.mots = ensemble(sujet.mots, *filtres)
    if sujet.professionnels:
        lus = ("professionnels", "r.professionnels @@ %({})s::tsquery", sujet.professionnels)
        conditions.sujet.append(lus)
    if sujet.codes:  # one look-up a code: as one query with many « or », the index compares them all at each fiche
        codes = ("codes", "r.mots @@ ANY(%({})s::tsquery[])", [f"'@c{pk}'" for pk in sorted(sujet.codes)])
        conditions.sujet.append(codes)
    if sujet.cles is not None:
        c.append("r.structure_id = ANY(%(cles)s)")
        p["cles"] = list(sujet.cles)
    if cachees:
        c.append("r.structure_id <> ALL(%(cachees)s)")
        p["cachees"] = list(cachees)
    if not criteres.fermees and Etat.FERMEE not in criteres.facettes.get(Facette.ETAT, ()):
        c.append(f"r.etat <> '{Etat.FERMEE.value}'")
    if Facette.FRAICHEUR in criteres.facettes and sauf is not Facette.FRAICHEUR:
        c.append(f"{FRAICHEUR} = ANY(%(fraicheurs)s)")
        p["fraicheurs"] = list(criteres.facettes[Facette.FRAICHEUR])
    p["recente"] = limite_fraicheur(timezone.localtime(instant).date())
    if criteres.maintenant or criteres.ouvert_le:
        c.append(f"r.ouvertures @> {_moment(criteres, instant, p)}")
    if autour is not None:
        _placer(conditions, autour)
    return conditions


FRAICHEUR = (
    f"CASE WHEN r.niveau <> '{Niveau.UO.value}' THEN '' WHEN r.relue_le IS NULL THEN '{Fraicheur.JAMAIS.value}'"
    f" WHEN r.relue_le >= %(recente)s THEN '{Fraicheur.RECENTE.value}' ELSE '{Fraicheur.ANCIENNE.value}' END"
)
"""The freshness of a row."""


def limite_fraicheur(jour: date) -> datetime:
    """An offer re-read since then is recent: less than a year ago."""
    return timezone.make_aware(datetime.combine(limite_de_relecture(jour) + timedelta(days=1), time.min))


def _moment(criteres: Criteres, instant: datetime, parametres: dict[str, Any]) -> str:
    """The moment asked, by the clock on the wall of each place."""
    if criteres.ouvert_le:
        parametres["moment"] = criteres.ouvert_le
        return "%(moment)s::timestamp"
    cas = []
    for departement in FUSEAUX_D_OUTRE_MER:
        parametres[f"moment{departement}"] = _local(instant, departement)
        cas.append(f"WHEN '{departement}' THEN %(moment{departement})s::timestamp")
    parametres["moment"] = _local(instant, "")
    return f"(CASE r.departement {' '.join(cas)} ELSE %(moment)s::timestamp END)"


def _local(instant: datetime, departement: str) -> datetime:
    return instant.astimezone(ZoneInfo(fuseau_de(departement))).replace(tzinfo=None)


DISTANCE = (
    f"(2 * {RAYON_TERRE_KM} * asin(sqrt(least(1, power(sin(radians(r.latitude - %(latitude)s) / 2), 2)"
    " + cos(radians(%(latitude)s)) * cos(radians(r.latitude))"
    " * power(sin(radians(r.longitude - %(longitude)s) / 2), 2)))))"
)
"""Kilometres from the place, along the great circle; only for rows that have a position."""


def _placer(conditions: Conditions, autour: Autour) -> None:
    """A box that the index of positions answers, then the exact distance."""
    p = conditions.parametres
    cadre = boite(Point(autour.latitude, autour.longitude), autour.rayon_km)
    p |= {"latitude": autour.latitude, "longitude": autour.longitude, "rayon": autour.rayon_km}
    p |= {"sud": cadre.sud, "nord": cadre.nord}
    bandes = []
    for rang, (ouest, est) in enumerate(cadre.longitudes):
        p |= {f"ouest{rang}": ouest, f"est{rang}": est}
        bandes.append(f"r.longitude BETWEEN %(ouest{rang})s AND %(est{rang})s")
    conditions.sql.append(f"r.latitude BETWEEN %(sud)s AND %(nord)s AND ({' OR '.join(bandes)})")
    conditions.sql.append(f"{DISTANCE} <= %(rayon)s")
