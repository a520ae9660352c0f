"""The yearly re-reading counted by establishment, for whoever holds one or 1 400 of them (S110, B28, M12).

The days of re-reading of an EG are kept in one row (`RelecturesEtablissement`), made again in the transaction of every
writer of one of its offers. Who holds only a part of an establishment is counted on her own offers.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from .models import Structure
from .niveaux import Niveau
from .permissions import Action, noeuds_accordes, roles_pour
from .relecture import limite_a_relire, un_an_apres

LOT = 20_000


@dataclass(frozen=True, slots=True)
class ARelire:
    """What is to be re-read in one establishment.

    Attributes:
        etablissement: key of the EG.
        nombre: offers whose re-reading is due or near.
        jamais: those among them that were never re-read.
        plus_ancienne: last re-reading of the one re-read longest ago, None when all were never re-read.
    """

    etablissement: int
    nombre: int
    jamais: int
    plus_ancienne: date | None


@dataclass(frozen=True, slots=True)
class Bilan:
    """What a person has to re-read.

    Attributes:
        offres: how many offers.
        jamais: those among them that were never re-read.
        etablissements: in how many establishments.
        premiers: the first of these, the most urgent first.
        prochaine: when nothing is due, the day by which the next offer is; None without any dated offer.
    """

    offres: int
    jamais: int
    etablissements: int
    premiers: list[ARelire]
    prochaine: date | None


def a_relire(utilisateur, jour: date, debut: int = 0, taille: int = 5) -> Bilan:
    """Returns what is confided to a person by name and due or near on `jour`, in one query.

    Args:
        utilisateur: the person.
        jour: the day.
        debut, taille: which establishments are given.
    """
    accordes, parametres = noeuds_accordes(utilisateur, roles_pour(Action.DIFFUSER)).query.sql_with_params()
    valeurs = (*parametres, timezone.get_current_timezone_name(), limite_a_relire(jour), debut, taille)
    with connection.cursor() as curseur:
        curseur.execute(_SQL_A_RELIRE.format(accordes=accordes), valeurs)
        offres, jamais, etablissements, suivante, premiers = curseur.fetchone()
    lus = [ARelire(*cles, le and date.fromisoformat(le)) for *cles, le in premiers or ()]
    return Bilan(offres or 0, jamais or 0, etablissements, lus, suivante and un_an_apres(suivante))


def rafraichir(pks: Collection[int]) -> int:
    """Makes again the rows of the establishments of these nodes. Returns how many were not right.

    The rows are kept first: computed in the same statement, they would not know of what another person, who makes the
    same ones, is writing.
    """
    with connection.cursor() as curseur:
        curseur.execute(_SQL_RETENIR, {"pks": list(pks)})
        curseur.execute(_SQL_RAFRAICHIR, {"pks": list(pks), "fuseau": timezone.get_current_timezone_name()})
        return curseur.rowcount


def tout_rafraichir() -> int:
    """Makes the rows of all the establishments again, in lots. Returns how many were not right."""
    eg = Structure.objects.filter(niveau=Niveau.EG).order_by("pk")
    dernier, ecrites = 0, 0
    while lot := list(eg.filter(pk__gt=dernier).values_list("pk", flat=True)[:LOT]):
        ecrites += rafraichir(lot)
        dernier = lot[-1]
    return ecrites


_SQL_A_RELIRE = """
WITH noeud AS MATERIALIZED (
    SELECT id, niveau, tree_id, lft, rght FROM referentiel_structure WHERE id = ANY(ARRAY({accordes}))
), parties AS MATERIALIZED (
    SELECT DISTINCT eg.id AS eg, offre.id, coalesce((u.relue_le AT TIME ZONE %s)::date, '-infinity') AS jour
    FROM noeud JOIN referentiel_structure eg ON eg.tree_id = noeud.tree_id AND eg.lft < noeud.lft
        AND eg.rght > noeud.rght AND eg.niveau = 'EG'
    JOIN referentiel_structure offre ON offre.tree_id = noeud.tree_id AND offre.lft BETWEEN noeud.lft AND noeud.rght
        AND offre.niveau = 'UO' AND offre.etat <> 'DEF'
    JOIN referentiel_uniteoperationnelle u ON u.structure_id = offre.id
    WHERE noeud.niveau NOT IN ('EJ', 'EG')
), jours AS (
    SELECT r.etablissement_id AS eg, r.jours FROM noeud
    JOIN referentiel_relecturesetablissement r ON r.etablissement_id = noeud.id WHERE noeud.niveau = 'EG'
    UNION SELECT r.etablissement_id, r.jours FROM noeud
    JOIN referentiel_structure eg ON eg.parent_id = noeud.id AND eg.niveau = 'EG'
    JOIN referentiel_relecturesetablissement r ON r.etablissement_id = eg.id WHERE noeud.niveau = 'EJ'
), tous AS (
    SELECT eg, jours FROM jours
    UNION ALL SELECT eg, array_agg(jour ORDER BY jour) FROM parties WHERE eg NOT IN (SELECT eg FROM jours) GROUP BY eg
), comptes AS MATERIALIZED (
    SELECT eg, jours, width_bucket(limite.jour, jours) AS nombre, width_bucket('-infinity'::date, jours) AS jamais
    FROM tous, (SELECT %s::date AS jour) limite
), premiers AS (
    SELECT c.eg, c.nombre, c.jamais, c.jours, eg.nom_recherche FROM comptes c
    JOIN referentiel_structure eg ON eg.id = c.eg WHERE c.nombre > 0
    ORDER BY c.jours[1], c.nombre DESC, eg.nom_recherche, c.eg OFFSET %s LIMIT %s
)
SELECT (SELECT sum(nombre) FROM comptes), (SELECT sum(jamais) FROM comptes),
    (SELECT count(*) FROM comptes WHERE nombre > 0), (SELECT min(jours[nombre + 1]) FROM comptes),
    (SELECT json_agg(json_build_array(eg, nombre, jamais, CASE WHEN jamais < nombre THEN jours[jamais + 1] END)
        ORDER BY jours[1], nombre DESC, nom_recherche, eg) FROM premiers)
