"""The closing of an offer: its rules, its state day by day, and how it is told (S119–S122, B50). Pure.

A closing is kept as the national codes know it (J185: DEF, PRO) with its dates; « prévisionnelle » is a provisional
closing announced for a day to come, and a mark says so (EXIGENCES §0, 8). Every date counts from midnight, by the clock
on the wall where the offer is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from .horaires.ouverture import EtatOuverture
from .horaires.phrase import dire_date
from .horaires.territoire import fuseau_de

CHAMPS = (
    "type_fermeture",
    "date_fermeture",
    "date_reouverture_prevue",
    "fermeture_previsionnelle",
    "message_fermeture",
)
"""The fields of an offer that are its closing."""

MESSAGE_MAX = 300
"""Length of the message shown with a closing, in characters."""
RAPPEL = timedelta(days=7)
"""« L’offre a-t-elle rouvert ? » is asked this long before the reopening date (B50)."""
HORIZON = timedelta(days=3653)
"""A date further than this from today is a slip of the keyboard."""


class EtatOffre(StrEnum):
    """The state of an offer; the values are those of `Structure.etat`."""

    OUVERTE = "OUV"
    PROVISOIRE = "PRO"
    DEFINITIVE = "DEF"


TYPES = {EtatOffre.DEFINITIVE.value: "définitive", EtatOffre.PROVISOIRE.value: "provisoire"}
"""Codes of `type_fermeture` (JDV_J185) and the words of the guides."""


@dataclass(frozen=True, slots=True)
class Fermeture:
    """A closing, in force, to come or over; without a type there is none.

    Attributes:
        type: "DEF", "PRO", or "" for none.
        du: first day closed.
        reouverture: first day open again, for a provisional closing.
        previsionnelle: it was announced as « prévisionnelle ».
        message: what the public is told besides.
    """

    type: str = ""
    du: date | None = None
    reouverture: date | None = None
    previsionnelle: bool = False
    message: str = ""

    @classmethod
    def depuis(cls, valeurs: Mapping[str, Any]) -> Fermeture:
        """The closing held by the values of a fiche; a date is a `date` or AAAA-MM-JJ, and `ValueError` else."""
        return cls(
            type=valeurs.get("type_fermeture") or "",
            du=_date(valeurs.get("date_fermeture")),
            reouverture=_date(valeurs.get("date_reouverture_prevue")),
            previsionnelle=bool(valeurs.get("fermeture_previsionnelle")),
            message=valeurs.get("message_fermeture") or "",
        )

    def en_valeurs(self) -> dict[str, str | bool | None]:
        """The values of the fiche that `depuis` reads."""
        return {
            "type_fermeture": self.type or None,
            "date_fermeture": self.du and self.du.isoformat(),
            "date_reouverture_prevue": self.reouverture and self.reouverture.isoformat(),
            "fermeture_previsionnelle": self.previsionnelle,
            "message_fermeture": self.message or None,
        }

    def etat_au(self, jour: date) -> EtatOffre:
        """The state of the offer on a day."""
        return etat_au(jour, self.type, self.du, self.reouverture)

    def a_venir(self, jour: date) -> bool:
        """Announced, not yet in force."""
        return bool(self.type) and self.du is not None and jour < self.du

    def echue(self, jour: date) -> bool:
        """A provisional closing whose reopening date has come."""
        return self.type == EtatOffre.PROVISOIRE and self.reouverture is not None and jour >= self.reouverture

    def annonce(self, jour: date) -> str:
        """What the fiche says that day, without a final stop; "" when there is nothing to say."""
        if not self.type or self.du is None or self.echue(jour):
            return ""
        definitive = self.type == EtatOffre.DEFINITIVE
        maniere = "définitivement" if definitive else "provisoirement"
        if not self.a_venir(jour):
            debut = f"Fermée {maniere} depuis le {dire_date(self.du)}"
        elif self.previsionnelle:
            debut = f"Fermera le {dire_date(self.du)} (fermeture prévisionnelle)"
        else:
            debut = f"Fermera {maniere} le {dire_date(self.du)}"
        if definitive:
            return debut
        if self.reouverture is None:
            return f"{debut} – date de réouverture non connue"
        return f"{debut} – réouverture prévue le {dire_date(self.reouverture)}"


def etat_au(jour: date, type_: str, fermeture: date | None, reouverture: date | None) -> EtatOffre:
    """The state on `jour` of an offer closed from `fermeture` on and, if provisionally, until `reouverture`."""
    if not type_ or fermeture is None or jour < fermeture:
        return EtatOffre.OUVERTE
    if type_ == EtatOffre.DEFINITIVE:
        return EtatOffre.DEFINITIVE
    return EtatOffre.OUVERTE if reouverture is not None and jour >= reouverture else EtatOffre.PROVISOIRE


def verifier(fermeture: Fermeture) -> dict[str, str]:
    """What contradicts itself in a closing, as sentences by field (S121, S122)."""
    if not fermeture.type:
        if fermeture.du or fermeture.reouverture or fermeture.message:
            return {"type_fermeture": "Fermer mon offre\u00a0: choisissez le type de fermeture."}
        return {}
    if fermeture.type not in TYPES:
        return {"type_fermeture": "Type de fermeture\u00a0: choisissez dans la liste."}
    if fermeture.du is None:
        return {"date_fermeture": "Date de fermeture\u00a0: une date est attendue, par exemple 31/12/2026."}
    if fermeture.reouverture is None:
        return {}
    if fermeture.type == EtatOffre.DEFINITIVE:
        refus = "Une fermeture définitive n’a pas de réouverture\u00a0: effacez cette date"
        return {"date_reouverture_prevue": f"{refus}, ou choisissez «\u00a0provisoire\u00a0»."}
    if fermeture.reouverture <= fermeture.du:
        refus = f"La réouverture doit suivre la fermeture du {dire_date(fermeture.du)}."
        return {"date_reouverture_prevue": refus}
    return {}


def verifier_dates(fermeture: Fermeture, jour: date) -> dict[str, str]:
    """What is wrong, for somebody who types it on `jour`, in a closing that `verifier` accepts."""
    erreurs = {}
    for champ, valeur in (("date_fermeture", fermeture.du), ("date_reouverture_prevue", fermeture.reouverture)):
        if valeur is not None and abs(valeur - jour) > HORIZON:
            erreurs[champ] = f"Vérifiez l’année\u00a0: {dire_date(valeur)} est à plus de dix ans."
    if erreurs:
        return erreurs
    if fermeture.previsionnelle and not fermeture.a_venir(jour):
        refus = "Une fermeture prévisionnelle est à venir\u00a0: choisissez une date après aujourd’hui"
        erreurs["date_fermeture"] = f"{refus}, ou «\u00a0provisoire\u00a0»."
    if fermeture.echue(jour):
        refus = "Cette date de réouverture est passée\u00a0: choisissez une date après aujourd’hui."
        erreurs["date_reouverture_prevue"] = refus
    return erreurs


def jour_sur_place(instant: datetime, departement: str) -> date:
    """The day it is in a département (« 974 ») at an aware instant."""
    return instant.astimezone(ZoneInfo(fuseau_de(departement))).date()


def ouverture_compte_tenu(
    fermeture: Fermeture, horaires: Callable[[datetime], EtatOuverture], instant: datetime
) -> EtatOuverture:
    """« Ouvert maintenant » and its next change, the closing laid over the hours.

    Args:
        fermeture: the closing of the offer.
        horaires: the state that the hours alone give at an instant.
        instant: now, aware, by the clock on the wall where the offer is.
    """

    def minuit(jour: date) -> datetime:
        return datetime.combine(jour, time(), tzinfo=instant.tzinfo)

    def reprise() -> datetime | None:
        """The first opening once the closing is over."""
        if fermeture.type == EtatOffre.DEFINITIVE or fermeture.reouverture is None:
            return None
        premier = minuit(fermeture.reouverture)
        etat = horaires(premier)
        return premier if etat.ouvert else etat.prochaine_ouverture

    if fermeture.etat_au(instant.date()) is not EtatOffre.OUVERTE:
        return EtatOuverture(False, prochaine_ouverture=reprise())
    etat = horaires(instant)
    if fermeture.du is None or not fermeture.a_venir(instant.date()):
        return etat
    if etat.ouvert:
        return replace(etat, jusqu_a=min(etat.jusqu_a or minuit(fermeture.du), minuit(fermeture.du)))
    suite = etat.prochaine_ouverture
    if suite is not None and fermeture.etat_au(suite.date()) is not EtatOffre.OUVERTE:
        return replace(etat, prochaine_ouverture=reprise())
    return etat


def _date(valeur: date | str | None) -> date | None:
    return date.fromisoformat(valeur) if isinstance(valeur, str) and valeur else valeur or None  # type: ignore[return-value]
