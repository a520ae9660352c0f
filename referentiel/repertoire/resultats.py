"""« Chercher dans l’arborescence »: the branches that lead to what was found, and how much the boxes hide."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.db.models import Case, F, Value, When

from .. import recherche
from ..models import Structure
from ..niveaux import Niveau
from . import alphabet, axes
from .fiches import lignes_de, noeud_de
from .noeuds import ALPHABET, DEPARTEMENT, NIVEAUX_AXES, Noeud, Par, Regard, nom_initiale, titre_departement

MASQUEES_COMPTEES = 1000
"""Hidden finds that are counted; beyond, « plus de 1 000 »."""


@dataclass(frozen=True, slots=True)
class Trouvailles:
    """What was found in the tree.

    Attributes:
        tete: the first level.
        branches: key → nodes, for each branch that leads to a find.
        total: how many fiches were found and are shown.
        encore: there are more.
        masquees: group → how many fiches its box hides.
    """

    tete: Sequence[Noeud] = ()
    branches: dict[str, list[Noeud]] | None = None
    total: int = 0
    encore: bool = False
    masquees: Counter[str] | None = None


def chercher(texte: str, par: str, regard: Regard) -> Trouvailles:
    """Returns what the tree shows for these words or figures, in a constant number of queries."""
    lisibles = Structure.objects.exclude(pk__in=regard.cachees).alias(groupe_eg=_GROUPE_EG)
    visibles = lisibles.exclude(groupe_eg__in=regard.masques) if regard.masques else lisibles
    resultats, encore = recherche.chercher(texte, parmi=visibles)
    tete, branches = _arbre([[*r.chemin, r.structure] for r in resultats], par, regard)
    masquees: Counter[str] = Counter()
    if regard.masques:
        caches = recherche.filtrer(lisibles.filter(groupe_eg__in=regard.masques), texte)
        masquees = Counter(caches.annotate(boite=_GROUPE_EG).values_list("boite", flat=True)[:MASQUEES_COMPTEES])
    return Trouvailles(tete, branches, len(resultats), encore, masquees)


# The boxes are those of the establishment: an offer may well be of another group, it is shown with what holds it.
_GROUPE_EG = Case(
    *(
        When(**{f"{lien}niveau": Niveau.EG}, then=F(f"{lien}groupe"))
        for lien in ("", "parent__", "parent__parent__", "parent__parent__parent__", "parent__parent__parent__parent__")
    ),
    default=Value(""),
)


def _arbre(lignees: list[list[Structure]], par: str, regard: Regard) -> tuple[list[Noeud], dict[str, list[Noeud]]]:
    """The first level, and the branches that lead to the last fiche of each line."""
    lignes = lignes_de({s.pk for lignee in lignees for s in lignee}, regard)
    racines: dict[str, Noeud] = {}
    branches: dict[str, dict[str, Noeud]] = defaultdict(dict)
    for lignee, (debut, prefixe_ej, prefixe) in zip(lignees, _tetes(lignees, par, regard), strict=True):
        ej, *dessous = (lignes[s.pk] for s in lignee if s.pk in lignes)
        noeuds = [*debut, replace(noeud_de(prefixe_ej, ej), nombre=0), *(noeud_de(prefixe, x) for x in dessous)]
        racines.setdefault(noeuds[0].cle, noeuds[0])
        for dessus, suivant in pairwise(noeuds):
            branches[dessus.cle].setdefault(suivant.cle, suivant)
    premiers = sorted(racines.values(), key=lambda noeud: (noeud.cle[-2:] == "-0" and par != Par.EJ, noeud.nom))
    return premiers, {cle: list(noeuds.values()) for cle, noeuds in branches.items()}


def _tetes(lignees: list[list[Structure]], par: str, regard: Regard) -> Iterable[tuple[list[Noeud], str, str]]:
    """For each find: the nodes above its EJ, then what begins the key of the EJ and those below."""
    if par == Par.EJ:
        for ej, *_ in lignees:
            initiale = alphabet.initiale_de(ej)
            yield [Noeud(f"az-{initiale}", ALPHABET, nom_initiale(initiale))], "n", "n"
        return
    places = _places(lignees, regard)
    voie = axes.VOIES.get(Par(par))
    valeurs = axes.valeurs_de({eg for eg, _ in places if eg}, voie) if voie else {}
    titres = axes.titres(voie, {liste[0] for liste in valeurs.values()}) if voie else {}
    for eg, code in places:
        if voie is None:
            racine = f"df-{code or 0}"
            yield [Noeud(racine, DEPARTEMENT, titre_departement(code))], racine, "n"
            continue
        valeur = valeurs[eg][0] if eg else 0
        racine = f"{voie}-{valeur}"
        dessous = f"{racine}-{code or 0}"
        noeuds = [
            Noeud(racine, NIVEAUX_AXES[voie], titres[valeur]),
            Noeud(dessous, DEPARTEMENT, titre_departement(code)),
        ]
        yield noeuds, dessous, f"{racine}-n"


def _places(lignees: list[list[Structure]], regard: Regard) -> list[tuple[int, str]]:
    """(establishment, département) of each find; for an EJ those of one of its establishments, shown if possible."""
    seules = [lignee[0].pk for lignee in lignees if len(lignee) == 1]
    leurs: dict[int, list[tuple[bool, str, int]]] = defaultdict(list)
    if seules:
        eg = Structure.objects.filter(parent__in=seules).values_list("parent", "groupe", "departement", "pk")
        for ej, groupe, departement, pk in eg:
            leurs[ej].append((groupe in regard.masques, departement, pk))
    places = []
    for ej, *dessous in lignees:
        if dessous:
            places.append((dessous[0].pk, dessous[0].departement))
            continue
        ordre = sorted(leurs[ej.pk], key=lambda x: (x[0], x[1] != ej.departement, x[1:]))
        places.append((ordre[0][2], ordre[0][1]) if ordre else (0, ej.departement))
    return places
