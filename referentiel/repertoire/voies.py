"""The tree of the Répertoire, read one branch at a time, in six ways (S47, S49–S52).

A branch is read whole, so that the browser's own search finds its rows, in at most two queries whatever its size.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Count

from ..models import Structure
from ..niveaux import Niveau
from . import alphabet, axes, cles, favoris
from .cles import Cle
from .fiches import eg_visibles, ej_qui_ont, enfants, lignes_de, noeud_de
from .noeuds import DEPARTEMENT, BrancheInconnue, Noeud, Par, Regard, titre_departement


def racines(par: str, regard: Regard) -> list[Noeud]:
    """Returns the first level of a way."""
    if par == Par.EJ:
        return alphabet.racines()
    if par == Par.FAVORIS:
        return favoris.racines(regard)
    if par in axes.VOIES:
        return axes.racines(axes.VOIES[Par(par)], regard)
    lignes = eg_visibles(regard).values_list("departement").annotate(n=Count("pk")).order_by("departement")
    return [Noeud(f"df-{code or 0}", DEPARTEMENT, titre_departement(code), n, Niveau.EG) for code, n in lignes]


def branche(texte: str, regard: Regard) -> list[Noeud]:
    """Returns all that is directly below the node of this key.

    Raises:
        BrancheInconnue: no such key.
    """
    if cles.lire(texte) is None:
        raise BrancheInconnue(texte)
    return branches([texte], regard)[texte]


def branches(textes: Iterable[str], regard: Regard) -> dict[str, list[Noeud]]:
    """Returns what is directly below several nodes: one query for the fiches of a value. Unknown keys are left out."""
    lues = [cle for texte in dict.fromkeys(textes) if (cle := cles.lire(texte))]
    resultat = {cle.texte: _branche(cle, regard) for cle in lues if cle.fiche is None}
    ensembles: dict[tuple[str, str], list[Cle]] = defaultdict(list)
    for cle in lues:
        if cle.fiche is not None:
            ensembles[cle.voie, cle.valeur if cle.voie in cles.AXES else ""].append(cle)
    for (voie, valeur), fiches in ensembles.items():
        vue = replace(regard, masques=frozenset()) if voie == "fa" else regard
        plus = axes.marques(voie, int(valeur), regard) if valeur else {}
        filles = enfants({c.fiche for c in fiches if c.fiche}, vue, plus=plus)
        resultat |= {c.texte: [noeud_de(c.prefixe, x) for x in filles.get(c.fiche or 0, ())] for c in fiches}
    return resultat


def _branche(cle: Cle, regard: Regard) -> list[Noeud]:
    """What is below a node that is no fiche, or an EJ of which only a part is shown."""
    if cle.ej is not None:
        parmi = Structure.objects.filter(departement=cle.code)
        if cle.voie in cles.AXES:
            parmi = parmi.filter(axes.perimetre(cle.voie, int(cle.valeur)))
        return [noeud_de(cle.prefixe, ligne) for ligne in enfants([cle.ej], regard, parmi=parmi)[cle.ej]]
    if cle.voie == "az":
        return alphabet.branche(cle.valeur, cle.page, regard)
    if cle.voie in cles.AXES:
        return axes.branche(cle, regard)
    return ej_qui_ont(eg_visibles(regard).filter(departement=cle.code), cle.texte, regard)


def chemin(structure: Structure, par: str, regard: Regard, ici: str = "") -> list[str]:
    """Returns the keys from the first level down to the node of `structure`, itself included; none if it has none.

    Args:
        structure: the fiche to reveal.
        par: how the tree is displayed.
        regard: who looks.
        ici: key of the node that was chosen, when the fiche is at several places.
    """
    lignee = list(structure.get_ancestors(include_self=True))
    voulue = cles.lire(ici)
    if par == Par.FAVORIS:
        return favoris.chemin(lignee, int(voulue.valeur) if voulue and voulue.voie == "fa" else None, regard)
    ej, dessous = lignee[0], lignee[1:]
    if par == Par.EJ:
        return [*alphabet.chemin(ej), f"n-{ej.pk}", *(f"n-{s.pk}" for s in dessous)]
    departement = voulue.code if voulue and voulue.departement is not None else None
    eg = dessous[0] if dessous else _eg_de(ej, departement, regard)
    if par in axes.VOIES:
        voie = axes.VOIES[Par(par)]
        valeur = int(voulue.valeur) if voulue and voulue.voie == voie else None
        if eg is None:
            return []
        tete = axes.chemin(eg, voie, valeur, regard)
        return tete + [f"{voie}-{tete[0].split('-')[1]}-n-{s.pk}" for s in dessous]
    code = (eg.departement if eg else ej.departement) or "0"
    return [f"df-{code}", f"df-{code}-{ej.pk}", *(f"n-{s.pk}" for s in dessous)]


def _eg_de(ej: Structure, departement: str | None, regard: Regard) -> Structure | None:
    """An establishment of an EJ: of the département asked for, else of its own, else the first; shown if possible."""
    tous = list(Structure.objects.filter(parent=ej).order_by("departement", "pk"))

    def rang(eg: Structure) -> tuple[bool, bool, bool]:
        masque = eg.groupe in regard.masques
        return masque, departement is not None and eg.departement != departement, eg.departement != ej.departement

    return min(tous, key=rang, default=None)


def lignes(textes: Iterable[str], regard: Regard) -> list[Noeud]:
    """Returns the nodes of fiches as they are now, to draw their lines again where they are.

    A favourite that is none any more, a fiche deleted or hidden, has no line: its node goes away.
    """
    lues = [cle for texte in dict.fromkeys(textes) if (cle := cles.lire(texte)) and cles.fiche_de(cle)]
    lignes_lues: dict[str, dict[int, tuple]] = {}
    noeuds = []
    for cle in lues:
        racine = f"{cle.voie}-{cle.valeur}" if cle.voie in cles.AXES else ""
        if racine not in lignes_lues:
            plus = axes.marques(cle.voie, int(cle.valeur), regard) if racine and cle.ej is None else {}
            lignes_lues[racine] = lignes_de({pk for c in lues if (pk := cles.fiche_de(c))}, regard, plus=plus)
        ligne = lignes_lues[racine].get(cles.fiche_de(cle) or 0)
        if ligne is None:
            continue
        noeud = replace(noeud_de("n", ligne), cle=cle.texte)
        if cle.voie == "fa" and cle.texte == f"fa-{noeud.fiche}":
            noeuds += favoris.ligne(ligne)
        elif noeud.niveau == Niveau.EJ:
            noeuds.append(replace(noeud, nombre=_eg_sous(cle, regard).count(), compte=Niveau.EG))
        else:
            noeuds.append(noeud)
    return noeuds


def _eg_sous(cle: Cle, regard: Regard):
    """The establishments below the node of an EJ."""
    eg = eg_visibles(regard).filter(parent=cles.fiche_de(cle))
    if cle.departement is not None:
        eg = eg.filter(departement=cle.code)
    return eg.filter(axes.perimetre(cle.voie, int(cle.valeur))) if cle.voie in cles.AXES else eg
