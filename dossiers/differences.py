"""What a dossier changes in each fiche, in three columns: at the opening, in the Répertoire today, in the dossier (B1).

Only what differs, element by element: a row of a table is one line, a column in conflict is its own line. All labels
are read at once, whatever the number of fiches.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from referentiel import fiches as lecture
from referentiel.champs import champs_de
from referentiel.changements import Conflit, Genre, Valeur, normaliser
from referentiel.models import EntreeJournal
from referentiel.niveaux import Niveau
from referentiel.recit import RIEN

from .simulation import Ligne, Rapport, conflits_de
from .superposition import Noeud


@dataclass(slots=True)
class Difference:
    """One line of the table.

    Attributes:
        sujet: « Téléphone », « Horaires du lundi ».
        champ: name of the field.
        ouverture, repertoire, dossier: the three texts.
        identifiant: of the conflict, empty when only one side changed.
        reponse: « garder » or « imposer » once settled; `par` says by whom.
        auteur, le: who wrote the present value of the Répertoire, and when, for a conflict.
    """

    sujet: str
    champ: str
    ouverture: str = ""
    repertoire: str = ""
    dossier: str = ""
    identifiant: str = ""
    reponse: str = ""
    par: str = ""
    auteur: str = ""
    le: datetime | None = None

    @property
    def a_trancher(self) -> bool:
        return bool(self.identifiant) and not self.reponse


@dataclass(slots=True)
class FicheComparee:
    """One touched fiche and its differences."""

    noeud: Noeud
    ligne: Ligne
    differences: list[Difference]
    total: int

    @property
    def conflits(self) -> list[Difference]:
        return [d for d in self.differences if d.identifiant]

    @property
    def a_trancher(self) -> list[Difference]:
        return [d for d in self.differences if d.a_trancher]


def comparer_fiches(rapport: Rapport) -> list[FicheComparee]:
    """Returns the fiches whose content differs, in the order of the tree; those created have one column only."""
    elements = {cle: list(_elements(ligne)) for cle, ligne in rapport.lignes.items()}
    textes = _textes(rapport, elements)
    auteurs = _auteurs(rapport, elements)
    resultat = []
    for cle, ligne in rapport.lignes.items():
        differences = _type(ligne)
        for (element, conflit), (sujet, *trois) in zip(elements[cle], textes[cle], strict=True):
            difference = Difference(sujet, element.champ, *trois)
            if conflit is not None:
                _completer(difference, conflit, ligne, auteurs)
            differences.append(difference)
        if differences:
            total = len(champs_de(ligne.noeud.niveau))
            resultat.append(FicheComparee(ligne.noeud, ligne, differences, total))
    return resultat


def _type(ligne: Ligne) -> list[Difference]:
    contenu = ligne.contenu
    if ligne.noeud.niveau is not Niveau.UO or contenu.type_offre == contenu.type_publie:
        return []
    avant, apres = (t.libelle if t else RIEN for t in (contenu.type_publie, contenu.type_offre))
    return [Difference("Type d’UO", "", avant, avant, apres)]


def _completer(difference: Difference, conflit: Conflit, ligne: Ligne, auteurs) -> None:
    difference.identifiant = conflit.identifiant
    if reponse := ligne.fiche.choix.get(conflit.identifiant):
        difference.reponse, difference.par = reponse["choix"], reponse["par"]
    difference.auteur, difference.le = auteurs.get((ligne.noeud.structure, conflit.champ), ("", None))


Element = tuple[Conflit, Conflit | None]
"""One line to be (in the shape of a conflict: place and three values), and the real conflict it is, if any."""


def _elements(ligne: Ligne) -> Iterator[Element]:
    genres = lecture.genres_de(ligne.noeud.niveau)
    if ligne.noeud.cree:
        for c in ligne.changements:
            yield from _d_un_champ(c.champ, genres[c.champ], None, None, c.propose, [])
        return
    conflits = defaultdict(list)
    for conflit in conflits_de(ligne):
        conflits[conflit.champ].append(conflit)
    for c in ligne.fiche.changements_moteur():
        publie, propose = ligne.contenu.publiees.get(c.champ), ligne.contenu.valeurs.get(c.champ)
        yield from _d_un_champ(c.champ, genres[c.champ], c.base, publie, propose, conflits[c.champ])


def _d_un_champ(
    champ: str, genre: Genre, base: Valeur, actuel: Valeur, propose: Valeur, conflits: list[Conflit]
) -> Iterator[Element]:
    base, actuel, propose = (normaliser(v, genre) for v in (base, actuel, propose))
    if genre is not Genre.TABLE:
        if conflits or actuel != propose:
            yield Conflit(champ, None, None, base, actuel, propose), conflits[0] if conflits else None
        return
    par_ligne = defaultdict(list)
    for conflit in conflits:
        par_ligne[conflit.cle].append(conflit)
    trois: list[dict[str, Any]] = [base, actuel, propose]  # type: ignore[list-item]
    for cle in dict.fromkeys([*trois[1], *trois[2], *trois[0]]):
        b, a, p = (valeurs.get(cle) for valeurs in trois)
        if par_ligne[cle] and par_ligne[cle][0].colonne is not None:
            yield from _colonnes(champ, cle, [x or {} for x in (b, a, p)], par_ligne[cle])
        elif par_ligne[cle] or a != p:
            yield Conflit(champ, cle, None, b, a, p), par_ligne[cle][0] if par_ligne[cle] else None


def _colonnes(champ: str, cle: str, trois: list[dict[str, Any]], conflits: list[Conflit]) -> Iterator[Element]:
    """A row on which both sides worked: one line per column that differs."""
    en_conflit = {c.colonne: c for c in conflits}
    for colonne in dict.fromkeys([*trois[1], *trois[2], *trois[0]]):
        b, a, p = (valeurs.get(colonne) for valeurs in trois)
        if colonne in en_conflit or a != p:
            yield Conflit(champ, cle, colonne, b, a, p), en_conflit.get(colonne)


def _textes(rapport: Rapport, elements: dict[str, list[Element]]) -> dict[str, list[tuple[str, str, str, str]]]:
    """Key of a fiche → (subject, opening, Répertoire, dossier) of each of its lines; read level by level."""
    resultat: dict[str, list[tuple[str, str, str, str]]] = {cle: [] for cle in elements}
    for niveau in Niveau:
        places = [
            (cle, e) for cle, lot in elements.items() if rapport.lignes[cle].noeud.niveau is niveau for e, _ in lot
        ]
        if not places:
            continue
        conflits = [e for _, e in places]
        champs, lignes = champs_de(niveau), _lignes_nommees(rapport, conflits)
        presents = lecture.textes_de_conflits(champs, conflits, lignes)
        ouverture = lecture.textes_de_conflits(champs, [replace(c, actuel=c.base) for c in conflits], lignes)
        for (cle, _), (sujet, actuel, propose), (_, base, _) in zip(places, presents, ouverture, strict=True):
            resultat[cle].append((sujet, base or RIEN, actuel or RIEN, propose or RIEN))
    return resultat


def _lignes_nommees(rapport: Rapport, conflits: Iterable[Conflit]) -> dict[str, Valeur]:
    """The rows that name the lines about one of their columns: keys are unique, or say all by themselves."""
    voulues = {(c.champ, c.cle) for c in conflits if c.colonne is not None}
    tables: dict[str, dict[str, Valeur]] = defaultdict(dict)
    for ligne in rapport.lignes.values() if voulues else ():
        for valeurs in (ligne.contenu.valeurs, ligne.contenu.publiees):
            for champ, cle in voulues:
                table = valeurs.get(champ)
                if isinstance(table, dict) and cle in table:
                    tables[champ][cle] = table[cle]
    return dict(tables)


def _auteurs(
    rapport: Rapport, elements: dict[str, list[Element]]
) -> dict[tuple[int | None, str], tuple[str, datetime]]:
    """(live fiche, field) → who wrote its present value and when, for the conflicts; one query."""
    en_cause = {
        (rapport.lignes[cle].noeud.structure, conflit.champ)
        for cle, lot in elements.items()
        for _, conflit in lot
        if conflit is not None
    }
    if not en_cause:
        return {}
    resultat: dict[tuple[int | None, str], tuple[str, datetime]] = {}
    entrees = EntreeJournal.objects.filter(
        structure__in={pk for pk, _ in en_cause}, le__gt=rapport.dossier.cree_le
    ).select_related("auteur")
    for entree in entrees[:1000]:
        for changement in entree.changements:
            place = (entree.structure_id, changement["champ"])
            if place in en_cause:
                qui = str(entree.auteur) if entree.auteur else entree.get_origine_display()
                resultat.setdefault(place, (qui, entree.le))
    return resultat
