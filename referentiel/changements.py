"""The change engine: compare, merge, undo and tell a change of a fiche, whatever its origin (ARCHITECTURE §2).

A direct edit, a scheduled edit, a dossier, a FINESS écart and an undo are all a set of `Changement` on one fiche. A
fiche is a mapping of plain JSON values. `base` is the value when the author first touched the field, so that a merge
always knows who changed what since: a question is asked only when both sides touched the same element, and nothing
accepted is lost without a recorded choice (EXIGENCES B1, M1, M4, M15).

Throughout, an absent value, `None`, `""`, `[]` and `{}` are one and the same « nothing ».
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile
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


# --- telling ---

INSECABLE = "\u00a0"
DEUX_POINTS = f"{INSECABLE}: "
RIEN = "non renseigné"
LONGUEUR_CITATION = 80  # characters of a text quoted in a sentence
CITES = 12  # elements of a set named in a sentence, the others are counted


@dataclass(frozen=True, slots=True)
class DescriptionChamp:
    """What the sentences need to know of a field.

    For a table, `decrire_ligne(cle, ligne)` names a row (« Contact « Admissions » », « Horaires du lundi ») and
    `colonnes` gives the labels of the columns of a row that has several. `dire_ligne(cle, table)` says a whole row, or
    its absence, where one sentence says it better.
    """

    nom: str
    libelle: str
    genre: Genre = Genre.VALEUR
    decrire_ligne: Callable[[str, Valeur], str] | None = None
    colonnes: Mapping[str, str] = field(default_factory=dict)
    dire_ligne: Callable[[str, Mapping[str, Valeur]], str | None] | None = None


Libelleur = Callable[[str, Valeur], str]


def decrire(changement: Changement, champ: DescriptionChamp, libeller: Libelleur) -> tuple[str, ...]:
    """The change in French sentences, for the screen, the mails, the journal and screen readers (M15).

    `libeller(champ, valeur)` gives the text of one value that is not empty; the columns of a table are asked as
    « champ.colonne ». No sentence when nothing changes. The wording agrees with any gender and number.
    """
    base, propose = normaliser(changement.base, champ.genre), normaliser(changement.propose, champ.genre)
    if base == propose:
        return ()
    if champ.genre is Genre.ENSEMBLE:
        return (_phrase_ensemble(champ, set(base), set(propose), libeller),)  # type: ignore[arg-type]
    if champ.genre is Genre.TABLE:
        return tuple(_phrases_table(champ, base, propose, libeller))  # type: ignore[arg-type]
    return (_phrase_valeur(champ.libelle, champ.nom, base, propose, libeller),)


def _phrase_valeur(sujet: str, nom: str, base: Valeur, propose: Valeur, libeller: Libelleur) -> str:
    avant = "" if base is None else libeller(nom, base)
    apres = "" if propose is None else libeller(nom, propose)
    if max(len(avant), len(apres)) > LONGUEUR_CITATION or "\n" in avant + apres:
        return sujet + DEUX_POINTS + _texte_long(avant, apres)
    return f"{sujet}{DEUX_POINTS}{avant or RIEN} → {apres or RIEN}"


def _texte_long(avant: str, apres: str) -> str:
    """« renseigné », « effacé », or what differs, quoted from shortly before the first difference."""
    if not avant:
        return f"renseigné ({_citer(apres)})"
    if not apres:
        return f"effacé ({_citer(avant)})"
    commun = sum(1 for _ in takewhile(lambda paire: paire[0] == paire[1], zip(avant, apres, strict=False)))
    debut = avant.rfind(" ", 0, max(commun - 20, 0)) + 1
    return f"{_citer(avant, debut)} → {_citer(apres, debut)}"


def _citer(texte: str, debut: int = 0) -> str:
    """A text between guillemets, from `debut` on, on one line, cut between words with « … »."""
    extrait = " ".join(texte[debut:].split(" ")).replace("\r", "").replace("\n", " ")
    if len(extrait) > LONGUEUR_CITATION:
        extrait = (extrait[:LONGUEUR_CITATION].rsplit(" ", 1)[0] or extrait[:LONGUEUR_CITATION]).rstrip(" ,;:.") + "…"
    return f"«{INSECABLE}{'…' if debut else ''}{extrait.strip()}{INSECABLE}»"


def _phrase_ensemble(champ: DescriptionChamp, base: set[str], propose: set[str], libeller: Libelleur) -> str:
    parties = []
    for verbe, codes in (("ajout de", propose - base), ("retrait de", base - propose)):
        if codes:
            libelles = sorted((libeller(champ.nom, code) for code in codes), key=str.casefold)
            cites = libelles if len(libelles) <= CITES + 1 else libelles[:CITES]
            reste = f" et {len(libelles) - len(cites)} autres" if len(cites) < len(libelles) else ""
            parties.append(f"{verbe} " + ", ".join(_entre_guillemets(libelle) for libelle in cites) + reste)
    return champ.libelle + DEUX_POINTS + f"{INSECABLE}; ".join(parties)


def _entre_guillemets(texte: str) -> str:
    return f"«{INSECABLE}{texte}{INSECABLE}»"


def _phrases_table(
    champ: DescriptionChamp, base: dict[str, Valeur], propose: dict[str, Valeur], libeller: Libelleur
) -> Iterable[str]:
    for cle in dict.fromkeys((*propose, *base)):
        avant, apres = base.get(cle), propose.get(cle)
        if avant == apres:
            continue
        ligne = avant if apres is None else apres
        sujet = champ.decrire_ligne(cle, ligne) if champ.decrire_ligne else f"{champ.libelle}, {cle}"
        dits = dire_lignes(champ, cle, (base, propose), lambda valeur: libeller(champ.nom, valeur))
        if dits:
            yield f"{sujet}{DEUX_POINTS}{' → '.join(dits)}"
        elif not isinstance(ligne, dict):
            yield _phrase_valeur(sujet, champ.nom, avant, apres, libeller)
        elif avant is None or apres is None:
            mouvement = "ajout" if avant is None else "suppression"
            yield f"{sujet}{DEUX_POINTS}{mouvement}{_contenu(champ, ligne, libeller)}"
        else:
            yield from _phrases_ligne(champ, sujet, avant, ligne, libeller)


def dire_lignes(
    champ: DescriptionChamp, cle: str, tables: Sequence[Mapping[str, Valeur]], libeller: Callable[[Valeur], str]
) -> list[str]:
    """Returns a row of each of these tables in words; nothing when its columns say it better."""
    dits = [champ.dire_ligne(cle, table) if champ.dire_ligne else None for table in tables]
    if not any(dits):
        return []
    lues = zip(dits, (table.get(cle) for table in tables), strict=True)
    return [dit or (RIEN if valeur is None else libeller(valeur)) for dit, valeur in lues]


def _phrases_ligne(
    champ: DescriptionChamp, sujet: str, avant: Valeur, apres: dict[str, Valeur], libeller: Libelleur
) -> Iterable[str]:
    depart = avant if isinstance(avant, dict) else {}
    for colonne in dict.fromkeys((*apres, *depart)):
        if depart.get(colonne) != apres.get(colonne):
            yield _phrase_valeur(
                f"{sujet}, {_nom_colonne(champ, colonne)}",
                f"{champ.nom}.{colonne}",
                depart.get(colonne),
                apres.get(colonne),
                libeller,
            )


def _contenu(champ: DescriptionChamp, ligne: dict[str, Valeur], libeller: Libelleur) -> str:
    """« (téléphone : 01…, courriel : …) »: the columns of a row that comes or goes, for those that have a label."""
    parties = [
        f"{champ.colonnes[colonne]}{DEUX_POINTS}{_abreger(libeller(f'{champ.nom}.{colonne}', ligne[colonne]))}"
        for colonne in champ.colonnes
        if colonne in ligne
    ]
    return f" ({', '.join(parties)})" if parties else ""


def _abreger(texte: str) -> str:
    return _citer(texte) if len(texte) > LONGUEUR_CITATION or "\n" in texte else texte


def _nom_colonne(champ: DescriptionChamp, colonne: str) -> str:
    return champ.colonnes.get(colonne, colonne.replace("_", " "))
