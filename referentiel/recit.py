"""A change of a fiche in French sentences, for the screen, the mails, the journal and screen readers (M15): pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from .changements import Changement, Genre, Valeur, normaliser

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
    # Normalised: a set is a list, a table a mapping, which the type of any value does not say.
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
