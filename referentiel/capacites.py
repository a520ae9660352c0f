"""What the figures of a lieu say together, and when one is too old to be trusted (MODELE_ROR §2.3). Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ror.commun.francais import pluriel

INSTALLE, DISPONIBLE, OCCUPE, RESERVE, FERME, SUPPLEMENTAIRE = "01", "02", "03", "04", "05", "06"
COURANT = "01"
LIT, PLACE = "01", "02"

DUREE_STABLE = timedelta(days=365)
"""What changes with an authorisation or a purchase: the yearly re-reading covers it."""

DUREE_MOUVANTE = timedelta(days=1)
"""What changes with each admission."""

_MOUVANTS = frozenset({DISPONIBLE, OCCUPE, RESERVE, SUPPLEMENTAIRE})
_NOMS = {LIT: "lit", PLACE: "place"}
_MOTS = {
    INSTALLE: "installé",
    DISPONIBLE: "disponible",
    OCCUPE: "occupé",
    RESERVE: "réservé",
    FERME: "fermé",
    SUPPLEMENTAIRE: "supplémentaire",
}


def perimee(ligne: Mapping[str, Any], maj_le: datetime, maintenant: datetime) -> bool:
    """Whether a row last changed at `maj_le` is too old: a day for what moves, a year for what is installed."""
    duree = DUREE_MOUVANTE if ligne.get("statut") in _MOUVANTS else DUREE_STABLE
    return maintenant - maj_le > duree


def totaliser(lignes: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Returns (nature, statut) → how many beds or places at present, whatever the gender."""
    totaux: dict[tuple[str, str], int] = {}
    for ligne in lignes:
        if ligne.get("temporalite", COURANT) == COURANT:
            cle = ligne["nature"], ligne["statut"]
            totaux[cle] = totaux.get(cle, 0) + (ligne.get("nombre") or 0)
    return totaux


def resumer(lignes: Iterable[Mapping[str, Any]]) -> str:
    """« 12 lits installés, dont 3 disponibles · 4 places installées »; empty without figures."""
    totaux = totaliser(lignes)
    groupes = []
    for nature, nom in _NOMS.items():
        presents = [statut for statut in _MOTS if (nature, statut) in totaux]
        if presents:
            premier, *suite = presents
            mots = f"{nom} {_dire(nature, premier, 1)},{nom}s {_dire(nature, premier, 2)}"
            texte = pluriel(totaux[nature, premier], mots)
            details = [f"{totaux[nature, s]} {_dire(nature, s, totaux[nature, s])}" for s in suite]
            groupes.append(f"{texte}, dont {', '.join(details)}" if details else texte)
    return " · ".join(groupes)


def _dire(nature: str, statut: str, nombre: int) -> str:
    mot = _MOTS[statut]
    feminin = "e" if nature == PLACE and not mot.endswith("e") else ""
    return mot + feminin + ("s" if nombre > 1 else "")
