"""The hours of a fiche in a form: periods and exceptions. What this form cannot show is told in words and kept."""

import re
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from django.http import QueryDict

from .. import horaires as h
from ..changements import Valeur
from ..horaires import TOUS_LES_JOURS, Exception_, Horaires, Periode
from . import exceptions as x
from . import plages as p
from .exceptions import ExceptionSaisie, FerieSuggere
from .periodes import PeriodeSaisie
from .plages import PlageSaisie

FERIES_SUGGERES = 5
_CLE_EXCEPTION = re.compile(r"x:[0-9A-Za-z_-]{1,37}")
_CLE_PERIODE = re.compile(r"p[0-9A-Za-z_-]{1,36}")


@dataclass(frozen=True, slots=True)
class Apercu:
    """What would be read if the form were saved, what deserves a second look, and what cannot be read yet."""

    annonces: list[h.Annonce]
    doutes: list[str]
    fautes: list[str]


class HorairesSaisis:
    """The hours of a fiche in a form.

    Args:
        vues: the table the form showed.
        jour: today, where the fiche is.
        data: what was sent, None when the form is opened.
        departement: code, for its public holidays.
    """

    def __init__(self, vues: Valeur, jour: date, data: QueryDict | None = None, departement: str = "") -> None:
        self.vues: dict = vues or {}  # type: ignore[assignment]
        self.jour, self.departement = jour, departement
        self.lus = h.depuis_table(self.vues)
        self.connues = {periode.cle: periode for periode in self.lus.periodes}
        self.nouvelle = ""
        self.retires = [] if data is None else list(dict.fromkeys(data.getlist("retirer")))
        self.periodes = self._periodes_montrees() if data is None else self._periodes_recues(data)
        self.exceptions = self._exceptions_montrees() if data is None else self._exceptions_recues(data)

    @property
    def courante(self) -> PeriodeSaisie:
        """The period to show first: the one that rules today, unless it alternates; else the first."""
        simples = [saisie for saisie in self.periodes if saisie.base.toutes_les == 1 and saisie.base.vaut_le(self.jour)]
        return max(simples, key=lambda saisie: saisie.base.precision, default=self.periodes[0])

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        return [erreur for partie in (*self.periodes, *self.exceptions) for erreur in partie.erreurs]

    @property
    def conserves(self) -> list[str]:
        """In words, the periods and exceptions that this form leaves as they are."""
        montrees = {partie.cle for partie in (*self.periodes, *self.exceptions)} | set(self.retires)
        phrases = [
            f"{h.dire_periode(periode)}\u00a0: {_dire(periode)}"
            for periode in self.lus.periodes
            if periode.cle not in montrees
        ]
        phrases += [
            h.phrase(Horaires(exceptions=(exception,)), exception.du).partition(". ")[2]
            for exception in self.lus.exceptions
            if exception.cle not in montrees and not _montrable(exception)
        ]
        if self.lus.autres.keys() - set(self.retires):
            phrases.append("Une partie des horaires ne peut pas être affichée ici.")
        return phrases

    @property
    def feries_suggeres(self) -> list[FerieSuggere]:
        return x.suggerer(self.horaires(), self.departement, self.jour, FERIES_SUGGERES)

    @property
    def apercu(self) -> Apercu:
        """The sentences and the warnings of what is typed so far."""
        horaires = self.horaires()
        titres = {periode.cle: h.dire_periode(periode) for periode in horaires.periodes_a_jour(self.jour)}
        doutes = []
        for avis in h.verifier(horaires):
            periode = avis.cle.partition("/")[0]
            nommer = len(titres) > 1 and periode in titres
            doutes.append(f"{titres[periode]}, {avis.message[0].lower()}{avis.message[1:]}" if nommer else avis.message)
        doutes += [
            f"{saisie.titre}\u00a0: une semaine est choisie, mais aucune heure n’a changé."
            for saisie in self.periodes
            if saisie.semaine_inutile
        ]
        entamees = {
            f"{j.prefixe}-{i}-de" for s in self.periodes for j in s.jours for i, y in enumerate(j.plages) if y.entamee
        }
        fautes = [message for cible, message in self.erreurs if cible not in entamees]
        return Apercu(h.annoncer(horaires, self.jour), list(dict.fromkeys(doutes)), fautes)

    def horaires(self) -> Horaires:
        """The hours typed so far, as they would be stored."""
        return h.depuis_table(self.table())

    def appliquer(self, geste: str) -> bool:
        """Does a shortcut of the form (« Fermé », « 24 h/24 », copy, add…); False when it is about something else."""
        verbe, _, reste = geste.partition(":")
        match verbe:
            case "periode-ajouter":
                self._ajouter_periode()
            case "periode-retirer":
                self.periodes = [saisie for saisie in self.periodes if saisie.cle != reste]
                self._retirer(reste, "periode-ajouter")
            case "exception-ajouter":
                self._ajouter_exception(ExceptionSaisie(f"{h.PREFIXE_EXCEPTION}{uuid4().hex[:12]}"))
            case "exception-retirer":
                self.exceptions = [saisie for saisie in self.exceptions if saisie.cle != reste]
                self._retirer(reste, "exception-ajouter")
            case "exception-plage" | "exception-plage-retirer" | "exception-nuit":
                return self._appliquer_a_une_exception(verbe, reste)
            case "ferie":
                return self._ajouter_ferie(reste)
            case _:
                return self._appliquer_a_une_periode(verbe, reste)
        return True

    def valider(self) -> bool:
        """Notes what is to correct beside each field."""
        for saisie in self.periodes:
            gardees = [periode for cle, periode in self.connues.items() if cle not in {s.cle for s in self.periodes}]
            autres = [autre.tete() for autre in self.periodes if autre is not saisie]
            saisie.verifier([*(g for g in gardees if g.cle not in self.retires), *autres])
        for exception in self.exceptions:
            exception.verifier()
        return not self.erreurs

    def table(self) -> dict:
        """The rows as the engine wants them; what was not touched is what was shown."""
        table = {cle: ligne for cle, ligne in self.vues.items() if cle.partition("/")[0] not in self.retires}
        for saisie in self.periodes:
            for cle, ligne in saisie.lignes({*table, *(autre.cle for autre in self.periodes)}).items():
                table[cle] = ligne
        montrees = {exception.cle: exception for exception in self.lus.exceptions}
        for saisie in self.exceptions:
            vue = montrees.get(saisie.cle)
            lue = None if vue and saisie.saisie == x.montrer(vue).saisie else saisie.lire()
            if lue:
                table |= h.en_table(Horaires(exceptions=(replace(lue, autres=vue.autres if vue else {}),)))
        return {cle: ligne for cle, ligne in table.items() if ligne is not None}

    # --- what is shown, what is received ---

    def _periodes_montrees(self) -> list[PeriodeSaisie]:
        saisies = [self._saisie(periode.cle) for periode in self.lus.periodes_a_jour(self.jour)]
        return saisies or [self._saisie(self._cle_libre())]

    def _periodes_recues(self, data: QueryDict) -> list[PeriodeSaisie]:
        cles = [
            c for c in dict.fromkeys(data.getlist("periode")) if _CLE_PERIODE.fullmatch(c) and c not in self.retires
        ]
        lisibles = [c for c in cles if c in self.connues or c not in self.vues]
        recues = [self._saisie(c, data.get(f"h-{c}-origine", ""), data) for c in lisibles]
        return recues or [self._saisie(self._cle_libre())]

    def _saisie(self, cle: str, origine: str = "", data: QueryDict | None = None) -> PeriodeSaisie:
        base = self.connues.get(cle)
        if base is None:
            source = self.connues.get(origine, Periode(cle))
            base = replace(source, cle=cle, du=None, au=None, libelle="", toutes_les=1, autres={})
        connue = cle in self.connues
        return PeriodeSaisie(
            base, self.jour, ligne=self.vues[cle] if connue else None, origine="" if connue else origine, data=data
        )

    def _exceptions_montrees(self) -> list[ExceptionSaisie]:
        return [x.montrer(e) for e in self.lus.exceptions if e.au >= self.jour and _montrable(e)]

    def _exceptions_recues(self, data: QueryDict) -> list[ExceptionSaisie]:
        autres = {e.cle for e in self.lus.exceptions if not _montrable(e)} | set(self.lus.autres) | set(self.retires)
        cles = dict.fromkeys(data.getlist("exception"))
        return [x.recevoir(cle, data) for cle in cles if _CLE_EXCEPTION.fullmatch(cle) and cle not in autres]

    # --- gestures ---

    def _appliquer_a_une_periode(self, verbe: str, reste: str) -> bool:
        cle, _, reste = reste.partition(":")
        numero, _, rang = reste.partition(":")
        saisie = next((saisie for saisie in self.periodes if saisie.cle == cle), None)
        vise = saisie.appliquer(verbe, numero, rang) if saisie else None
        self.nouvelle = vise or ""
        return vise is not None

    def _ajouter_periode(self) -> None:
        """A period more, with the hours of the present one to start from."""
        modele = self.courante
        cle = f"p{uuid4().hex[:12]}"
        ajoutee = self._saisie(cle, modele.cle if modele.ligne is not None else "-")
        for jour, source in zip(ajoutee.jours, modele.jours, strict=True):
            jour.plages = list(source.plages)
        ajoutee.feries = modele.feries
        self.periodes.append(ajoutee)
        self.nouvelle = f"{ajoutee.prefixe}-libelle"

    def _retirer(self, cle: str, vise: str) -> None:
        if any(ligne.partition("/")[0] == cle for ligne in self.vues):
            self.retires.append(cle)
        if not self.periodes:
            self.periodes = [self._saisie(self._cle_libre())]
        self.nouvelle = vise

    def _ajouter_exception(self, saisie: ExceptionSaisie, champ: str = "du") -> None:
        saisie.ouverte = True
        self.exceptions.append(saisie)
        self.nouvelle = f"{saisie.prefixe}-{champ}"

    def _ajouter_ferie(self, reste: str) -> bool:
        """« 2026-12-25:ferme » or « 2026-12-25:ouvert », one of the suggestions."""
        for suggestion in self.feries_suggeres:
            jour = suggestion.jour.isoformat()
            cle = f"{h.PREFIXE_EXCEPTION}{jour}"
            if cle in {*self.vues, *(e.cle for e in self.exceptions)}:
                cle = f"{h.PREFIXE_EXCEPTION}{uuid4().hex[:12]}"
            saisie = ExceptionSaisie(cle, jour, jour, suggestion.nom)
            if reste == f"{jour}:ferme":
                self._ajouter_exception(saisie)
                saisie.ouverte, self.nouvelle = False, f"{saisie.prefixe}-resume"
                return True
            if reste == f"{jour}:ouvert":
                saisie.plages = p.montrer(x.heures_de(self.horaires(), suggestion.jour))
                self._ajouter_exception(saisie, "0-de")
                return True
        return False

    def _appliquer_a_une_exception(self, verbe: str, reste: str) -> bool:
        cle, _, rang = (reste, "", "") if verbe == "exception-plage" else reste.rpartition(":")
        exception = next((exception for exception in self.exceptions if exception.cle == cle), None)
        if exception is None:
            return False
        exception.ouverte = True
        vise = 0
        if verbe == "exception-plage":
            vise = len(exception.plages)
            exception.plages.append(PlageSaisie())
        elif verbe == "exception-plage-retirer":
            exception.plages = [y for i, y in enumerate(exception.plages) if str(i) != rang] or [PlageSaisie()]
        else:
            p.accepter_nuit(exception.plages, rang, TOUS_LES_JOURS)
        self.nouvelle = f"{exception.prefixe}-{vise}-de"
        return True

    def _cle_libre(self) -> str:
        prises = {cle.partition("/")[0] for cle in self.vues}
        return next(f"p{n}" for n in range(1, 1000) if f"p{n}" not in prises)


def _montrable(exception: Exception_) -> bool:
    return all(map(p.editable, exception.plages))


def _dire(periode: Periode) -> str:
    """The hours of a period whatever the day."""
    rythme = f" Une semaine sur {periode.toutes_les}." if periode.toutes_les > 1 else ""
    return h.phrase(Horaires((replace(periode, toutes_les=1, du=None, au=None),)), date.min) + rythme