"""

_LIGNEE = """
WITH RECURSIVE lignee AS (
    SELECT id, parent_id, niveau FROM referentiel_structure WHERE id = ANY(%(pks)s)
    UNION SELECT haut.id, haut.parent_id, haut.niveau FROM referentiel_structure haut
        JOIN lignee ON haut.id = lignee.parent_id
)
"""

# « DO UPDATE » keeps the row even where its condition is false.
_SQL_RETENIR = f"""{_LIGNEE}
INSERT INTO referentiel_relecturesetablissement AS r (etablissement_id, jours)
SELECT id, '{{}}' FROM lignee WHERE niveau = 'EG' ORDER BY id
ON CONFLICT (etablissement_id) DO UPDATE SET jours = r.jours WHERE false
"""

_SQL_RAFRAICHIR = (
    _LIGNEE
    + """
INSERT INTO referentiel_relecturesetablissement AS r (etablissement_id, jours)
SELECT eg.id, coalesce(array_agg(coalesce((u.relue_le AT TIME ZONE %(fuseau)s)::date, '-infinity')
    ORDER BY u.relue_le NULLS FIRST) FILTER (WHERE u.structure_id IS NOT NULL), '{}')
FROM referentiel_structure eg
LEFT JOIN referentiel_structure offre ON offre.tree_id = eg.tree_id AND offre.lft > eg.lft AND offre.lft < eg.rght
    AND offre.niveau = 'UO' AND offre.etat <> 'DEF'
LEFT JOIN referentiel_uniteoperationnelle u ON u.structure_id = offre.id
WHERE eg.id IN (SELECT id FROM lignee WHERE niveau = 'EG')
GROUP BY eg.id
ON CONFLICT (etablissement_id) DO UPDATE SET jours = EXCLUDED.jours WHERE r.jours IS DISTINCT FROM EXCLUDED.jours
"""
)
