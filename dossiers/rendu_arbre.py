"""From the tree of a dossier to the lines of js/arbre.js: pills, marks, counts, branches unrolled (S158, S162)."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.safestring import SafeString

from referentiel.niveaux import Niveau, refus_de_parent
from referentiel.rendu_arbre import ETATS as FERMETURES
from ror.commun import arbre_html, composants
from ror.commun.texte import normaliser

from .models import Dossier, FicheDossier
from .nommage import nom_en_creation
from .superposition import Arbre, Noeud

TOUT_MONTRE = 300
"""Fiches up to which the whole tree is in the page; beyond, a branch is loaded when it is opened."""

RACINE = "dossier"
"""Key of the line of the dossier itself, above the establishment."""


def etat_de(noeud: Noeud) -> tuple[str, str] | None:
    """Returns the pill of a fiche: (state, word), None when the dossier does not touch it."""
    fiche = noeud.fiche
    if noeud.supprime:
        return "supprimee", "Supprimée"
    if fiche is None:
        return None
    if fiche.etat == FicheDossier.Etat.ATTENTE:
        return ("creer", "À créer") if noeud.cree and _intacte(fiche) else ("attente", "En attente")
    if noeud.deplace and not noeud.modifie:
        return "deplacee", "Déplacée"
    return "finalisee", "Finalisée"


def _intacte(fiche: FicheDossier) -> bool:
    """Whether nothing was typed in a fiche since it was created."""
    return not fiche.valeurs and fiche.type_offre_id is None and fiche.nom == nom_en_creation(fiche.type_niveau)


class Rendu:
    """Renders the tree of one dossier for one page.

    Args:
        dossier: the dossier.
        arbre: its tree.
        choisi: key of the fiche that is open; the dossier itself by default.
        ouvert: key of a node to unroll, without script.
    """

    def __init__(self, dossier: Dossier, arbre: Arbre, choisi: str = RACINE, ouvert: str = "") -> None:
        self.dossier, self.arbre, self.choisi = dossier, arbre, choisi
        self.entier = len(arbre.noeuds) <= TOUT_MONTRE
        vises = [c for c in (choisi, ouvert) if c in arbre]
        self.ouverts = {arbre.racine, *vises, *(n.cle for c in vises for n in arbre.ancetres(c))}
        self.page = reverse("dossier", args=[dossier.pk])
        self.adresses = {
            nom: reverse(f"dossier-{nom}", args=[dossier.pk, "CLE"]) for nom in ("fiche", "branche", "actions")
        }

    def racine(self) -> SafeString:
        """Returns the line of the dossier, and the whole tree below it."""
        ligne = composants.Noeud(
            id=f"n-{RACINE}",
            niveau="DC",
            nom=self.dossier.nom,
            rang=1,
            taille=1,
            url=self.page,
            actions=self.adresses["actions"].replace("CLE", RACINE),
            enfants=self._lignes([self.arbre[self.arbre.racine]]),
            courant=self.choisi == RACINE,
        )
        return arbre_html.branche([ligne])

    def branche(self, cle: str) -> SafeString:
        """Returns what is right below a node."""
        return arbre_html.branche(self._lignes(self.arbre.enfants(cle)))

    def resultats(self, q: str) -> tuple[SafeString, int]:
        """Returns the branches that lead to the fiches whose name holds these words, and how many they are."""
        mots = normaliser(q).split()
        trouves = [n for n in self.arbre.parcourir() if mots and all(m in normaliser(n.nom) for m in mots)]
        utiles = {n.cle for n in trouves} | {a.cle for n in trouves for a in self.arbre.ancetres(n.cle)}
        racine = self.arbre[self.arbre.racine]
        lignes = self._lignes([racine], utiles) if racine.cle in utiles else []
        return arbre_html.branche(lignes), len(trouves)

    def _lignes(self, noeuds: Collection[Noeud], gardes: Collection[str] | None = None) -> list[composants.Noeud]:
        if gardes is not None:
            noeuds = [n for n in noeuds if n.cle in gardes]
        return [self._ligne(noeud, rang, len(noeuds), gardes) for rang, noeud in enumerate(noeuds, 1)]

    def _ligne(self, noeud: Noeud, rang: int, taille: int, gardes: Collection[str] | None) -> composants.Noeud:
        cle = noeud.cle
        enfants = self.arbre.enfants(cle)
        ouvert = bool(enfants) and (gardes is not None or self.entier or cle in self.ouverts)
        lignes = self._lignes(enfants, gardes) if ouvert else None
        return composants.Noeud(
            id=f"n-{cle}",
            niveau=noeud.niveau.value,
            nom=noeud.nom,
            rang=rang,
            taille=taille,
            url=self.adresses["fiche"].replace("CLE", cle),
            actions=self.adresses["actions"].replace("CLE", cle),
            charge=self.adresses["branche"].replace("CLE", cle) if enfants and not ouvert else "",
            deplie=f"{self.page}?ouvert={cle}" if enfants else "",
            enfants=lignes or None,
            compte=str(len(enfants)) if enfants else "",
            marques=_marques(noeud),
            etat=etat_de(noeud),
            courant=cle == self.choisi,
            supprime=noeud.supprime,
        )


def _marques(noeud: Noeud) -> tuple[tuple[str, str], ...]:
    marques = []
    if noeud.deplace and not noeud.supprime and (etat_de(noeud) or ("", ""))[0] != "deplacee":
        marques.append(("arrow-left-right", "déplacée"))
    if noeud.etat in FERMETURES:
        marques.append(("lock", FERMETURES[noeud.etat][1].lower()))
    return tuple(marques)


def places_admises(etablissement_groupe: str) -> dict[str, list[str]]:
    """Returns level → levels under which it may hang in this establishment, for the drag and drop."""
    return {
        n.value: [p.value for p in n.parents if refus_de_parent(n, p, etablissement_groupe or None) is None]
        for n in Niveau
        if n.parents and n is not Niveau.EG
    }
