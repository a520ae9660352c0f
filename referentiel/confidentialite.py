"""What a reader may know of a fiche, now and in its past (pure; levels of JDV_J222).

A contact, a mailbox or a number that is reserved today, or was when it was last known, stays reserved in every former
version: what was made secret is not to be found in the history.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .champs import PROFIL_1_SEUL
from .changements import Changement, Valeur

TABLES = frozenset({"contacts", "boites_mss"})
"""Fields whose rows have a level of confidentiality."""

TOUS = frozenset({"1", "2", "3"})
"""Every level of confidentiality."""

NIVEAUX_PROFESSIONNELS = frozenset({"1", "2"})
"""What whoever is signed in reads; a sentence of the journal kept without its values says no more than that."""

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept from a reader: keys of rows, and numbers or addresses."""

    cles: frozenset[str] = frozenset()
    adresses: frozenset[str] = frozenset()


def est_lisible(morceau: Mapping[str, Any], lisibles: Collection[str]) -> bool:
    """Tells whether a row, or one of its numbers, is of a level among `lisibles`."""
    return (morceau.get("confidentialite") or "1") in lisibles


def reserve_de(tables: Iterable[Table | None], lisibles: Collection[str]) -> Reserve:
    """Returns what is reserved by its last known level.

    Args:
        tables: the rows now, then in each former state, the latest first.
        lisibles: the levels the reader sees.
    """
    contacts: dict[str, bool] = {}
    adresses: dict[str, bool] = {}
    for table in tables:
        for cle, ligne in (table or {}).items():
            contacts.setdefault(cle, est_lisible(ligne, lisibles))
            for telecom in ligne.get("telecoms") or []:
                adresses.setdefault(telecom.get("adresse") or "", est_lisible(telecom, lisibles))
    return Reserve(
        frozenset(cle for cle, lisible in contacts.items() if not lisible),
        frozenset(adresse for adresse, lisible in adresses.items() if not lisible),
    )


def champ_lisible(champ: str, lisibles: Collection[str]) -> bool:
    """Whether a reader of these levels reads this field at all: a few are for régulation and crisis only."""
    return champ not in PROFIL_1_SEUL or "3" in lisibles


def lignes_lisibles(table: Valeur, lisibles: Collection[str], reserve: Reserve = Reserve()) -> dict[str, Any]:
    """Returns the rows of a table of `TABLES` without what is reserved."""
    lignes: Table = table if isinstance(table, dict) else {}
    return {
        cle: _ligne_lisible(ligne, lisibles, reserve.adresses)
        for cle, ligne in lignes.items()
        if cle not in reserve.cles and est_lisible(ligne, lisibles)
    }


def changement_lisible(
    changement: Changement, lisibles: Collection[str], reserve: Reserve = Reserve()
) -> tuple[Changement, bool]:
    """Returns the change as the reader may know it, and whether something was left out.

    What is reserved before or after the change is left out of both sides.
    """
    if not champ_lisible(changement.champ, lisibles):
        return Changement(changement.champ, None, None), changement.base != changement.propose
    if changement.champ not in TABLES:
        return changement, False
    cotes = [table if isinstance(table, dict) else {} for table in (changement.base, changement.propose)]
    lignes = [paire for cote in cotes for paire in cote.items()]
    du_changement = Reserve(
        reserve.cles | {cle for cle, ligne in lignes if not est_lisible(ligne, lisibles)},
        reserve.adresses
        | {
            telecom.get("adresse") or ""
            for _, ligne in lignes
            for telecom in ligne.get("telecoms") or []
            if not est_lisible(telecom, lisibles)
        },
    )
    base, propose = (lignes_lisibles(cote, lisibles, du_changement) for cote in cotes)
    return Changement(changement.champ, base, propose), [base, propose] != cotes


def _ligne_lisible(ligne: Mapping[str, Any], lisibles: Collection[str], adresses: Collection[str]) -> Mapping[str, Any]:
    telecoms = ligne.get("telecoms") or []
    gardes = [t for t in telecoms if est_lisible(t, lisibles) and (t.get("adresse") or "") not in adresses]
    return ligne if len(gardes) == len(telecoms) else {**ligne, "telecoms": gardes}
