"""The tree of the Répertoire, read one branch at a time (S47, S49–S52).

A node is named by a key, which is also its id in the page and the address of its branch:
- `df-77`: a département; `df-77-12`: EJ n° 12 with its EG of that département only;
- `az-h`: the EJ whose name begins with H; `az-a-3`: the fourth page of a letter too long for one list;
- `n-12`: fiche n° 12 with all that is directly below it.
A branch is read whole, so that the browser's own search finds its rows, in at most two queries whatever its size.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection
from django.db.models import Count

from . import departements
from .models import Structure
from .models.structure import Etat, Groupe
from .niveaux import Niveau
from .recherche import Resultat

PAR_DEPARTEMENT, PAR_EJ = "departement", "ej"
AFFICHAGES = {PAR_EJ: "Entité Juridique", PAR_DEPARTEMENT: "Département Français"}
"""« Afficher par : » (S52)."""

GROUPES_MASQUES_PAR_DEFAUT = frozenset({Groupe.MSS.value})
"""Every box is ticked but MSS (S50)."""

PAGE_ALPHABETIQUE = 250
DEPARTEMENT, ALPHABET = "DF", "AZ"
"""Levels of the tree that are not fiches."""

_RANGS = {niveau.value: rang for rang, niveau in enumerate(Niveau)}
_CLE = re.compile(r"(df)-(\w{1,3})(?:-(\d{1,18}))?|(az)-([a-z0])(?:-(\d{1,4}))?|(n)-(\d{1,18})")


class BrancheInconnue(LookupError):
    """No node has this key."""


@dataclass(frozen=True, slots=True)
class Noeud:
    """A row of the tree.

    Attributes:
        cle: its key.
        niveau: DF, AZ, or the value of a `Niveau`.
        nom: what is read.
        nombre: how many of `compte` it holds; 0 is not shown.
        compte: EJ, EG or UO.
        depliable: something is below it.
        fiche: pk of its fiche, None for a département or a letter.
        etat: value of `Etat`.
        provisoire: an EJ known by its EG only.
        masque: group whose box is not ticked, on a node found all the same.
    """

    cle: str
    niveau: str
    nom: str
    nombre: int = 0
    compte: str = ""
    depliable: bool = True
    fiche: int | None = None
    etat: str = Etat.OUVERTE
    provisoire: bool = False
    masque: str = ""


def racines(par: str, masques: Iterable[str]) -> list[Noeud]:
    """Returns the first level: the départements that have an EG, or the initials of the EJ.

    Args:
        par: `PAR_DEPARTEMENT` or `PAR_EJ`.
        masques: groups of the boxes that are not ticked.
    """
    if par == PAR_EJ:
        return [Noeud(f"az-{initiale}", ALPHABET, _nom_initiale(initiale)) for initiale, _ in _initiales()]
    lignes = _eg_visibles(masques).values_list("departement").annotate(n=Count("pk")).order_by("departement")
    return [Noeud(f"df-{code or 0}", DEPARTEMENT, titre_departement(code), n, Niveau.EG) for code, n in lignes]


def branche(cle: str, masques: Iterable[str]) -> list[Noeud]:
    """Returns all that is directly below the node of this key.

    Raises:
        BrancheInconnue: no such key.
    """
    correspondance = _CLE.fullmatch(cle)
    if correspondance is None:
        raise BrancheInconnue(cle)
    _, code, ej, _, initiale, page, _, pk = correspondance.groups()
    if pk:
        return _enfants(int(pk), masques)
    if initiale:
        return _alphabet(initiale, page, masques)
    code = "" if code == "0" else code
    return _enfants(int(ej), masques, departement=code) if ej else _ej_du_departement(code, masques)


def chemin(structure: Structure, par: str, departement: str | None = None) -> list[str]:
    """Returns the keys from the first level down to the node of `structure`, itself included.

    Args:
        structure: the fiche to reveal.
        par: how the tree is displayed.
        departement: for an EJ, the one under which it was chosen, when there is a choice.
    """
    lignee = list(structure.get_ancestors(include_self=True))
    ej, dessous = lignee[0], lignee[1:]
    if par == PAR_EJ:
        tete = [*_chemin_alphabetique(ej), f"n-{ej.pk}"]
    else:
        code = (dessous[0].departement if dessous else _departement_de(ej, departement)) or "0"
        tete = [f"df-{code}", f"df-{code}-{ej.pk}"]
    return tete + [f"n-{noeud.pk}" for noeud in dessous]


def chemin_de_cle(cle: str) -> list[str]:
    """Returns the keys to unroll for a node that is not a fiche: `df-77-12` is below `df-77`, `az-a-3` below `az-a`."""
    parties = cle.split("-")
    return [cle] if len(parties) < 3 else ["-".join(parties[:2]), cle]


def titre_departement(code: str) -> str:
    """Returns « 77 – Seine-et-Marne »; an unknown code is shown alone, an absent one is said to be."""
    if not code:
        return "Département non renseigné"
    nom = departements.NOMS.get(code)
    return f"{code} – {nom}" if nom else code


def arbre_des_resultats(
    resultats: Iterable[Resultat], par: str, masques: Collection[str]
) -> tuple[list[Noeud], dict[str, list[Noeud]]]:
    """Returns the first level and the branches that lead to what was found, and to nothing else."""
    tete: dict[str, Noeud] = {}
    branches: dict[str, dict[str, Noeud]] = defaultdict(dict)
    for resultat in resultats:
        noeuds = _lignee(resultat, par, masques)
        tete.setdefault(noeuds[0].cle, noeuds[0])
        for dessus, dessous in pairwise(noeuds):
            branches[dessus.cle].setdefault(dessous.cle, dessous)
    return (
        sorted(tete.values(), key=lambda noeud: noeud.cle),
        {cle: list(noeuds.values()) for cle, noeuds in branches.items()},
    )


def _lignee(resultat: Resultat, par: str, masques: Collection[str]) -> list[Noeud]:
    """The nodes from the first level down to a fiche that was found."""
    structures = [*resultat.chemin, resultat.structure]
    ej, dessous = structures[0], structures[1:]
    initiale = _initiale_de(ej)
    code = (dessous[0] if dessous else ej).departement
    prefixe = "n" if par == PAR_EJ else f"df-{code or 0}"
    noeuds = [
        Noeud(f"az-{initiale}", ALPHABET, _nom_initiale(initiale))
        if par == PAR_EJ
        else Noeud(f"df-{code or 0}", DEPARTEMENT, titre_departement(code))
    ]
    for structure in structures:
        eg = structure.niveau == Niveau.EG
        noeuds.append(
            Noeud(
                f"{prefixe if structure is ej else 'n'}-{structure.pk}",
                structure.niveau,
                structure.nom,
                depliable=not structure.is_leaf_node(),
                fiche=structure.pk,
                etat=structure.etat,
                provisoire=structure.provisoire,
                masque=structure.groupe if eg and structure.groupe in masques else "",
            )
        )
    return noeuds


def _eg_visibles(masques: Iterable[str]):
    eg = Structure.objects.filter(niveau=Niveau.EG)
    return eg.exclude(groupe__in=list(masques)) if masques else eg


def _ej_du_departement(code: str, masques: Iterable[str]) -> list[Noeud]:
    """EJ that have an EG in the département; counted before the join, three times faster than a grouped join."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_EJ_DU_DEPARTEMENT, [code, list(masques)])
        return [
            Noeud(f"df-{code or 0}-{pk}", Niveau.EJ, nom, n, Niveau.EG, True, pk, etat, provisoire)
            for pk, nom, etat, provisoire, n in curseur.fetchall()
        ]


