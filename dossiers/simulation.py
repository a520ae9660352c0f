"""What integrating a dossier would do, told before it is done (B3): sentences, conflicts, broken rules.

Read only, a constant number of queries whatever the dossier holds. The integration itself starts from this very report,
so that what was read is what is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referentiel import fiches as lecture
from referentiel.actions.suppression import refus_de_supprimer
from referentiel.champs import champs_de
from referentiel.changements import Changement, Choix, Conflit, Fiche, comparer, fusionner, fusionner_tout
from referentiel.controles import controler_ensemble
from referentiel.models import Code, Modification, Structure
from referentiel.models.structure import Etat as EtatStructure
from referentiel.niveaux import Niveau
from referentiel.qualite.faits import Etat as EtatRegle
from referentiel.qualite.faits import FaitsOffre
from referentiel.qualite.lecture import autorisations_de, places_installees_de
from referentiel.qualite.regles import evaluer_offre
from ror.commun.erreurs import SaisieInvalide

from .contenus import Contenu, contenus_de, structures_de
from .models import Dossier, FicheDossier
from .superposition import Arbre, Noeud, arbre_de, arbre_publie


@dataclass(slots=True)
class Ligne:
    """What the dossier does to one fiche.

    Attributes:
        noeud: the node in the tree of the dossier.
        contenu: its values there and in the Répertoire.
        nouvelles: what will be published, the conflicts settled as chosen.
        changements: what differs from what is published now.
        conflits: those still without an answer.
        type_change: (before, after) when its type changes.
        phrases: what changes, told.
    """

    noeud: Noeud
    contenu: Contenu
    nouvelles: Fiche
    changements: tuple[Changement, ...] = ()
    conflits: tuple[Conflit, ...] = ()
    type_change: tuple[Code | None, Code | None] | None = None
    phrases: list[str] = field(default_factory=list)

    @property
    def fiche(self) -> FicheDossier:
        assert self.noeud.fiche is not None
        return self.noeud.fiche


@dataclass(frozen=True, slots=True)
class Point:
    """A broken rule, on one fiche: its key, its name, the field to correct if there is one, and the sentence."""

    cle: str
    nom: str
    message: str
    champ: str = ""
    regle: str = ""


@dataclass(slots=True)
class Rapport:
    """The dry run of an integration.

    Attributes:
        arbre: the tree of the dossier; `avant` the live one.
        creations, deplacements, suppressions: the nodes concerned, top down, descendants included.
        lignes: every touched fiche that stays, by key.
        erreurs: what forbids to integrate; `avertissements`: what is worth a look.
    """

    dossier: Dossier
    arbre: Arbre
    avant: Arbre
    lignes: dict[str, Ligne]
    erreurs: list[Point] = field(default_factory=list)
    avertissements: list[Point] = field(default_factory=list)

    @property
    def creations(self) -> list[Noeud]:
        return [n for n in self.arbre.parcourir() if n.cree and not n.supprime]

    @property
    def deplacements(self) -> list[Noeud]:
        return [n for n in self.arbre.parcourir() if n.deplace and not n.supprime]

    @property
    def suppressions(self) -> list[Noeud]:
        return [n for n in self.arbre.parcourir() if n.supprime and not n.cree]

    @property
    def modifications(self) -> list[Ligne]:
        """The live fiches whose content changes."""
        return [x for x in self.lignes.values() if not x.noeud.cree and (x.changements or x.conflits or x.type_change)]

    @property
    def conflits(self) -> list[Ligne]:
        """The fiches on which a choice is still needed."""
        return [x for x in self.lignes.values() if x.conflits]

    @property
    def integrable(self) -> bool:
        return not self.erreurs and not self.conflits

    @property
    def vide(self) -> bool:
        """Whether integrating would change nothing."""
        return not (self.creations or self.deplacements or self.suppressions or self.modifications)


def simuler(dossier: Dossier) -> Rapport:
    """Returns what integrating this dossier now would do."""
    arbre, avant = arbre_de(dossier), arbre_publie(dossier.etablissement)
    touches = [n for n in arbre.parcourir() if n.fiche is not None and not n.supprime]
    contenus = contenus_de(touches)
    lignes = {n.cle: _ligne(n, contenus[n.cle]) for n in touches}
    for ligne, phrases in zip(lignes.values(), _raconter(lignes), strict=True):
        ligne.phrases = [*_phrases_de_type(ligne), *phrases]
    rapport = Rapport(dossier, arbre, avant, lignes)
    _controler(rapport)
    return rapport


def choix_de(fiche: FicheDossier) -> dict[str, Choix]:
    """Returns the answers kept on a fiche, as the engine wants them (B2)."""
    return {identifiant: Choix(reponse["choix"]) for identifiant, reponse in fiche.choix.items()}


def conflits_de(ligne: Ligne) -> list[Conflit]:
    """Returns every conflict of a live fiche, those that an answer settles included."""
    if ligne.noeud.cree:
        return []
    genres, publiees = lecture.genres_de(ligne.noeud.niveau), ligne.contenu.publiees
    return [
        conflit
        for c in ligne.fiche.changements_moteur()
        for conflit in fusionner(c, publiees.get(c.champ), genres[c.champ]).conflits
    ]


def _ligne(noeud: Noeud, contenu: Contenu) -> Ligne:
    fiche, genres = noeud.fiche, lecture.genres_de(noeud.niveau)
    assert fiche is not None
    if noeud.cree:
        changements = comparer(contenu.publiees, {**contenu.valeurs, "nom": noeud.nom}, genres)
        return Ligne(noeud, contenu, {**contenu.valeurs, "nom": noeud.nom}, changements)
    nouvelles, conflits = fusionner_tout(fiche.changements_moteur(), contenu.publiees, genres, choix_de(fiche))
    change = (contenu.type_publie, contenu.type_offre) if contenu.type_offre != contenu.type_publie else None
    return Ligne(noeud, contenu, nouvelles, comparer(contenu.publiees, nouvelles, genres), conflits, change)


def _raconter(lignes: Mapping[str, Ligne]) -> list[list[str]]:
    """The sentences of the content of all fiches; their labels are read in one query."""
    return lecture.raconter_ensemble([(champs_de(x.noeud.niveau), x.changements) for x in lignes.values()])


def _phrases_de_type(ligne: Ligne) -> list[str]:
    if ligne.noeud.cree or ligne.type_change is None:
        return []
    avant, apres = (f"«\u00a0{code.libelle}\u00a0»" if code else "non renseigné" for code in ligne.type_change)
    return [f"Type d’UO\u00a0: {avant} → {apres}"]


def _controler(rapport: Rapport) -> None:
    """Notes what forbids to integrate, and what is worth a look."""
    if rapport.dossier.etablissement.etat == EtatStructure.FERMEE:
        message = "Cet établissement est fermé définitivement\u00a0: son organisation ne change plus."
        rapport.erreurs.append(Point(rapport.arbre.racine, rapport.arbre[rapport.arbre.racine].nom, message))
    for ligne in rapport.lignes.values():
        noeud, fiche = ligne.noeud, ligne.fiche
        if noeud.parent is not None and (noeud.cree or noeud.deplace):
            refus = rapport.arbre.refus_de_place(noeud.niveau, noeud.parent)
            if refus:
                rapport.erreurs.append(Point(noeud.cle, noeud.nom, refus))
            attendue = fiche.parent_base_id
            if noeud.deplace and attendue is not None and noeud.origine != f"s{attendue}":
                message = (
                    "Cette fiche a été déplacée dans le Répertoire depuis. Replacez-la, ou annulez son déplacement."
                )
                rapport.erreurs.append(Point(noeud.cle, noeud.nom, message))
        try:
            controler_ensemble(ligne.nouvelles)
        except SaisieInvalide as erreur:
            rapport.erreurs += [Point(noeud.cle, noeud.nom, m, champ) for champ, m in erreur.erreurs.items()]
    _controler_suppressions(rapport)
    _controler_regles(rapport)


def _controler_suppressions(rapport: Rapport) -> None:
    supprimees = [n.structure for n in rapport.suppressions if n.structure is not None]
    refus = refus_de_supprimer(supprimees) if supprimees else None
    if refus:
        noeud = rapport.suppressions[0]
        rapport.erreurs.append(Point(noeud.cle, noeud.nom, refus))
    en_cours = Modification.objects.filter(structure__in=supprimees, etat__in=Modification.EN_COURS)
    perdues = set(en_cours.values_list("structure", flat=True))
    for noeud in rapport.suppressions:
        if noeud.structure in perdues:
            message = (
                "Des modifications faites dans le Répertoire y attendent encore\u00a0: elles disparaîtront avec elle."
            )
            rapport.avertissements.append(Point(noeud.cle, noeud.nom, message))
    for ligne in rapport.lignes.values():
        if ligne.noeud.cle in rapport.avant and ligne.noeud.etat == EtatStructure.FERMEE and ligne.changements:
            message = (
                "Cette fiche est fermée définitivement dans le Répertoire\u00a0: retirez ses changements du dossier."
            )
            rapport.erreurs.append(Point(ligne.noeud.cle, ligne.noeud.nom, message))


def _controler_regles(rapport: Rapport) -> None:
    """The national rules on each offer as the dossier will leave it (B31): a blocking one forbids, others are told."""
    offres = [x for x in rapport.lignes.values() if x.noeud.niveau is Niveau.UO]
    if not offres:
        return
    etablissement = structures_de([rapport.dossier.etablissement_id])[rapport.dossier.etablissement_id]
    autorisations = autorisations_de(etablissement)
    places = places_installees_de([x.noeud.structure for x in offres if x.noeud.structure is not None])
    for ligne in offres:
        faits = _faits(rapport.arbre, ligne, etablissement, places.get(ligne.noeud.structure or 0, 0), autorisations)
        for constat in evaluer_offre(faits):
            if constat.etat is not EtatRegle.ECART:
                continue
            point = Point(ligne.noeud.cle, ligne.noeud.nom, constat.message, constat.champ, f"{constat.regle.code}")
            (rapport.erreurs if constat.bloquant else rapport.avertissements).append(point)


def _faits(arbre: Arbre, ligne: Ligne, etablissement: Structure, places: int, autorisations) -> FaitsOffre:
    valeurs, dessus = ligne.nouvelles, arbre.ancetres(ligne.noeud.cle)
    niveaux = valeurs.get("niveaux_expertise")
    type_offre = ligne.contenu.type_offre
    return FaitsOffre(
        nom=str(valeurs.get("nom") or ""),
        nom_uf=next((n.nom for n in dessus if n.niveau is Niveau.UF), ""),
        categorie=etablissement.entite_geographique.categorie,
        mode_prise_en_charge=str(valeurs.get("mode_prise_en_charge") or ""),
        type_offre=type_offre.code if type_offre else "",
        temporalite_accueil=str(valeurs.get("temporalite_accueil") or ""),
        activites=frozenset(valeurs.get("activites") or ()),  # type: ignore[arg-type]
        actes=frozenset(valeurs.get("actes") or ()),  # type: ignore[arg-type]
        unite_sensible=valeurs.get("unite_sensible") is True,
        niveaux=frozenset(niveaux or ()),  # type: ignore[arg-type]
        places_installees=places,
        autorisations=autorisations,
    )
