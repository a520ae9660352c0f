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

    @property
    def entamee(self) -> bool:
        """Whether one of the two hours is still to come."""
        return bool(self.de) != bool(self.a)


def montrer(plages: Iterable[Plage]) -> list[PlageSaisie]:
    """Returns plages as the fields show them: « 09:30 », « 24:00 »."""
    return [
        PlageSaisie(_champ(p.debut), _champ(p.fin - MINUTES_PAR_JOUR * p.finit_le_lendemain), p.finit_le_lendemain)
        for p in plages
    ]


def recevoir(data: QueryDict, prefixe: str) -> list[PlageSaisie]:
    """Returns the plages sent under `prefixe` (« h-p1-1 »): parallel lists, and the ranks of those ending next day."""
    nuits = data.getlist(f"{prefixe}-nuit")
    paires = zip(data.getlist(f"{prefixe}-de"), data.getlist(f"{prefixe}-a"), strict=False)
    return [PlageSaisie(de.strip(), a.strip(), str(i) in nuits) for i, (de, a) in enumerate(paires)]


def editable(plage: Plage) -> bool:
    """Whether typed hours can stand for this plage; another one is told in words and kept."""
    return plage.type_plage in ORDINAIRES and not plage.autres and plage.fin - plage.debut <= MINUTES_PAR_JOUR


def lire(saisies: Iterable[PlageSaisie], jour: int) -> tuple[Plage, ...]:
    """Returns the plages typed for a day, those that touch made one; what cannot be read is left out."""
    lues = (_lire(saisie, jour) for saisie in saisies if not saisie.vide)
    return normaliser(plage for plage in lues if isinstance(plage, Plage))


def verifier(saisies: Sequence[PlageSaisie], jour: int) -> None:
    """Notes beside each plage what cannot be read."""
    for saisie in saisies:
        lue = None if saisie.vide else _lire(saisie, jour)
        saisie.erreur = str(lue) if isinstance(lue, ValueError) else ""
        if isinstance(lue, FinAvantDebut):
            saisie.offre_nuit = f"ouvert la nuit, jusqu’à {dire_heure(lue.proposition.fin)} le lendemain"


def accepter_nuit(saisies: Sequence[PlageSaisie], rang: str, jour: int) -> None:
    """Says that the plage of this rank ends the next day."""
    for i, saisie in enumerate(saisies):
        if str(i) == rang:
            saisie.nuit = True
    verifier(saisies, jour)


def sans_vides(saisies: Iterable[PlageSaisie]) -> list[tuple[str, str, bool]]:
    """What is typed, to tell whether a day was touched."""
    return [(s.de, s.a, s.nuit) for s in saisies if not s.vide]


def en_ligne(texte: str) -> str:
    """Returns a stored text as a field of one line gives it back, to tell whether it was touched."""
    return "".join(texte.splitlines()).strip()


def _lire(saisie: PlageSaisie, jour: int) -> Plage | FinAvantDebut | HeureIllisible:
    try:
        return lire_plage(jour, saisie.de, saisie.a)
    except FinAvantDebut as refus:
        return refus.proposition if saisie.nuit else refus
    except HeureIllisible as refus:
        return refus


def _champ(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