_SQL_EJ_DU_DEPARTEMENT = """
SELECT ej.id, ej.nom, ej.etat, ej.provisoire, eg.nombre
FROM (SELECT parent_id, count(*) AS nombre FROM referentiel_structure
      WHERE niveau = 'EG' AND departement = %s AND groupe <> ALL (%s) GROUP BY parent_id) eg
JOIN referentiel_structure ej ON ej.id = eg.parent_id
ORDER BY ej.nom_recherche, ej.id
"""


def _enfants(parent: int, masques: Iterable[str], *, departement: str | None = None) -> list[Noeud]:
    """Children of a fiche, each with the number of offers below it: one query for the rows, one for the counts."""
    enfants = Structure.objects.filter(parent=parent)
    if departement is not None:
        enfants = enfants.filter(departement=departement)
    if masques:
        enfants = enfants.exclude(niveau=Niveau.EG, groupe__in=list(masques))
    lignes = list(
        enfants.order_by("nom_recherche", "pk").values_list("pk", "niveau", "nom", "etat", "provisoire", "lft", "rght")
    )
    pleins = any(rght - lft > 1 for *_, lft, rght in lignes)
    dessous = compter_dessous(parent) if pleins else defaultdict(Counter)
    noeuds = [
        Noeud(f"n-{pk}", niveau, nom, dessous[pk][Niveau.UO], Niveau.UO, rght - lft > 1, pk, etat, provisoire)
        for pk, niveau, nom, etat, provisoire, lft, rght in lignes
    ]
    return sorted(noeuds, key=lambda noeud: _RANGS[noeud.niveau])


def compter_dessous(parent: int, cachees: Collection[int] = ()) -> dict[int, Counter]:
    """Returns, for each child of a fiche, how many fiches of each level are below it, in one query.

    Args:
        parent: the fiche.
        cachees: what the reader may not know of, left out of the counts.
    """
    nombres: dict[int, Counter] = defaultdict(Counter)
    with connection.cursor() as curseur:
        curseur.execute(_SQL_DESSOUS, [parent, list(cachees)])
        for enfant, niveau, nombre in curseur.fetchall():
            nombres[enfant][niveau] = nombre
    return nombres


