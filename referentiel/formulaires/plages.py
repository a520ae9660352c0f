"""Plages of one day as they are typed: two hours, and whether the end is on the next day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from ..horaires import MINUTES_PAR_JOUR, FinAvantDebut, HeureIllisible, Plage, dire_heure, lire_plage, normaliser

ORDINAIRES = frozenset({None, "01"})
"""Types (JDV_J41) that typed hours may stand for; the others are kept as they are."""


@dataclass(slots=True)
class PlageSaisie:
    """From `de` to `a` as typed; `nuit` when it ends the next day. `offre_nuit` says what that choice would mean."""

    de: str = ""
    a: str = ""
    nuit: bool = False
    erreur: str = ""
    offre_nuit: str = ""

    @property
    def vide(self) -> bool:
        return not self.de and not self.a


def montrer(plages: Iterable[Plage]) -> list[PlageSaisie]:
    """Returns plages as the fields show them: « 09:30 », « 24:00 »."""
    return [
        PlageSaisie(_champ(p.debut), _champ(p.fin - MINUTES_PAR_JOUR * p.finit_le_lendemain), p.finit_le_lendemain)
        for p in plages
    ]


def recevoir(data: QueryDict, prefixe: str) -> list[PlageSaisie]:
    """Returns the plages sent under `prefixe` (« h-1 »): parallel lists, and the ranks of those that end next day."""
    nuits = data.getlist(f"{prefixe}-nuit")
    paires = zip(data.getlist(f"{prefixe}-de"), data.getlist(f"{prefixe}-a"), strict=False)
    return [PlageSaisie(de.strip(), a.strip(), str(i) in nuits) for i, (de, a) in enumerate(paires)]


def editable(plage: Plage) -> bool:
    """Whether typed hours can stand for this plage; another one is told in words and kept."""
    return plage.type_plage in ORDINAIRES and not plage.autres


def lire(saisies: Sequence[PlageSaisie], jour: int, type_plage: str | None = None) -> tuple[Plage, ...]:
    """Returns the plages typed for a day, those that touch made one; errors are noted beside each."""
    lues = [plage for saisie in saisies if not saisie.vide and (plage := _lire(saisie, jour, type_plage))]
    return normaliser(lues)


def sans_vides(saisies: Iterable[PlageSaisie]) -> list[tuple[str, str, bool]]:
    """What is typed, to tell whether a day was touched."""
    return [(s.de, s.a, s.nuit) for s in saisies if not s.vide]


def _lire(saisie: PlageSaisie, jour: int, type_plage: str | None) -> Plage | None:
    saisie.erreur = ""
    try:
        return lire_plage(jour, saisie.de, saisie.a, type_plage)
    except FinAvantDebut as refus:
        saisie.offre_nuit = f"ouvert la nuit, jusqu’à {dire_heure(refus.proposition.fin)} le lendemain"
        if saisie.nuit:
            return refus.proposition
        saisie.erreur = str(refus)
    except HeureIllisible as refus:
        saisie.erreur = str(refus)
    return None


def _champ(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
