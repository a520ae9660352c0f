"""« Mes Etablissements » (S35, S36): the EG and the EJ of a person, read once whatever the number of her grants (M12).

Each node granted is looked up once; what is read of it is enough to count, to sort and to cut the page. The rows of the
page alone are then read whole. Who holds only a pôle or an offer of an establishment finds it here too.
"""

from collections.abc import Collection, Mapping

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from .models import Role, Structure
from .niveaux import Niveau
from .permissions import Action, noeuds_accordes, offres_cachees, roles_pour, sur_territoires, tient_des_noeuds
from .recherche import filtrer
from .repertoire import compter_offres


def compter(utilisateur) -> tuple[int, int]:
    """Returns how many EG and how many EJ are hers, in one query."""
    sql, parametres = _perimetre(utilisateur)
    with connection.cursor() as curseur:
        curseur.execute(f"{sql} SELECT (SELECT count(*) FROM eg), (SELECT count(*) FROM cles_ej)", parametres)
        return curseur.fetchone()


def tranche(utilisateur, niveau: Niveau, debut: int, taille: int) -> tuple[list[int], int]:
    """Returns the keys of some of her EG, or of her EJ, in alphabetical order, and how many she has; one query.

    Args:
        utilisateur: the person.
        niveau: EG or EJ.
        debut: how many to skip.
        taille: how many at most.
    """
    sql, parametres = _perimetre(utilisateur)
    page = f"SELECT id, count(*) OVER () FROM {_TABLES[niveau]} ORDER BY nom_recherche, id OFFSET %s LIMIT %s"
    with connection.cursor() as curseur:
        curseur.execute(f"{sql} {page}", [*parametres, debut, taille])
        lignes = curseur.fetchall()
    return [cle for cle, _ in lignes], lignes[0][1] if lignes else 0


def filtre_miens(utilisateur, niveau: Niveau) -> Q:
    """Returns the condition on `Structure` that keeps her EG, or her EJ, to be joined with others."""
    sql, parametres = _perimetre(utilisateur)
    return Q(pk__in=RawSQL(f"{sql} SELECT unnest(ARRAY(SELECT id FROM {_TABLES[niveau]}))", parametres))


def lire_filtre(parametres: Mapping[str, str]) -> tuple[Niveau, str]:
    """Returns what the address of the page asks: her EG or her EJ, and the words."""
    niveau = Niveau.EJ if parametres.get("onglet") == "ej" else Niveau.EG
    return niveau, parametres.get("q", "").replace("\x00", "").strip()[:200]


def chercher(utilisateur, niveau: Niveau, texte: str) -> QuerySet[Structure]:
    """Returns her EG, or her EJ, that answer these words (all without any), in alphabetical order."""
    miens = Structure.objects.filter(filtre_miens(utilisateur, niveau))
    return (filtrer(miens, texte) if texte else miens).order_by("nom_recherche", "pk")


def compter_contenu(utilisateur, niveau: Niveau, cles: Collection[int]) -> dict[int, int]:
    """Returns how many offers she may know of these EG hold, or how many EG these EJ."""
    if niveau is Niveau.EG:
        return compter_offres(cles, offres_cachees(utilisateur))
    lignes = Structure.objects.filter(parent__in=cles).values_list("parent").annotate(n=Count("pk")).order_by()
    return dict(lignes)


def filtre_etablissements(utilisateur, *actions: Action, territoires: bool = True) -> Q:
    """Returns the condition on `Structure` that keeps the EG where one of these actions is allowed.

    The same as `permissions.filtre` at the level of the EG, without walking down the trees.

    Args:
        utilisateur: the person.
        actions: what she wants to do there.
        territoires: whether grants on a territory count, as in `filtre` and unlike in `filtre_confie`.
    """
    if utilisateur.is_superuser and territoires:
        return Q(niveau=Niveau.EG)
    roles = {role for action in actions for role in roles_pour(action)}
    condition = sur_territoires(utilisateur, roles) if territoires else Q(pk__in=[])
    if tient_des_noeuds(utilisateur, roles):
        accordes, parametres = noeuds_accordes(utilisateur, roles).query.sql_with_params()
        condition |= Q(pk__in=RawSQL(_SQL_ETABLISSEMENTS.format(accordes=accordes), parametres))
    return Q(condition, niveau=Niveau.EG)


_TABLES = {Niveau.EG: "eg", Niveau.EJ: "ej"}

_SQL_ETABLISSEMENTS = """
WITH noeud AS MATERIALIZED (
    SELECT id, niveau FROM referentiel_structure WHERE id = ANY(ARRAY({accordes})) AND niveau IN ('EG', 'EJ')
)
SELECT unnest(ARRAY(SELECT id FROM noeud WHERE niveau = 'EG' UNION
    SELECT eg.id FROM noeud JOIN referentiel_structure eg ON eg.parent_id = noeud.id AND eg.niveau = 'EG'
    WHERE noeud.niveau = 'EJ'))
"""


def _perimetre(utilisateur) -> tuple[str, tuple]:
    """The common tables `eg` and `ej` (id, nom_recherche), `cles_ej` to count the latter, and their parameters."""
    accordes, a = noeuds_accordes(utilisateur, Role).query.sql_with_params()
    territoires = Structure.objects.filter(sur_territoires(utilisateur, Role)).order_by()
    eg, b = _lire(territoires.filter(niveau=Niveau.EG).values_list("id", "parent_id", "nom_recherche"))
    ej, c = _lire(territoires.filter(niveau=Niveau.EJ).values_list("id"))
    return _SQL.format(accordes=accordes, eg=eg, ej=ej), (*a, *b, *c)


def _lire(lignes) -> tuple[str, tuple]:
    """« UNION SELECT… » and its parameters; nothing for a person without any territory."""
    try:
        sql, parametres = lignes.query.sql_with_params()
    except EmptyResultSet:
        return "", ()
    return f"UNION {sql}", parametres


_SQL = """
WITH noeud AS MATERIALIZED (
    SELECT id, parent_id, niveau, tree_id, lft, rght, nom_recherche FROM referentiel_structure
    WHERE id = ANY(ARRAY({accordes}))
), eg AS MATERIALIZED (
    SELECT id, parent_id, nom_recherche FROM noeud WHERE niveau = 'EG'
    UNION SELECT bas.id, bas.parent_id, bas.nom_recherche FROM noeud
        JOIN referentiel_structure bas ON bas.parent_id = noeud.id AND bas.niveau = 'EG' WHERE noeud.niveau = 'EJ'
    UNION SELECT haut.id, haut.parent_id, haut.nom_recherche FROM noeud
        JOIN referentiel_structure haut ON haut.tree_id = noeud.tree_id AND haut.lft < noeud.lft
            AND haut.rght > noeud.rght AND haut.niveau = 'EG' WHERE noeud.niveau NOT IN ('EJ', 'EG')
    {eg}
), cles_ej AS (
    SELECT parent_id AS id FROM eg UNION SELECT id FROM noeud WHERE niveau = 'EJ' {ej}
), ej AS (
    SELECT id, nom_recherche FROM referentiel_structure WHERE id = ANY(ARRAY(SELECT id FROM cles_ej))
)
"""
