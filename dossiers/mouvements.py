"""What was done in the Répertoire since a dossier was opened, and what becomes of it (B2, M1). Read only."""

from dataclasses import dataclass

from referentiel.models import EntreeJournal

from .circuit import mouvements_de
from .models import Dossier
from .simulation import Rapport, conflits_de

MONTRES = 100


@dataclass(frozen=True, slots=True)
class Mouvement:
    """One entry of the history of a live fiche, and its fate: (kind of pill, word)."""

    entree: EntreeJournal
    sort: tuple[str, str]
    ancre: str = ""


REPRIS = ("ok", "Repris de lui-même")
TRANCHE = ("ok", "Tranché")
A_TRANCHER = ("attente", "À trancher")


def lire_mouvements(dossier: Dossier, rapport: Rapport | None) -> list[Mouvement]:
    """Returns the latest ones first, one hundred at most; `rapport` says which of them contradict the dossier."""
    ouverts: dict[tuple[int | None, str], str] = {}
    regles: set[tuple[int | None, str]] = set()
    for ligne in rapport.lignes.values() if rapport else ():
        ouverts.update({(ligne.noeud.structure, c.champ): ligne.noeud.cle for c in ligne.conflits})
        regles.update((ligne.noeud.structure, c.champ) for c in conflits_de(ligne))
    entrees = mouvements_de(dossier).select_related("structure", "auteur")[:MONTRES]
    return [_mouvement(e, ouverts, regles) for e in entrees]


def _mouvement(entree: EntreeJournal, ouverts: dict, regles: set) -> Mouvement:
    touches = {(entree.structure_id, c["champ"]) for c in entree.changements}
    ancre = next((ouverts[t] for t in sorted(touches) if t in ouverts), "")
    if ancre:
        return Mouvement(entree, A_TRANCHER, ancre)
    return Mouvement(entree, TRANCHE if touches & regles else REPRIS)
