"""A dossier in sentences: what it changes, for the reviewer, the mails, the history and screen readers (M15).

« L’unité « X » passe de « Pôle A » à « Pôle B ». »: moves are told as moves, never as a change of a column.
"""

import hashlib
from dataclasses import asdict, dataclass, field

from referentiel.niveaux import Niveau

from .simulation import Ligne, Rapport
from .superposition import Arbre, Noeud

ARTICLES = {
    Niveau.EG: "L’établissement",
    Niveau.P: "Le pôle",
    Niveau.S: "Le service",
    Niveau.UF: "L’unité fonctionnelle",
    Niveau.UO: "L’unité",
}


@dataclass(frozen=True, slots=True)
class Changement:
    """One thing that a dossier changes, as it is told.

    Attributes:
        cle: key of the node.
        genre: creation, deplacement, suppression, type, modification.
        phrase: the sentence.
        details: what goes with it (values, reason, what is below).
        conflit: a choice is needed.
    """

    cle: str
    genre: str
    phrase: str
    details: list[str] = field(default_factory=list)
    conflit: bool = False


def changements_de(rapport: Rapport) -> list[Changement]:
    """Returns what the dossier changes, in the order of its tree: structure first, then content, fiche by fiche."""
    resultat: list[Changement] = []
    for noeud in rapport.arbre.parcourir():
        ligne = rapport.lignes.get(noeud.cle)
        if noeud.supprime:
            resultat += _suppression(rapport, noeud)
        elif ligne is not None:
            resultat += _changements_d_une(rapport, noeud, ligne)
    return resultat


def _changements_d_une(rapport: Rapport, noeud: Noeud, ligne: Ligne) -> list[Changement]:
    sujet, participe = sujet_de(noeud), "e" if noeud.niveau.feminin else ""
    if noeud.cree:
        phrase = f"{sujet} est créé{participe} sous {_lieu(rapport.arbre, noeud)}."
        type_offre = ligne.contenu.type_offre
        details = [f"Type d’UO\u00a0: {type_offre.libelle}"] if type_offre else []
        contenu = [p for p in ligne.phrases if not p.startswith("Nom\u00a0:")]  # the sentence names it
        return [Changement(noeud.cle, "creation", phrase, details + contenu)]
    resultat = []
    if noeud.deplace:
        phrase = f"{sujet} passe de {_lieu(rapport.avant, noeud)} à {_lieu(rapport.arbre, noeud)}."
        dessous = len(rapport.arbre.descendants(noeud.cle))
        details = [f"Avec {dessous} fiche{'s' if dessous > 1 else ''} en dessous."] if dessous else []
        resultat.append(Changement(noeud.cle, "deplacement", phrase, details))
    if ligne.type_change:
        avant, apres = (f"«\u00a0{c.libelle}\u00a0»" if c else "non renseigné" for c in ligne.type_change)
        phrase = f"{sujet} change de Type d’UO\u00a0: {avant} devient {apres}."
        resultat.append(Changement(noeud.cle, "type", phrase))
    if ligne.changements or ligne.conflits:
        nombre = len({c.champ for c in [*ligne.changements, *ligne.conflits]})
        phrase = f"{sujet}\u00a0: {nombre} champ{'s' if nombre > 1 else ''} modifié{'s' if nombre > 1 else ''}."
        details = [p for p in ligne.phrases if not p.startswith("Type d’UO\u00a0:")]
        resultat.append(Changement(noeud.cle, "modification", phrase, details, bool(ligne.conflits)))
    return resultat


def _suppression(rapport: Rapport, noeud: Noeud) -> list[Changement]:
    """One sentence for the fiche chosen; what goes with it is counted."""
    if noeud.cree or noeud.fiche is None or not noeud.fiche.supprimee:
        return []
    dessous = [n for n in rapport.arbre.descendants(noeud.cle) if n.supprime and not n.cree]
    details = [f"Motif\u00a0: {noeud.fiche.motif}"] if noeud.fiche.motif else []
    if dessous:
        details.append("Avec elle\u00a0: " + ", ".join(f"«\u00a0{n.nom}\u00a0»" for n in dessous[:10]))
    participe = "e" if noeud.niveau.feminin else ""
    return [Changement(noeud.cle, "suppression", f"{sujet_de(noeud)} est supprimé{participe}.", details)]


