"""The tree of a dossier: the live subtree of its EG with the overlay laid over it (ARCHITECTURE §2).

Two queries, whatever the dossier holds; `lft` and `rght` are read and never written here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from referentiel.models import Structure
from referentiel.niveaux import Niveau, refus_de_parent

from .models import Dossier, FicheDossier


@dataclass(slots=True)
class Noeud:
    """A node of the dossier's tree.

    Attributes:
        cle: « s12 » for a live fiche, « f5 » for one that the dossier creates.
        niveau, nom, groupe: as the dossier has them.
        parent: key of the node above, None for the EG.
        structure: key of the live fiche, None for a creation.
        etat: state of the live fiche.
        fiche: the line of the overlay about it, None when the dossier does not touch it.
        origine: key of the node above it in the live tree; None for a creation.
        supprime: deleted by the dossier, itself or with what is above it.
    """

    cle: str
    niveau: Niveau
    nom: str
    groupe: str
    parent: str | None
    structure: int | None = None
    etat: str = ""
    fiche: FicheDossier | None = None
    origine: str | None = None
    supprime: bool = False

    @property
    def cree(self) -> bool:
        return self.structure is None

    @property
    def deplace(self) -> bool:
        return not self.cree and self.parent != self.origine

    @property
    def modifie(self) -> bool:
        """Whether the dossier changes the content of a live fiche."""
        fiche = self.fiche
        return fiche is not None and not self.cree and bool(fiche.changements or fiche.type_offre_id or fiche.groupe)


@dataclass(slots=True)
class Arbre:
    """The nodes of a dossier, in the order in which they are read: top down, live siblings first."""

    racine: str
    noeuds: dict[str, Noeud]
    _enfants: dict[str | None, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for noeud in self.noeuds.values():
            self._enfants.setdefault(noeud.parent, []).append(noeud.cle)

    def __getitem__(self, cle: str) -> Noeud:
        return self.noeuds[cle]

    def __contains__(self, cle: object) -> bool:
        return cle in self.noeuds

    def enfants(self, cle: str | None) -> list[Noeud]:
        """The nodes right below."""
        return [self.noeuds[c] for c in self._enfants.get(cle, ())]

    def parcourir(self, cle: str | None = None) -> Iterator[Noeud]:
        """The node and all that is below it, top down; from the EG by default."""
        pile = [cle or self.racine]
        while pile:
            courante = pile.pop()
            yield self.noeuds[courante]
            pile.extend(reversed(self._enfants.get(courante, ())))

    def descendants(self, cle: str) -> list[Noeud]:
        """All that is below a node, top down."""
        return [n for n in self.parcourir(cle) if n.cle != cle]

    def ancetres(self, cle: str) -> list[Noeud]:
        """What is above a node, from the EG down."""
        resultat: list[Noeud] = []
        parent = self.noeuds[cle].parent
        while parent is not None:
            resultat.append(self.noeuds[parent])
            parent = self.noeuds[parent].parent
        return resultat[::-1]

    def chemin(self, cle: str) -> str:
        """« CH de Valmont › Pôle Gériatrie »: what is above a node."""
        return " › ".join(n.nom for n in self.ancetres(cle))

    def refus_de_place(self, niveau: Niveau, vers: str) -> str | None:
        """Why a fiche of this level may not hang under this node, in French; None when it may."""
        if vers not in self.noeuds:
            return "Cet emplacement n’est plus dans le dossier : rechargez la page."
        place = self.noeuds[vers]
        if place.supprime:
            return f"«\u00a0{place.nom}\u00a0» est supprimée dans ce dossier : choisissez un autre emplacement."
        groupe = place.groupe if place.niveau is Niveau.EG else None
        return refus_de_parent(niveau, place.niveau, groupe or None)

    def destinations(self, cles: Iterable[str]) -> list[Noeud]:
        """The nodes under which all these may be moved: level admitted, outside themselves, not deleted."""
        cles = [c for c in cles if c in self.noeuds]
        interdites = {n.cle for cle in cles for n in self.parcourir(cle)}
        niveaux = {self.noeuds[c].niveau for c in cles}
        actuelles = {self.noeuds[c].parent for c in cles}
        return [
            n
            for n in self.parcourir()
            if n.cle not in interdites
            and actuelles != {n.cle}
            and all(self.refus_de_place(niveau, n.cle) is None for niveau in niveaux)
        ]


def arbre_publie(etablissement: Structure) -> Arbre:
    """The live subtree of an EG, as it is now; one query."""
    return _composer(etablissement, ())


def arbre_de(dossier: Dossier) -> Arbre:
    """The tree of a dossier: what the Répertoire will be once it is integrated, deleted fiches marked."""
    fiches = dossier.fiches.select_related("type_offre").order_by("creee_le", "pk")
    return _composer(dossier.etablissement, list(fiches))


def _composer(etablissement: Structure, fiches: Iterable[FicheDossier]) -> Arbre:
    racine = f"s{etablissement.pk}"
    noeuds = {n.cle: n for n in _vivants(etablissement)}
    for fiche in fiches:
        if fiche.creation:
            noeuds[fiche.cle] = Noeud(
                fiche.cle, fiche.type_niveau, fiche.nom, fiche.groupe, fiche.cle_parent, fiche=fiche
            )
        elif fiche.cle in noeuds:
            noeud = noeuds[fiche.cle]
            noeud.fiche, noeud.groupe = fiche, fiche.groupe or noeud.groupe
            if "nom" in fiche.changements:
                noeud.nom = str(fiche.changements["nom"]["propose"])
            noeud.parent = fiche.cle_parent or noeud.parent
            noeud.supprime = fiche.supprimee
    for noeud in noeuds.values():
        if noeud.cle != racine and noeud.parent not in noeuds:
            noeud.parent = noeud.origine if noeud.origine in noeuds else racine
    arbre = Arbre(racine, noeuds)
    for noeud in arbre.parcourir():
        noeud.supprime = noeud.supprime or (noeud.parent is not None and noeuds[noeud.parent].supprime)
    return arbre


def _vivants(etablissement: Structure) -> Iterator[Noeud]:
    place = Structure.objects.values("tree_id", "lft", "rght").get(pk=etablissement.pk)
    lignes = Structure.objects.filter(
        tree_id=place["tree_id"], lft__gte=place["lft"], rght__lte=place["rght"]
    ).order_by("lft")
    for pk, niveau, nom, groupe, parent, etat in lignes.values_list("pk", "niveau", "nom", "groupe", "parent", "etat"):
        dessus = None if pk == etablissement.pk else f"s{parent}"
        yield Noeud(f"s{pk}", Niveau(niveau), nom, groupe, dessus, pk, etat, origine=dessus)
