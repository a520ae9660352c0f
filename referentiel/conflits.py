"""Conflicts as people settle them: what it is about, the two values, who saved the other one, one answer each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from . import fiches
from .champs import Champ
from .changements import Choix, Conflit, Fiche, Valeur, comparer, rebaser
from .models import EntreeJournal, Modification, Structure
from .recit import RIEN

PREFIXE = "choix:"


@dataclass(frozen=True, slots=True)
class Question:
    """One conflict.

    Attributes:
        nom: name of the radio buttons that answer it.
        sujet: « Nom », « Horaires du lundi », « Contact « Admissions », coordonnées ».
        actuel, propose: both values as texts.
        auteur, le: who saved the present value, and when; empty when nobody knows.
    """

    nom: str
    sujet: str
    actuel: str
    propose: str
    auteur: str
    le: datetime | None


def lire_choix(data: QueryDict) -> dict[str, Choix]:
    """Returns the answers sent, by conflict; what is no answer is left out, and so asked again."""
    valeurs = {choix.value for choix in Choix}
    return {
        nom.removeprefix(PREFIXE): Choix(valeur)
        for nom, valeur in data.items()
        if nom.startswith(PREFIXE) and valeur in valeurs
    }


def rebaser_saisie(
    champs: Collection[Champ], vues: Fiche, saisies: Fiche, en_cours: Fiche
) -> tuple[dict[str, Valeur], dict[str, Valeur]]:
    """Carries what was typed over to the present values, for a form that goes on.

    Returns:
        The values to take as seen, where an element both sides touched stays as it was, so that saving still asks; and
        the values to show: what others saved, with what was typed laid over it.
    """
    genres = {champ.nom: champ.genre for champ in champs}
    nouvelles = {nom: en_cours.get(nom) for nom in genres}
    montrees = dict(nouvelles)
    for geste in comparer(vues, saisies, genres):
        rebase = rebaser(geste, en_cours.get(geste.champ), genres[geste.champ])
        if rebase is not None:
            nouvelles[geste.champ], montrees[geste.champ] = rebase.base, rebase.propose
    return nouvelles, montrees


def decrire_conflits(
    structure: Structure | None,
    champs: Mapping[str, Champ],
    conflits: Iterable[Conflit],
    fiche: Fiche,
    modification: Modification | None = None,
    prefixe: str = "",
    auteurs: Mapping[str, tuple[str, datetime | None]] | None = None,
) -> list[Question]:
    """Returns the questions of the merge screen.

    Args:
        structure: the node whose journal says who wrote what; None when `auteurs` says it all.
        champs: the fields in conflict, by name.
        conflits: what the merge reported.
        fiche: the present values.
        modification: what waits, where the other value may come from.
        prefixe: what precedes the names of these fields in the journal.
        auteurs: field → who saved it and when, for what no journal tells yet.
    """
    conflits = list(conflits)
    auteurs = dict(auteurs or {})
    if structure is not None:
        auteurs = {**_auteurs(structure, {prefixe + c.champ for c in conflits}, modification), **auteurs}
    textes = fiches.textes_de_conflits(champs, conflits, fiche)
    return [
        Question(
            nom=PREFIXE + conflit.identifiant,
            sujet=sujet,
            actuel=actuel or RIEN,
            propose=propose or RIEN,
            auteur=auteurs.get(prefixe + conflit.champ, ("", None))[0],
            le=auteurs.get(prefixe + conflit.champ, ("", None))[1],
        )
        for conflit, (sujet, actuel, propose) in zip(conflits, textes, strict=True)
    ]


def _auteurs(
    structure: Structure, champs: set[str], modification: Modification | None
) -> Mapping[str, tuple[str, datetime | None]]:
    """Who last saved each field: in what waits, else in the journal."""
    resultat: dict[str, tuple[str, datetime | None]] = {}
    for entree in EntreeJournal.objects.filter(structure=structure).select_related("auteur")[:50]:
        for nom in champs & {changement["champ"] for changement in entree.changements}:
            qui = str(entree.auteur) if entree.auteur else entree.get_origine_display()
            resultat.setdefault(nom, (qui, entree.le))
    for changement in modification.changements.all() if modification else []:
        if changement.champ in champs:
            resultat[changement.champ] = (str(changement.auteur), changement.modifie_le)
    return resultat