def sujet_de(noeud: Noeud) -> str:
    """« Le pôle « Gériatrie » »."""
    return f"{ARTICLES[noeud.niveau]} «\u00a0{noeud.nom}\u00a0»"


def _lieu(arbre: Arbre, noeud: Noeud) -> str:
    return f"«\u00a0{arbre.chemin(noeud.cle)}\u00a0»"


@dataclass(frozen=True, slots=True)
class LigneArbre:
    """One line of a static tree: its depth, what happens there in a word (« Part d’ici », « Créé »…)."""

    niveau: str
    nom: str
    profondeur: int
    marque: str = ""
    genre: str = ""


def arbre_avant(rapport: Rapport) -> list[LigneArbre]:
    """Returns the live tree, the branches touched unrolled, with what leaves and what goes away."""
    touches = {n.cle for n in rapport.arbre.parcourir() if n.supprime or n.deplace}
    marques = {
        cle: ("Supprimée", "supprimee") if rapport.arbre[cle].supprime else ("Part d’ici", "deplacee")
        for cle in touches
        if cle in rapport.avant
    }
    return _lignes(rapport.avant, marques, _utiles(rapport.avant, rapport))


def arbre_apres(rapport: Rapport) -> list[LigneArbre]:
    """Returns the tree once integrated, with what is created, what arrives, and what changes."""
    marques: dict[str, tuple[str, str]] = {}
    for noeud in rapport.arbre.parcourir():
        if noeud.cree:
            marques[noeud.cle] = ("Créée" if noeud.niveau.feminin else "Créé", "finalisee")
        elif noeud.deplace:
            marques[noeud.cle] = ("Arrive ici", "deplacee")
        elif noeud.cle in rapport.lignes and rapport.lignes[noeud.cle].type_change:
            marques[noeud.cle] = ("Type d’UO modifié", "info")
        elif noeud.modifie:
            marques[noeud.cle] = ("Modifiée" if noeud.niveau.feminin else "Modifié", "info")
    return _lignes(rapport.arbre, marques, _utiles(rapport.arbre, rapport), sans_supprimes=True)


def _utiles(arbre: Arbre, rapport: Rapport) -> set[str]:
    """The nodes to show: those touched, what is above them, and their siblings' parents."""
    touches = [n.cle for n in rapport.arbre.parcourir() if n.cree or n.deplace or n.supprime or n.cle in rapport.lignes]
    dans = [c for c in touches if c in arbre]
    return {arbre.racine, *dans, *(a.cle for c in dans for a in arbre.ancetres(c))}


def _lignes(
    arbre: Arbre, marques: dict[str, tuple[str, str]], utiles: set[str], *, sans_supprimes: bool = False
) -> list[LigneArbre]:
    resultat = []
    for noeud in arbre.parcourir():
        if noeud.cle not in utiles or (sans_supprimes and noeud.supprime):
            continue
        marque, genre = marques.get(noeud.cle, ("", ""))
        resultat.append(LigneArbre(noeud.niveau.value, noeud.nom, len(arbre.ancetres(noeud.cle)), marque, genre))
    return resultat


def bilan_de(rapport: Rapport) -> dict:
    """Returns the report as it is kept with the integration."""
    return {
        "changements": [asdict(c) for c in changements_de(rapport)],
        "avant": [asdict(x) for x in arbre_avant(rapport)],
        "apres": [asdict(x) for x in arbre_apres(rapport)],
        "avertissements": [asdict(p) for p in rapport.avertissements],
    }


def empreinte(changement: Changement) -> str:
    """Returns a digest of what a change says: « Lu » holds as long as it says the same."""
    dit = "\n".join([changement.cle, changement.genre, changement.phrase, *changement.details])
    return hashlib.sha256(dit.encode()).hexdigest()[:16]
