"""The change engine: compare, merge and undo a change of a fiche, whatever its origin (ARCHITECTURE §2).

A direct edit, a scheduled edit, a dossier, a FINESS écart and an undo are all a set of `Changement` on one fiche. A
fiche is a mapping of plain JSON values. `base` is the value when the author first touched the field, so that a merge
always knows who changed what since: a question is asked only when both sides touched the same element, and nothing
accepted is lost without a recorded choice (EXIGENCES B1, M1, M4, M15).

Throughout, an absent value, `None`, `""`, `[]` and `{}` are one and the same « nothing ».
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

Valeur = str | int | float | bool | None | list[Any] | dict[str, Any]
Fiche = Mapping[str, Valeur]


class Genre(StrEnum):
    """How the values of a field are compared and merged."""

    VALEUR = "valeur"  # atomic: the whole value changes or not
    ENSEMBLE = "ensemble"  # unordered set of texts, kept as a sorted list: merged element by element, never in conflict
    TABLE = "table"  # rows by stable key (a contact's uuid, « p1/1 »): merged row by row, then column by column


class Choix(StrEnum):
    """The human answer to a conflict."""

    GARDER = "garder"  # keep the current value
    IMPOSER = "imposer"  # take the proposed value


@dataclass(frozen=True, slots=True)
class Changement:
    """One field of one fiche goes from `base` (value when the author first touched it) to `propose`."""

    champ: str
    base: Valeur
    propose: Valeur

    def en_json(self) -> dict[str, Valeur]:
        """The form stored in the database and in the journal."""
        return {"champ": self.champ, "base": self.base, "propose": self.propose}

    @classmethod
    def depuis_json(cls, donnees: Mapping[str, Any]) -> Changement:
        """The change stored by `en_json`; `KeyError` when a part is missing."""
        return cls(champ=donnees["champ"], base=donnees["base"], propose=donnees["propose"])


@dataclass(frozen=True, slots=True)
class Conflit:
    """Both sides touched the same element differently since `base`.

    `cle` names the row of a table and `colonne` the column of that row; both are None for a whole value.
    """

    champ: str
    cle: str | None
    colonne: str | None
    base: Valeur
    actuel: Valeur
    propose: Valeur

    @property
    def identifiant(self) -> str:
        """Stable name of this very conflict, under which its `Choix` is recorded; safe in an URL and a form field.

        It carries a digest of the three values: an answer given about one current value is no answer about another
        one published since, so the question is then asked again rather than the newer value silently lost (M1).
        """
        lieu = "/".join(quote(partie, safe="") for partie in (self.champ, self.cle, self.colonne) if partie is not None)
        valeurs = json.dumps([self.base, self.actuel, self.propose], sort_keys=True, ensure_ascii=False)
        return f"{lieu}@{hashlib.sha256(valeurs.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Fusion:
    """Outcome of one change merged into the current value."""

    resultat: Valeur
    conflits: tuple[Conflit, ...]  # those without a recorded choice: there, `resultat` keeps the current value
    a_appliquer: bool  # the result differs from the current value
    deja_la: bool  # everything proposed is already in the current value


def normaliser(valeur: Valeur, genre: Genre) -> Valeur:
    """The one form of a value for its genre: « nothing » is None, [] or {}, sets are sorted without doubles."""
    if genre is Genre.ENSEMBLE:
        return sorted(set(valeur or ()))  # type: ignore[arg-type]
    if genre is Genre.TABLE:
        lignes = {cle: _ligne(ligne) for cle, ligne in (valeur or {}).items()}  # type: ignore[union-attr]
        return {cle: ligne for cle, ligne in lignes.items() if ligne is not None}
    return _atome(valeur)


def comparer(avant: Fiche, apres: Fiche, genres: Mapping[str, Genre]) -> tuple[Changement, ...]:
    """Changes leading from `avant` to `apres`, in the order of `genres`.

    A field absent from `apres` is untouched (a form gives its own section only): emptying a field is giving None.
    Raises `KeyError` when `apres` holds a field that `genres` does not know.
    """
    inconnus = apres.keys() - genres.keys()
    if inconnus:
        raise KeyError(f"Fields without a genre: {', '.join(sorted(inconnus))}")
    changements = (
        Changement(champ, normaliser(avant.get(champ), genre), normaliser(apres[champ], genre))
        for champ, genre in genres.items()
        if champ in apres
    )
    return tuple(changement for changement in changements if changement.base != changement.propose)


def fusionner(changement: Changement, actuel: Valeur, genre: Genre, choix: Mapping[str, Choix] | None = None) -> Fusion:
    """Replay a change on the current value of its field (three-way merge).

    `choix` gives the recorded answers by `Conflit.identifiant`. A conflict without an answer keeps the current value
    for that element only and is reported.
    """
    reponses = choix or {}
    return _fusionner(changement, actuel, genre, lambda conflit: reponses.get(conflit.identifiant))


def fusionner_tout(
    changements: Iterable[Changement],
    actuel: Fiche,
    genres: Mapping[str, Genre],
    choix: Mapping[str, Choix] | None = None,
) -> tuple[dict[str, Valeur], tuple[Conflit, ...]]:
    """Replay changes on a whole fiche: its new values (untouched fields as they were) and the conflicts left open.

    What was really written, hence the inverse to put in the journal, is `comparer(actuel, nouvelles_valeurs, genres)`.
    """
    valeurs = dict(actuel)
    conflits: list[Conflit] = []
    for changement in changements:
        fusion = fusionner(changement, valeurs.get(changement.champ), genres[changement.champ], choix)
        conflits.extend(fusion.conflits)
        if fusion.a_appliquer:
            valeurs[changement.champ] = fusion.resultat
    return valeurs, tuple(conflits)


def poser(changements: Iterable[Changement], actuel: Fiche, genres: Mapping[str, Genre]) -> dict[str, Valeur]:
    """A fiche with changes laid over it, theirs winning every conflict: what their authors see while they wait."""
    valeurs = dict(actuel)
    for changement in changements:
        valeurs[changement.champ] = _imposer(changement, valeurs.get(changement.champ), genres[changement.champ])
    return valeurs


def rebaser(changement: Changement, actuel: Valeur, genre: Genre) -> Changement | None:
    """The same change as if it had been made on the current value; None when everything in it is already there.

    An element in conflict keeps its old base, so that its question is still asked; elsewhere the base becomes the
    current value, so that whatever the author does next on what she sees (`poser`) is told apart from what others did.
    """
    conflits = fusionner(changement, actuel, genre).conflits
    base = normaliser(actuel, genre)
    for conflit in conflits:
        base = _remplacer(base, conflit, conflit.base)
    base, propose = normaliser(base, genre), _imposer(changement, actuel, genre)
    return None if propose == base else Changement(changement.champ, base, propose)


def inverser(changement: Changement) -> Changement:
    """The change that undoes `changement`; undoing is merging it like any other (M4)."""
    return Changement(changement.champ, base=changement.propose, propose=changement.base)


def composer(premier: Changement, second: Changement, genre: Genre) -> Changement | None:
    """Two successive changes of one field by one author as one; None when they cancel out.

    The second may have been made on a value that others moved since: only what its author did is kept, and where the
    two disagree the later one wins. Raises `ValueError` when they are about different fields.
    """
    if premier.champ != second.champ:
        raise ValueError(f"Changes of two fields: {premier.champ}, {second.champ}")
    propose = _fusionner(second, premier.propose, genre, lambda conflit: Choix.IMPOSER).resultat
    base = normaliser(premier.base, genre)
    return None if propose == base else Changement(premier.champ, base, propose)


# --- merging ---


def _imposer(changement: Changement, actuel: Valeur, genre: Genre) -> Valeur:
    return _fusionner(changement, actuel, genre, lambda conflit: Choix.IMPOSER).resultat


def _remplacer(valeur: Valeur, place: Conflit, par: Valeur) -> Valeur:
    """A value with what stands at the place of a conflict replaced."""
    if place.cle is None:
        return par
    table = dict(valeur)  # type: ignore[arg-type]
    table[place.cle] = par if place.colonne is None else {**table[place.cle], place.colonne: par}
    return table


Arbitre = Callable[[Conflit], Choix | None]


def _atome(valeur: Valeur) -> Valeur:
    return None if valeur in ("", [], {}) else valeur


def _ligne(ligne: Valeur) -> Valeur:
    if isinstance(ligne, dict):
        ligne = {colonne: valeur for colonne, valeur in ligne.items() if _atome(valeur) is not None}
    return _atome(ligne)


def _fusionner(changement: Changement, actuel: Valeur, genre: Genre, arbitre: Arbitre) -> Fusion:
    base, present, propose = (normaliser(v, genre) for v in (changement.base, actuel, changement.propose))
    fusion = _FusionEnCours(changement.champ, arbitre)
    resultat: Valeur
    if genre is Genre.ENSEMBLE:
        resultat = sorted((set(present) | (set(propose) - set(base))) - (set(base) - set(propose)))  # type: ignore[arg-type]
    elif genre is Genre.TABLE:
        resultat = fusion.table(base, present, propose)  # type: ignore[arg-type]
    else:
        resultat = fusion.atome(base, present, propose)
    a_appliquer = resultat != present
    return Fusion(
        resultat=resultat,
        conflits=tuple(fusion.ouverts),
        a_appliquer=a_appliquer,
        deja_la=not a_appliquer and not fusion.en_conflit,
    )


@dataclass(slots=True)
class _FusionEnCours:
    """Merge of one field: settles each conflict met with the referee, keeps those left open."""

    champ: str
    arbitre: Arbitre
    ouverts: list[Conflit] = field(default_factory=list)
    en_conflit: bool = False

    def atome(
        self, base: Valeur, actuel: Valeur, propose: Valeur, cle: str | None = None, colonne: str | None = None
    ) -> Valeur:
        if propose in (base, actuel):
            return actuel
        if actuel == base:
            return propose
        conflit = Conflit(self.champ, cle, colonne, base, actuel, propose)
        self.en_conflit = True
        reponse = self.arbitre(conflit)
        if reponse is None:
            self.ouverts.append(conflit)
        return propose if reponse is Choix.IMPOSER else actuel

    def table(
        self, base: dict[str, Valeur], actuel: dict[str, Valeur], propose: dict[str, Valeur]
    ) -> dict[str, Valeur]:
        resultat: dict[str, Valeur] = {}
        for cle in dict.fromkeys((*actuel, *propose, *base)):
            ligne = self.ligne(cle, base.get(cle), actuel.get(cle), propose.get(cle))
            if ligne is not None:
                resultat[cle] = ligne
        return resultat

    def ligne(self, cle: str, base: Valeur, actuel: Valeur, propose: Valeur) -> Valeur:
        if not (isinstance(actuel, dict) and isinstance(propose, dict)):
            return self.atome(base, actuel, propose, cle)
        depart = base if isinstance(base, dict) else {}
        return _ligne(
            {
                colonne: self.atome(depart.get(colonne), actuel.get(colonne), propose.get(colonne), cle, colonne)
                for colonne in dict.fromkeys((*actuel, *propose, *depart))
            }
        )
