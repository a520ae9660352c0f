"""« Afficher par : Entité Juridique »: the EJ by their initial, long letters cut in pages as in a dictionary."""

from django.db import connection
from django.db.models import Count, Exists, OuterRef

from ..models import Favori, Structure
from ..niveaux import Niveau
from .fiches import eg_visibles
from .noeuds import ALPHABET, Noeud, Regard, nom_initiale

PAGE = 250
"""EJ in a page of a letter."""


def racines() -> list[Noeud]:
    """Returns the initials of the EJ; figures and empty names go together under 0."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT CASE WHEN nom_recherche < 'a' THEN '0' ELSE left(nom_recherche, 1) END AS initiale, count(*)"
            " FROM referentiel_structure WHERE niveau = 'EJ' GROUP BY initiale ORDER BY initiale"
        )
        lignes = curseur.fetchall()
    return [Noeud(f"az-{initiale}", ALPHABET, nom_initiale(initiale), n, Niveau.EJ) for initiale, n in lignes]


def branche(initiale: str, page: int | None, regard: Regard) -> list[Noeud]:
    """Returns the pages of a long letter, or the EJ of a short one, or of one page."""
    if page is None:
        bornes = _pages(initiale)
        if len(bornes) > 1:
            return [
                Noeud(f"az-{initiale}-{rang}", ALPHABET, f"{premier} … {dernier}")
                for rang, (premier, dernier) in enumerate(bornes)
            ]
    debut = (page or 0) * PAGE
    siens = Favori.objects.filter(utilisateur=regard.utilisateur, structure=OuterRef("pk"))
    ej = _ej_de(initiale).annotate(favori=Exists(siens)).order_by("nom_recherche", "pk")
    lignes = list(ej.values_list("pk", "nom", "etat", "provisoire", "lft", "rght", "favori")[debut : debut + PAGE])
    eg = dict(
        eg_visibles(regard)
        .filter(parent__in=[ligne[0] for ligne in lignes])
        .values_list("parent")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return [
        Noeud(f"n-{pk}", Niveau.EJ, nom, eg.get(pk, 0), Niveau.EG, pk in eg, pk, etat, provisoire, favori)
        for pk, nom, etat, provisoire, lft, rght, favori in lignes
        if pk in eg or rght - lft == 1
    ]


def chemin(ej: Structure) -> list[str]:
    """Returns the keys to unroll above an EJ."""
    initiale = initiale_de(ej)
    groupe = _ej_de(initiale)
    if groupe.count() <= PAGE:
        return [f"az-{initiale}"]
    avant = groupe.filter(nom_recherche__lt=ej.nom_recherche).count()
    avant += groupe.filter(nom_recherche=ej.nom_recherche, pk__lt=ej.pk).count()
    return [f"az-{initiale}", f"az-{initiale}-{avant // PAGE}"]


def initiale_de(ej: Structure) -> str:
    """Returns the letter under which an EJ is."""
    initiale = ej.nom_recherche[:1]
    return initiale if initiale >= "a" else "0"


def _ej_de(initiale: str):
    ej = Structure.objects.filter(niveau=Niveau.EJ)
    if initiale == "0":
        return ej.filter(nom_recherche__lt="a")
    ej = ej.filter(nom_recherche__gte=initiale)
    return ej if initiale == "z" else ej.filter(nom_recherche__lt=chr(ord(initiale) + 1))


def _pages(initiale: str) -> list[tuple[str, str]]:
    """First and last name of each page of a letter."""
    sql, parametres = _ej_de(initiale).values("nom_recherche", "pk").query.sql_with_params()
    with connection.cursor() as curseur:
        curseur.execute(_SQL_BORNES.format(ej=sql), [*parametres, PAGE, PAGE])
        noms = [nom for (nom,) in curseur.fetchall()]
    if len(noms) % 2:  # the last page holds one EJ only
        noms.append(noms[-1])
    return list(zip(noms[::2], noms[1::2], strict=True))


# Ranks are read in the index alone; only the names shown are looked up.
_SQL_BORNES = """
SELECT structure.nom FROM (
    SELECT pk, row_number() OVER (ORDER BY nom_recherche, pk) AS rang, count(*) OVER () AS total
    FROM ({ej}) ej (nom_recherche, pk)
) lignes JOIN referentiel_structure structure ON structure.id = lignes.pk
WHERE (rang - 1) %% %s = 0 OR rang %% %s = 0 OR rang = total ORDER BY rang
"""
