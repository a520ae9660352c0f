"""Dated exceptions as they are typed, and the next public holidays offered as exceptions."""

from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict

from .. import horaires as h
from ..horaires import TOUS_LES_JOURS, Exception_, Horaires
from . import plages as p
from .plages import PlageSaisie

LIBELLE_MAX = 200


@dataclass(slots=True)
class ExceptionSaisie:
    """A dated closure, or dated hours when plages are typed."""

    cle: str
    du: str = ""
    au: str = ""
    libelle: str = ""
    plages: list[PlageSaisie] = field(default_factory=lambda: [PlageSaisie()])
    erreur: str = ""
    ouverte: bool = False

    @property
    def prefixe(self) -> str:
        return self.cle.replace(":", "-")

    @property
    def saisie(self) -> tuple:
        """What is typed, to tell whether it was touched."""
        return self.du, self.au or self.du, self.libelle, p.sans_vides(self.plages)

    @property
    def a_montrer(self) -> bool:
        """Whether its fields are to be seen at once."""
        return self.ouverte or not self.du or bool(self.erreurs)

    @property
    def resume(self) -> str:
        """« 25 décembre 2026 : fermé (Noël) »."""
        if not (lue := self.lire()):
            return "Nouvelle exception"
        dates = h.dire_date(lue.du) if lue.du == lue.au else f"{h.dire_date(lue.du)} au {h.dire_date(lue.au)}"
        etat = "ouvert " + h.enumerer([h.dire_plage(x) for x in lue.plages]) if lue.plages else "fermé"
        return f"{dates}\u00a0: {etat}" + (f" ({self.libelle})" if self.libelle else "")

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        resultat = [(f"{self.prefixe}-du", self.erreur)] if self.erreur else []
        return resultat + [
            (f"{self.prefixe}-{i}-de", f"Exception\u00a0: {plage.erreur}")
            for i, plage in enumerate(self.plages)
            if plage.erreur
        ]

    def verifier(self) -> None:
        """Notes what is to correct."""
        self.erreur = self._erreur()
        p.verifier(self.plages, TOUS_LES_JOURS)

    def lire(self) -> Exception_ | None:
        """The exception typed; None as long as its dates cannot be read."""
        if self._erreur():
            return None
        du, au = date.fromisoformat(self.du), date.fromisoformat(self.au or self.du)
        return Exception_(self.cle, du, au, p.lire(self.plages, TOUS_LES_JOURS), self.libelle)

    def _erreur(self) -> str:
        try:
            du = date.fromisoformat(self.du)
            au = date.fromisoformat(self.au or self.du)
        except ValueError:
            return "Exception\u00a0: indiquez le premier jour, par exemple 24/12/2026."
        if au < du:
            return "Exception\u00a0: le dernier jour précède le premier."
        if len(self.libelle) > LIBELLE_MAX:
            return f"Exception\u00a0: {LIBELLE_MAX} caractères au plus pour le motif."
        return ""


@dataclass(frozen=True, slots=True)
class FerieSuggere:
    """A public holiday to come that no exception speaks of; `heures` are those it would open at in one click."""

    jour: date
    nom: str
    ferme: bool
    heures: str

    @property
    def date(self) -> str:
        return f"{h.JOURS[self.jour.weekday()]} {h.dire_date(self.jour)}"

    @property
    def geste(self) -> str:
        return f"ferie:{self.jour.isoformat()}"


def montrer(exception: Exception_) -> ExceptionSaisie:
    """Returns an exception as the fields show it."""
    return ExceptionSaisie(
        exception.cle,
        exception.du.isoformat(),
        exception.au.isoformat(),
        p.en_ligne(exception.libelle),
        p.montrer(exception.plages) or [PlageSaisie()],
    )


def recevoir(cle: str, data: QueryDict) -> ExceptionSaisie:
    """Returns the exception sent under this key."""
    saisie = ExceptionSaisie(cle)
    saisie.du, saisie.au, saisie.libelle = (
        data.get(f"{saisie.prefixe}-{champ}", "").strip() for champ in ("du", "au", "libelle")
    )
    saisie.plages = p.recevoir(data, saisie.prefixe) or [PlageSaisie()]
    return saisie


def suggerer(horaires: Horaires, departement: str, jour: date, nombre: int) -> list[FerieSuggere]:
    """The next `nombre` public holidays after `jour` of this département, but those an exception already rules."""
    return [
        FerieSuggere(
            le,
            nom,
            ferme=not h.tranches_du_jour(horaires, le, h.jours_feries(departement)),
            heures=h.enumerer([h.dire_plage(x) for x in heures_de(horaires, le)]),
        )
        for le, nom in h.prochains_feries(departement, jour, nombre)
        if horaires.exception_du(le) is None
    ]


def heures_de(horaires: Horaires, le: date) -> tuple[h.Plage, ...]:
    """The hours an exception of that day starts from: of that weekday, else of the first open day, else 9 h to 17 h."""
    periode = horaires.periode_du(le)
    plages = [x for x in periode.plages if p.editable(x) and x.jour < h.JOUR_FERIE] if periode else []
    jour = (
        le.isoweekday() if any(x.jour == le.isoweekday() for x in plages) else min((x.jour for x in plages), default=0)
    )
    heures = [h.Plage(TOUS_LES_JOURS, x.debut, x.fin) for x in plages if x.jour == jour]
    return h.normaliser(heures) or (h.Plage(TOUS_LES_JOURS, 540, 1020),)