_SQL_DESSOUS = """
SELECT enfant.id, dessous.niveau, count(*) FROM referentiel_structure enfant
JOIN referentiel_structure dessous ON dessous.tree_id = enfant.tree_id
    AND dessous.lft > enfant.lft AND dessous.lft < enfant.rght
WHERE enfant.parent_id = %s AND dessous.id <> ALL(%s) GROUP BY enfant.id, dessous.niveau
"""


def compter_offres(structures: Collection[int], cachees: Collection[int] = ()) -> dict[int, int]:
    """Returns how many offers are below each of these fiches, in one query; those that have none are left out.

    Args:
        structures: the fiches.
        cachees: what the reader may not know of, left out of the counts.
    """
    with connection.cursor() as curseur:
        curseur.execute(_SQL_OFFRES, [list(structures), list(cachees)])
        return dict(curseur.fetchall())


_SQL_OFFRES = """
SELECT haut.id, count(*) FROM referentiel_structure haut
JOIN referentiel_structure offre ON offre.tree_id = haut.tree_id
    AND offre.lft > haut.lft AND offre.lft < haut.rght AND offre.niveau = 'UO'
WHERE haut.id = ANY(%s) AND offre.id <> ALL(%s) GROUP BY haut.id
"""


def _initiales() -> list[tuple[str, int]]:
    """The initials of the EJ and how many each has; figures and empty names go together under 0."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT CASE WHEN nom_recherche < 'a' THEN '0' ELSE left(nom_recherche, 1) END AS initiale, count(*)"
            " FROM referentiel_structure WHERE niveau = 'EJ' GROUP BY initiale ORDER BY initiale"
        )
        return curseur.fetchall()


def _initiale_de(ej: Structure) -> str:
    initiale = ej.nom_recherche[:1]
    return initiale if initiale >= "a" else "0"


def _nom_initiale(initiale: str) -> str:
    return "0 à 9" if initiale == "0" else initiale.upper()


def _ej_de_l_initiale(initiale: str):
    ej = Structure.objects.filter(niveau=Niveau.EJ)
    if initiale == "0":
        return ej.filter(nom_recherche__lt="a")
    suivante = chr(ord(initiale) + 1)
    ej = ej.filter(nom_recherche__gte=initiale)
    return ej if initiale == "z" else ej.filter(nom_recherche__lt=suivante)


def _alphabet(initiale: str, page: str | None, masques: Iterable[str]) -> list[Noeud]:
    """EJ of a letter; a long letter is cut in pages named by their first and last EJ, as in a dictionary."""
    ej = _ej_de_l_initiale(initiale).order_by("nom_recherche", "pk")
    if page is None:
        bornes = _pages(initiale)
        if len(bornes) > 1:
            return [
                Noeud(f"az-{initiale}-{rang}", ALPHABET, f"{premier} … {dernier}")
                for rang, (premier, dernier) in enumerate(bornes)
            ]
        page = "0"
    debut = int(page) * PAGE_ALPHABETIQUE
    lignes = ej.values_list("pk", "nom", "etat", "provisoire", "lft", "rght")[debut : debut + PAGE_ALPHABETIQUE]
    lignes = list(lignes)
    eg = dict(
        _eg_visibles(masques)
        .filter(parent__in=[ligne[0] for ligne in lignes])
        .values_list("parent")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return [
        Noeud(f"n-{pk}", Niveau.EJ, nom, eg.get(pk, 0), Niveau.EG, pk in eg, pk, etat, provisoire)
        for pk, nom, etat, provisoire, lft, rght in lignes
        if pk in eg or rght - lft == 1
    ]


def _pages(initiale: str) -> list[tuple[str, str]]:
    """First and last name of each page of a letter."""
    noms = list(_ej_de_l_initiale(initiale).order_by("nom_recherche", "pk").values_list("nom", flat=True))
    return [
        (noms[debut], noms[min(debut + PAGE_ALPHABETIQUE, len(noms)) - 1])
        for debut in range(0, len(noms), PAGE_ALPHABETIQUE)
    ]


def _chemin_alphabetique(ej: Structure) -> list[str]:
    initiale = _initiale_de(ej)
    groupe = _ej_de_l_initiale(initiale)
    if groupe.count() <= PAGE_ALPHABETIQUE:
        return [f"az-{initiale}"]
    avant = groupe.filter(nom_recherche__lt=ej.nom_recherche).count()
    avant += groupe.filter(nom_recherche=ej.nom_recherche, pk__lt=ej.pk).count()
    return [f"az-{initiale}", f"az-{initiale}-{avant // PAGE_ALPHABETIQUE}"]


def _departement_de(ej: Structure, voulu: str | None) -> str:
    """The département under which an EJ is shown: the one asked for, its own, else the first where it has an EG."""
    codes = set(Structure.objects.filter(parent=ej).values_list("departement", flat=True))
    return next((code for code in (voulu, ej.departement) if code in codes), min(codes, default=ej.departement))
