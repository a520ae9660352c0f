"""Writing accepted écarts on the live fiches: FINESS-owned fields only, journaled, with their history (S67, S68).

Used by the runs, by thousands, and by a person's decisions. The caller is in a transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from referentiel import arbre
from referentiel.changements import Changement
from referentiel.derives import rafraichir
from referentiel.models import CorrespondanceCategorie, EntreeJournal, Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.recit import DEUX_POINTS
from ror.commun.ecriture_en_masse import inserer, mettre_a_jour
from ror.commun.texte import normaliser

from .corrections import oublier
from .correspondance import COLONNES, DETAILS
from .historique import historiser, historiser_le_premier_etat
from .phrases import changement, libelles_pour, phrase
from .rapprochement import Ecart

_COLONNES_STRUCTURE = ("nom", "nom_recherche", "etat", "departement", "groupe", "version", "modifie_le")


@dataclass
class _Fiche:
    """One fiche being written, and what the journal will say of it."""

    structure: Structure
    detail: object
    phrases: list[str] = field(default_factory=list)
    changements: list[Changement] = field(default_factory=list)


def appliquer(
    *, niveau: Niveau, ecarts: Mapping[int, Sequence[Ecart]], jour: date, auteur=None, motif: str = ""
) -> None:
    """Writes écarts on the fiches of one level.

    Args:
        niveau: EJ or EG.
        ecarts: pk of the structure → what changes on it. The EJ of an `ej_changee` exists.
        jour: date of the data, shown as their provenance (B35).
        auteur: who decided; None for a rule.
        motif: why, in French.
    """
    ecarts = {pk: liste for pk, liste in ecarts.items() if liste}
    if not ecarts:
        return
    _changer_les_ej(ecarts)
    structures = Structure.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ecarts).order_by("pk")
    details = DETAILS[niveau].objects.in_bulk(list(ecarts))
    libelles = libelles_pour((niveau, ecart) for liste in ecarts.values() for ecart in liste)
    groupes = _groupes(ecarts.values())
    fiches = []
    for structure in structures:
        fiche = _Fiche(structure, details[structure.pk])
        for ecart in ecarts[structure.pk]:
            fiche.phrases.append(phrase(niveau, ecart, libelles))
            fait = changement(niveau, ecart)
            if fait is not None:
                fiche.changements.append(fait)
            _poser(fiche, niveau, ecart, groupes)
        fiche.structure.version += 1
        fiche.structure.modifie_le = timezone.now()
        fiche.detail.finess_recu_le = jour
        fiches.append(fiche)
    _ecrire(fiches, niveau, auteur)
    oublier({(pk, COLONNES[niveau].get(e.champ or "", "")) for pk, liste in ecarts.items() for e in liste})
    _journaliser(fiches, auteur, motif)
    rafraichir(ecarts)


def _changer_les_ej(ecarts: Mapping[int, Sequence[Ecart]]) -> None:
    voulues = {pk: e.apres for pk, liste in ecarts.items() for e in liste if e.champ == "finess_ej"}
    if voulues:
        ej = dict(Structure.objects.filter(numero_finess__in=voulues.values()).values_list("numero_finess", "pk"))
        arbre.deplacer_en_masse(deplacements=[(pk, ej[str(numero)]) for pk, numero in voulues.items()])


def _groupes(listes: Iterable[Sequence[Ecart]]) -> dict[str, str]:
    """Category → group of the Répertoire, for the categories that change."""
    categories = {str(e.apres) for liste in listes for e in liste if e.champ == "categorie"}
    lignes = CorrespondanceCategorie.objects.filter(categorie__in=categories).values_list("categorie", "groupe")
    return dict(lignes) if categories else {}


def _poser(fiche: _Fiche, niveau: Niveau, ecart: Ecart, groupes: Mapping[str, str]) -> None:
    """Sets one received value; the name given by the référents stays, unless it is still the former raison sociale."""
    structure, detail = fiche.structure, fiche.detail
    if ecart.champ is None:  # absent for good
        structure.etat = Etat.FERMEE
    elif ecart.champ == "ouvert":
        structure.etat = Etat.OUVERTE if ecart.apres else Etat.FERMEE
    elif ecart.champ == "departement":
        structure.departement = str(ecart.apres)
    elif ecart.champ == "position":
        detail.latitude, detail.longitude = ecart.apres  # type: ignore[misc]
    elif ecart.champ != "finess_ej":
        valeur = list(ecart.apres) if isinstance(ecart.apres, tuple) else ecart.apres
        setattr(detail, COLONNES[niveau][str(ecart.champ)], valeur)
    if ecart.champ == "categorie" and niveau is Niveau.EG:
        structure.groupe = groupes.get(str(ecart.apres), "")
    if ecart.champ == "raison_sociale" and structure.nom == ecart.avant:
        fiche.changements.append(Changement("nom", structure.nom, str(ecart.apres)))
        fiche.phrases.append(f"Nom{DEUX_POINTS}{structure.nom} → {ecart.apres}")
        structure.nom = str(ecart.apres)
        structure.nom_recherche = normaliser(structure.nom)


def _ecrire(fiches: Sequence[_Fiche], niveau: Niveau, auteur) -> None:
    structures, details = [f.structure for f in fiches], [f.detail for f in fiches]
    modele, cles = DETAILS[niveau], [f.structure.pk for f in fiches]
    historiser_le_premier_etat([Structure, modele], cles)
    mettre_a_jour(Structure, _COLONNES_STRUCTURE, structures)
    mettre_a_jour(modele, (*COLONNES[niveau].values(), "finess_recu_le"), details)
    historiser([Structure, modele], cles, "~", auteur)


def _journaliser(fiches: Sequence[_Fiche], auteur, motif: str) -> None:
    instant = timezone.now()
    entrees = [
        EntreeJournal(
            structure=fiche.structure,
            version=fiche.structure.version,
            le=instant,
            auteur=auteur,
            origine=EntreeJournal.Origine.FINESS,
            motif=motif,
            phrases=[texte for texte in fiche.phrases if texte],
            changements=[c.en_json() for c in fiche.changements],
        )
        for fiche in fiches
    ]
    inserer(EntreeJournal, entrees)
