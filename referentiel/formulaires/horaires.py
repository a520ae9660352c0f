"""Hours typed by day: one week and the exceptions to come. What this form cannot show is told in words and kept."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import uuid4

from django.http import QueryDict

from .. import horaires as h
from ..changements import Valeur
from ..horaires import JOUR_FERIE, JOURS, TOUS_LES_JOURS, Exception_, Feries, Horaires, Periode, Plage
from . import plages as p
from .plages import PlageSaisie

FERIES = {
    Feries.FERME: "Fermé les jours fériés",
    Feries.COMME_SEMAINE: "Ouvert les jours fériés, aux mêmes heures que les autres jours",
    Feries.OUVERT: "Ouvert les jours fériés, à des heures propres",
}
NOMS = {**dict(enumerate(JOURS, 1)), JOUR_FERIE: "jours fériés"}
LIBELLE_MAX = 200
_CLE_EXCEPTION = re.compile(r"x:[0-9A-Za-z_-]{1,37}")


@dataclass(slots=True)
class JourSaisi:
    """A day of the week (1 to 7) or the public holidays (8)."""

    numero: int
    plages: list[PlageSaisie]

    @property
    def nom(self) -> str:
        return NOMS[self.numero]

    @property
    def prefixe(self) -> str:
        return f"h-{self.numero}"


@dataclass(slots=True)
class ExceptionSaisie:
    """A dated closure, or dated hours when plages are typed."""

    cle: str
    du: str = ""
    au: str = ""
    libelle: str = ""
    plages: list[PlageSaisie] = field(default_factory=lambda: [PlageSaisie()])
    erreur: str = ""

    @property
    def prefixe(self) -> str:
        return self.cle.replace(":", "-")

    @property
    def saisie(self) -> tuple:
        return self.du, self.au, self.libelle, p.sans_vides(self.plages)


class HorairesSaisis:
    """The hours of a fiche in a form.

    Args:
        vues: the table the form showed.
        jour: today; the period it rules is the one typed.
        data: what was sent, None when the form is opened.
    """

    def __init__(self, vues: Valeur, jour: date, data: QueryDict | None = None) -> None:
        self.vues: dict = vues or {}  # type: ignore[assignment]
        self.lus = h.depuis_table(self.vues)
        self.periode = _periode_editee(self.lus, jour)
        self.exceptions_vues = [e for e in self.lus.exceptions if e.au >= jour and all(map(p.editable, e.plages))]
        self.feries_erreur = self.nouvelle = ""
        self.jours = self._jours_montres()
        self.feries = self.periode.feries.value
        self.exceptions = [_exception_montree(e) for e in self.exceptions_vues]
        if data is not None:
            self._recevoir(data)

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        resultat = [
            (f"{jour.prefixe}-{i}-de", f"{jour.nom.capitalize()}\u00a0: {plage.erreur}")
            for jour in self.jours
            for i, plage in enumerate(jour.plages)
            if plage.erreur
        ]
        if self.feries_erreur:
            resultat.append(("h-feries", self.feries_erreur))
        for exception in self.exceptions:
            if exception.erreur:
                resultat.append((f"{exception.prefixe}-du", exception.erreur))
            resultat += [
                (f"{exception.prefixe}-{i}-de", f"Exception\u00a0: {plage.erreur}")
                for i, plage in enumerate(exception.plages)
                if plage.erreur
            ]
        return resultat

    @property
    def choix_feries(self) -> list[tuple[str, str]]:
        return [(feries.value, libelle) for feries, libelle in FERIES.items()]

    @property
    def conserves(self) -> list[str]:
        """In words, what this form does not show and leaves as it is."""
        phrases = [_dire_periode(periode) for periode in self.lus.periodes if periode.cle != self.periode.cle]
        gardees = tuple(plage for plage in self.periode.plages if not p.editable(plage))
        if gardees:
            phrases.append(h.phrase(Horaires((replace(self.periode, plages=gardees),)), self.periode.du or date.min))
        montrees = {e.cle for e in self.exceptions_vues}
        for exception in self.lus.exceptions:
            if exception.cle not in montrees and any(not p.editable(x) for x in exception.plages):
                phrases.append(h.phrase(Horaires(exceptions=(exception,)), exception.du).partition(". ")[2])
        if self.lus.autres:
            phrases.append("Une partie des horaires ne peut pas être affichée ici.")
        return phrases

    def appliquer(self, geste: str) -> bool:
        """Does a shortcut of the form (« Fermé », « 24 h/24 », copy, add…); False when it is about something else."""
        verbe, _, reste = geste.partition(":")
        jour = next((j for j in self.jours if str(j.numero) == reste.partition(":")[0]), None)
        if verbe in ("plage-ajouter", "fermer", "continu", "nuit") and jour:
            self._appliquer_au_jour(verbe, jour, reste.partition(":")[2])
        elif verbe == "copier":
            self._copier()
        elif verbe == "exception-ajouter":
            self.exceptions.append(ExceptionSaisie(f"x:{uuid4().hex[:12]}"))
            self.nouvelle = f"{self.exceptions[-1].prefixe}-du"
        elif verbe == "exception-retirer":
            self.exceptions = [e for e in self.exceptions if e.cle != reste]
            self.nouvelle = "exception-ajouter"
        elif verbe == "exception-nuit":
            cle, _, rang = reste.rpartition(":")
            for exception in self.exceptions:
                if exception.cle == cle:
                    _accepter_nuit(exception.plages, rang, TOUS_LES_JOURS)
                    self.nouvelle = f"{exception.prefixe}-0-de"
        else:
            return False
        return True

    def valider(self) -> bool:
        """Notes what is to correct beside each field."""
        for jour in self.jours:
            p.lire(jour.plages, jour.numero)
        self.feries_erreur = self._erreur_feries()
        for exception in self.exceptions:
            exception.erreur = _erreur_exception(exception)
            p.lire(exception.plages, TOUS_LES_JOURS)
        return not self.erreurs

    def table(self) -> dict:
        """The rows as the engine wants them; a day or an exception left as it was is what was shown."""
        table = {**self.vues, **self._semaine()}
        for cle in [f"{self.periode.cle}/{jour.numero}" for jour in self.jours]:
            if table.get(cle) == []:
                del table[cle]
        for vue in self.exceptions_vues:
            del table[vue.cle]
        montrees = {e.cle: _exception_montree(e).saisie for e in self.exceptions_vues}
        for saisie in self.exceptions:
            if saisie.saisie == montrees.get(saisie.cle):
                table[saisie.cle] = self.vues[saisie.cle]
            else:
                table |= h.en_table(Horaires(exceptions=(self._exception(saisie),)))
        return table

    # --- reading what was shown ---

    def _jours_montres(self) -> list[JourSaisi]:
        jours = []
        for numero in NOMS:
            montrees = p.montrer(x for x in self.periode.plages if x.jour == numero and p.editable(x))
            jours.append(JourSaisi(numero, montrees or [PlageSaisie()]))
        return jours

    def _recevoir(self, data: QueryDict) -> None:
        for jour in self.jours:
            jour.plages = p.recevoir(data, jour.prefixe) or [PlageSaisie()]
        self.feries = data.get("h-feries", self.feries)
        self.copier_de = data.get("copier-de", "")
        self.copier_vers = data.getlist("copier-vers")
        self.exceptions = []
        for cle in dict.fromkeys(data.getlist("exception")):
            if _CLE_EXCEPTION.fullmatch(cle):
                saisie = ExceptionSaisie(cle)
                saisie.du, saisie.au, saisie.libelle = (
                    data.get(f"{saisie.prefixe}-{c}", "").strip() for c in ("du", "au", "libelle")
                )
                saisie.plages = p.recevoir(data, saisie.prefixe) or [PlageSaisie()]
                self.exceptions.append(saisie)

    # --- shortcuts ---

    def _appliquer_au_jour(self, verbe: str, jour: JourSaisi, rang: str) -> None:
        self.nouvelle = f"{jour.prefixe}-0-de"
        if verbe == "plage-ajouter":
            jour.plages.append(PlageSaisie())
            self.nouvelle = f"{jour.prefixe}-{len(jour.plages) - 1}-de"
        elif verbe == "fermer":
            jour.plages = [PlageSaisie()]
        elif verbe == "continu":
            jour.plages = [PlageSaisie("00:00", "24:00")]
        else:
            _accepter_nuit(jour.plages, rang, jour.numero)

    def _copier(self) -> None:
        source = next((j for j in self.jours if str(j.numero) == self.copier_de), None)
        for jour in self.jours:
            if source and jour is not source and str(jour.numero) in self.copier_vers:
                jour.plages = [PlageSaisie(x.de, x.a, x.nuit) for x in source.plages]
        self.nouvelle = "copier-de"

    # --- writing what was typed ---

    def _semaine(self) -> dict:
        """The rows of the week that were touched; an empty day is `[]`."""
        montres = {j.numero: p.sans_vides(j.plages) for j in self._jours_montres()}
        touches = [j for j in self.jours if p.sans_vides(j.plages) != montres[j.numero]]
        neuve = self.periode.cle not in self.vues
        if not touches and self.feries == self.periode.feries.value:
            return {}
        periode = replace(self.periode, feries=Feries(self.feries), plages=())
        lignes = {periode.cle: h.en_table(Horaires((periode,)))[periode.cle]} if neuve or not touches else {}
        if self.feries != self.periode.feries.value:
            lignes[periode.cle] = {**self.vues.get(periode.cle, {}), "feries": self.feries}
        for jour in touches:
            cle = f"{periode.cle}/{jour.numero}"
            semaine = replace(periode, plages=self._plages_du_jour(jour))
            lignes[cle] = h.en_table(Horaires((semaine,))).get(cle, [])
        return lignes

    def _plages_du_jour(self, jour: JourSaisi) -> tuple[Plage, ...]:
        anciennes = [x for x in self.periode.plages if x.jour == jour.numero]
        gardees = tuple(x for x in anciennes if not p.editable(x))
        types = {x.type_plage for x in anciennes if p.editable(x)}
        return (*gardees, *p.lire(jour.plages, jour.numero, "01" if types == {"01"} else None))

    def _exception(self, saisie: ExceptionSaisie) -> Exception_:
        vue = next((e for e in self.exceptions_vues if e.cle == saisie.cle), None)
        return Exception_(
            cle=saisie.cle,
            du=date.fromisoformat(saisie.du),
            au=date.fromisoformat(saisie.au or saisie.du),
            plages=p.lire(saisie.plages, TOUS_LES_JOURS),
            libelle=saisie.libelle,
            autres=vue.autres if vue else {},
        )

    def _erreur_feries(self) -> str:
        if self.feries not in [f.value for f in Feries]:
            return "Jours fériés\u00a0: choisissez dans la liste."
        saisies, montrees = (p.sans_vides(jours[-1].plages) for jours in (self.jours, self._jours_montres()))
        if (self.feries, saisies) == (self.periode.feries.value, montrees):
            return ""
        if self.feries == Feries.OUVERT and not saisies and self._a_des_heures():
            return "Jours fériés\u00a0: indiquez les heures, ou choisissez «\u00a0Fermé les jours fériés\u00a0»."
        if self.feries != Feries.OUVERT and saisies:
            choix = "«\u00a0à des heures propres\u00a0»"
            return f"Jours fériés\u00a0: des heures sont saisies. Choisissez {choix}, ou effacez-les."
        return ""

    def _a_des_heures(self) -> bool:
        return any(p.sans_vides(jour.plages) for jour in self.jours)


def _periode_editee(lus: Horaires, jour: date) -> Periode:
    """The period that rules today unless it alternates; else the « semaine type »; else a new one."""
    simples = [periode for periode in lus.periodes if periode.toutes_les == 1]
    du_jour = [periode for periode in simples if periode.vaut_le(jour)]
    if du_jour:
        return max(du_jour, key=lambda periode: periode.precision)
    sans_dates = [periode for periode in simples if periode.du is None and periode.au is None]
    if sans_dates:
        return sans_dates[0]
    prises = {periode.cle for periode in lus.periodes} | set(lus.autres)
    libre = next(f"p{n}" for n in range(1, 1000) if f"p{n}" not in prises)
    return Periode(libre)


def _dire_periode(periode: Periode) -> str:
    dates = [f"du {periode.du:%d/%m/%Y}" if periode.du else "", f"au {periode.au:%d/%m/%Y}" if periode.au else ""]
    titre = " ".join(filter(None, [periode.libelle or "Autre période", *dates]))
    texte = h.phrase(Horaires((replace(periode, toutes_les=1),)), periode.du or periode.au or date.min)
    rythme = f" Une semaine sur {periode.toutes_les}." if periode.toutes_les > 1 else ""
    return f"{titre}\u00a0: {texte}{rythme}"


def _exception_montree(exception: Exception_) -> ExceptionSaisie:
    return ExceptionSaisie(
        exception.cle,
        exception.du.isoformat(),
        exception.au.isoformat(),
        exception.libelle,
        p.montrer(exception.plages) or [PlageSaisie()],
    )


def _accepter_nuit(plages: list[PlageSaisie], rang: str, jour: int) -> None:
    for i, plage in enumerate(plages):
        if str(i) == rang:
            plage.nuit = True
    p.lire(plages, jour)


def _erreur_exception(saisie: ExceptionSaisie) -> str:
    try:
        du = date.fromisoformat(saisie.du)
        au = date.fromisoformat(saisie.au or saisie.du)
    except ValueError:
        return "Exception\u00a0: indiquez le premier jour, par exemple 24/12/2026."
    if au < du:
        return "Exception\u00a0: le dernier jour précède le premier."
    if len(saisie.libelle) > LIBELLE_MAX:
        return f"Exception\u00a0: {LIBELLE_MAX} caractères au plus pour le motif."
    return ""
