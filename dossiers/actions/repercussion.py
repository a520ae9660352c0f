"""« Répercussion du champ »: a live fiche is edited while a dossier holds it (S104–S106, M1).

What the dossier does not touch flows into it by itself. A question is asked only where both sides hold different
values of the same element, and its answer is recorded: nothing is erased in silence at the integration.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from referentiel import fiches as lecture
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.champs import champs_de
from referentiel.changements import Changement, Choix, Conflit, fusionner
from referentiel.models import Structure
from ror.commun.erreurs import EtatIncompatible

from ..etats import Geste
from ..models import Dossier, FicheDossier
from .commun import noter, toucher, verrouiller


@dataclass(frozen=True, slots=True)
class ChampDouble:
    """A field that the live fiche and the dossier both change, and not to the same value.

    Attributes:
        champ, libelle: the field.
        repertoire, dossier: for each element in conflict, (what it is, live value, value of the dossier).
        conflits: the identifiers of what the answer settles.
    """

    champ: str
    libelle: str
    differences: list[tuple[str, str, str]]
    conflits: tuple[Conflit, ...]


def ligne_ouverte(structure: Structure) -> FicheDossier | None:
    """Returns the line of the open dossier about a live fiche, None when no open dossier changes its content."""
    fiche = (
        FicheDossier.objects.filter(structure=structure, dossier__in=Dossier.objects.ouverts())
        .exclude(genre=FicheDossier.Genre.SUPPRESSION)
        .select_related("dossier__etablissement")
        .first()
    )
    return fiche if fiche is not None and fiche.changements else None


def champs_doubles(structure: Structure) -> list[ChampDouble]:
    """Returns the fields about which the question of the guides is to be asked now; empty when nothing differs.

    An answer already recorded about these very values is not asked again.
    """
    fiche = ligne_ouverte(structure)
    if fiche is None:
        return []
    champs, genres = champs_de(structure.type_niveau), lecture.genres_de(structure.type_niveau)
    en_cours = valeurs_en_cours(structure, modification_en_attente(structure))
    resultat = []
    for changement in fiche.changements_moteur():
        fusion = fusionner(changement, en_cours.get(changement.champ), genres[changement.champ])
        conflits = tuple(c for c in fusion.conflits if c.identifiant not in fiche.choix)
        if conflits:
            textes = lecture.textes_de_conflits(champs, conflits, en_cours)
            differences = [(sujet, actuel, propose) for sujet, actuel, propose in textes]
            resultat.append(ChampDouble(changement.champ, champs[changement.champ].libelle, differences, conflits))
    return resultat


@transaction.atomic
def repercuter(
    *, structure: Structure, auteur, reponses: Mapping[str, bool], vus: Collection[str] | None = None
) -> Dossier:
    """Answers « Voulez-vous répercuter votre modification dans le dossier collaboratif ? », field by field.

    « Oui » writes the value of the Répertoire in the dossier; « Non » keeps that of the dossier, which will replace it
    at the integration, by this recorded choice.

    Args:
        structure: the live fiche.
        auteur: who answers.
        reponses: field → oui.
        vus: identifiers of the differences she was shown; None compares nothing.

    Raises:
        DroitManquant: she may not edit this establishment.
        EtatIncompatible: no open dossier holds this fiche any more, or a value changed since it was shown.
    """
    fiche = ligne_ouverte(structure)
    if fiche is None:
        raise EtatIncompatible("Cette fiche n’est plus dans un dossier ouvert\u00a0: il n’y a rien à répercuter.")
    dossier = verrouiller(fiche.dossier_id, auteur, Geste.MODIFIER)
    fiche = FicheDossier.objects.get(pk=fiche.pk)
    genres = lecture.genres_de(structure.type_niveau)
    en_cours = valeurs_en_cours(structure, modification_en_attente(structure))
    oui, non = [], []
    for double in champs_doubles(structure):
        if double.champ not in reponses:
            continue
        if vus is not None and not {c.identifiant for c in double.conflits} <= set(vus):
            raise EtatIncompatible(
                f"{double.libelle}\u00a0: une valeur a changé depuis l’affichage. Relisez, puis répondez de nouveau."
            )
        if reponses[double.champ]:
            garder = {c.identifiant: Choix.GARDER for c in double.conflits}
            ancien = next(c for c in fiche.changements_moteur() if c.champ == double.champ)
            fusion = fusionner(ancien, en_cours.get(double.champ), genres[double.champ], garder)
            _poser(fiche, Changement(double.champ, ancien.base, fusion.resultat), auteur)
            oui.append(double.libelle)
        else:
            le = timezone.now().isoformat()
            reponse = {"choix": Choix.IMPOSER.value, "par": str(auteur), "le": le}
            fiche.choix = {**fiche.choix, **{c.identifiant: reponse for c in double.conflits}}
            non.append(double.libelle)
    fiche.save()
    if oui:
        toucher(
            dossier, auteur, f"«\u00a0{fiche.nom}\u00a0»\u00a0: {', '.join(oui)} repris du Répertoire (répercussion)."
        )
    if non:
        dossier.save()
        phrase = f"«\u00a0{fiche.nom}\u00a0»\u00a0: {', '.join(non)} gardé du dossier (non répercuté)."
        noter(dossier, auteur, Geste.MODIFIER, phrase)
    return dossier


def _poser(fiche: FicheDossier, changement: Changement, auteur) -> None:
    """Replaces the change of one field; the field leaves the dossier when nothing differs any more."""
    autres = [c for c in fiche.changements_moteur() if c.champ != changement.champ]
    auteurs = {**fiche.auteurs, changement.champ: auteur.pk}
    if changement.base != changement.propose:
        autres.append(changement)
    fiche.poser_changements(autres, auteurs)
