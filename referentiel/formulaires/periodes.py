"""One period of the hours as it is typed: its days, its dates, its public holidays, the week it may start from."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import QueryDict

from .. import horaires as h
from ..horaires import JOUR_FERIE, JOURS, Feries, Horaires, Periode, Plage
from . import plages as p
from .plages import PlageSaisie

FERIES = {
    Feries.FERME: "Fermé les jours fériés",
    Feries.COMME_SEMAINE: "Ouvert les jours fériés, aux mêmes heures que les autres jours",
    Feries.OUVERT: "Ouvert les jours fériés, à des heures propres",
}
NOMS = {**dict(enumerate(JOURS, 1)), JOUR_FERIE: "jours fériés"}
LIBELLE_MAX = 200
RYTHME_MAX = 8
SEMAINES_PROPOSEES = 53

CHAMPS_TETE = ("libelle", "du", "au", "rythme", "feries")
_RYTHMES = {1: "Toutes les semaines"}


@dataclass(slots=True)
class JourSaisi:
    """A day of the week (1 to 7) or the public holidays (8) of the period `periode` (its key)."""

    periode: str
    numero: int
    plages: list[PlageSaisie]

    @property
    def nom(self) -> str:
        return NOMS[self.numero]

    @property
    def prefixe(self) -> str:
        return f"h-{self.periode}-{self.numero}"

    @property
    def geste(self) -> str:
        """What follows the verb in the gestures about this day."""
        return f"{self.periode}:{self.numero}"


class PeriodeSaisie:
    """A period in the form.

    Args:
        base: the period shown; for a new one, what it starts from.
        jour: today.
        ligne: its row in the values the form showed, None for a new one.
        origine: key of the period that a new one was copied from.
        data: what was sent, None when the form is opened.
    """

    def __init__(
        self, base: Periode, jour: date, *, ligne: dict | None, origine: str = "", data: QueryDict | None = None
    ) -> None:
        self.base, self.ligne, self.origine, self.aujourdhui = base, ligne, origine, jour
        self.jours = self._jours_montres()
        self.libelle, self.du, self.au, self.toutes_les, self.feries = self._tete_montree()
        self.semaine = self.copier_de = ""
        self.copier_vers: list[str] = []
        self.erreurs_tete = dict.fromkeys((*CHAMPS_TETE, "semaine"), "")
        if data is not None:
            self._recevoir(data)

    # --- what the template asks ---

    @property
    def cle(self) -> str:
        return self.base.cle

    @property
    def prefixe(self) -> str:
        return f"h-{self.cle}"

    @property
    def titre(self) -> str:
        return h.dire_periode(self.tete())

    @property
    def datee(self) -> bool:
        """Whether its name and dates are to be seen at once."""
        return bool(self.origine or any(self._tete_montree()[:3]) or self.toutes_les != "1" or self._tete_touchee())

    @property
    def choix_feries(self) -> list[tuple[str, str]]:
        return [(feries.value, libelle) for feries, libelle in FERIES.items()]

    @property
    def choix_rythme(self) -> list[tuple[str, str]]:
        proposes = sorted({1, 2, 3, 4, self.base.toutes_les})
        return [(str(n), _RYTHMES.get(n, f"Une semaine sur {n}")) for n in proposes]

    @property
    def choix_semaine(self) -> list[tuple[str, str]]:
        """The Mondays from which new hours may take over: none for a period still to come, whose date is enough."""
        return [(lundi.isoformat(), f"semaine du {h.dire_date(lundi)}") for lundi in self._lundis()]

    @property
    def semaine_inutile(self) -> bool:
        """Whether a week was chosen although no hours differ."""
        return bool(self._lundi()) and not self._semaine() and self.feries == self.base.feries.value

    @property
    def conserves(self) -> list[str]:
        """In words, the plages that typed hours cannot stand for."""
        if not (gardees := self.gardees):
            return []
        base = replace(self.base, plages=gardees, du=None, au=None, toutes_les=1)
        return [h.phrase(Horaires((base,)), self.aujourdhui)]

    @property
    def gardees(self) -> tuple[Plage, ...]:
        return tuple(plage for plage in self.base.plages if not p.editable(plage))

    @property
    def dessinees(self) -> list[tuple[Plage, str]]:
        """The kept plages of the seven days with the words for the grid, which shows them without touching them."""
        return [
            (plage, h.TYPES.get(plage.type_plage or "01", "Autre horaire"))
            for plage in self.gardees
            if plage.jour != JOUR_FERIE
        ]

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        tete = [(f"{self.prefixe}-{champ}", message) for champ, message in self.erreurs_tete.items() if message]
        return tete + [
            (f"{jour.prefixe}-{i}-de", f"{jour.nom.capitalize()}\u00a0: {plage.erreur}")
            for jour in self.jours
            for i, plage in enumerate(jour.plages)
            if plage.erreur
        ]

    # --- gestures ---

    def appliquer(self, verbe: str, numero: str, rang: str) -> str | None:
        """Does a gesture about this period; returns the id that takes the focus, None when there is no such gesture."""
        jour = next((j for j in self.jours if str(j.numero) == numero), None)
        match verbe:
            case "ouvrables":
                return self._copier(1, h.OUVRABLES)
            case "copier":
                vers = [j.numero for j in self.jours if str(j.numero) in self.copier_vers]
                return self._copier(int(self.copier_de) if self.copier_de in {*"12345678"} else 0, vers)
            case "plage-ajouter" if jour:
                jour.plages.append(PlageSaisie())
                return f"{jour.prefixe}-{len(jour.plages) - 1}-de"
            case "plage-retirer" if jour:
                jour.plages = [x for i, x in enumerate(jour.plages) if str(i) != rang] or [PlageSaisie()]
            case "fermer" if jour:
                jour.plages = [PlageSaisie()]
            case "continu" if jour:
                jour.plages = [PlageSaisie("00:00", "24:00")]
            case "nuit" if jour:
                p.accepter_nuit(jour.plages, rang, jour.numero)
            case _:
                return None
        return f"{jour.prefixe}-0-de" if jour else None

    def _copier(self, de: int, vers: Collection[int]) -> str:
        source = next((j for j in self.jours if j.numero == de), None)
        for jour in self.jours:
            if source and jour is not source and jour.numero in vers:
                jour.plages = [PlageSaisie(x.de, x.a, x.nuit) for x in source.plages]
        return f"{self.prefixe}-copier-de"

    # --- reading what was typed ---

    def verifier(self, autres: Collection[Periode]) -> None:
        """Notes what is to correct; `autres` are the other periods there will be."""
        for jour in self.jours:
            p.verifier(jour.plages, jour.numero)
        self.erreurs_tete = {
            "libelle": self._erreur_libelle(),
            "du": self._erreur_dates(autres),
            "rythme": self._erreur_rythme(),
            "feries": self._erreur_feries(),
            "semaine": self._erreur_semaine(autres),
        }

    def tete(self) -> Periode:
        """The period typed, without its plages; what cannot be read is as it was."""
        return replace(
            self.base,
            libelle=self.libelle[:LIBELLE_MAX],
            du=self._date(self.du, self.base.du),
            au=self._date(self.au, self.base.au),
            toutes_les=self._rythme() or self.base.toutes_les,
            feries=Feries(self.feries) if self.feries in FERIES else self.base.feries,
            plages=(),
        )

    def lignes(self, prises: Collection[str]) -> dict:
        """The rows to write, `None` for those to remove; none when nothing was touched. `prises`: keys in use."""
        heures = self._semaine()
        feries_touches = self.feries != self.base.feries.value
        if self._lundi() and (heures or feries_touches):
            return {**self._tete_ecrite(sauf="feries"), **self._relais(heures, prises)}
        if self.ligne is None:
            neuve = self.touchee or bool(self.origine)
            return h.en_table(Horaires((self._entiere(heures),))) if neuve else {}
        lignes = self._tete_ecrite()
        for numero, plages in heures.items():
            cle = f"{self.cle}/{numero}"
            jour = Horaires((replace(self.base, plages=plages),))
            lignes[cle] = h.en_table(jour).get(cle)
        return lignes

    @property
    def touchee(self) -> bool:
        """Whether anything typed differs from what was shown."""
        return self._tete_touchee() or bool(self._jours_touches())

    # --- shown ---

    def _jours_montres(self) -> list[JourSaisi]:
        jours = []
        for numero in NOMS:
            montrees = p.montrer(x for x in self.base.plages if x.jour == numero and p.editable(x))
            jours.append(JourSaisi(self.cle, numero, montrees or [PlageSaisie()]))
        return jours

    def _tete_montree(self) -> tuple[str, str, str, str, str]:
        b = self.base
        dates = (jour.isoformat() if jour else "" for jour in (b.du, b.au))
        return p.en_ligne(b.libelle), *dates, str(b.toutes_les), b.feries.value

    def _recevoir(self, data: QueryDict) -> None:
        for jour in self.jours:
            jour.plages = p.recevoir(data, jour.prefixe) or [PlageSaisie()]
        self.libelle, self.du, self.au, self.toutes_les, self.feries = (
            data.get(f"{self.prefixe}-{champ}", montre).strip()
            for champ, montre in zip(CHAMPS_TETE, self._tete_montree(), strict=True)
        )
        self.semaine = data.get(f"{self.prefixe}-semaine", "")
        self.copier_de = data.get(f"{self.prefixe}-copier-de", "")
        self.copier_vers = data.getlist(f"{self.prefixe}-copier-vers")

    def _tete_touchee(self) -> bool:
        return (self.libelle, self.du, self.au, self.toutes_les, self.feries) != self._tete_montree()

    def _jours_touches(self) -> set[int]:
        montres = {j.numero: p.sans_vides(j.plages) for j in self._jours_montres()}
        return {j.numero for j in self.jours if p.sans_vides(j.plages) != montres[j.numero]}

    def _lundis(self) -> list[date]:
        if self.origine or (self.base.du and self.base.du > self.aujourdhui):
            return []
        prochain = self.aujourdhui + timedelta(days=7 - self.aujourdhui.weekday())
        lundis = [prochain + timedelta(weeks=n) for n in range(SEMAINES_PROPOSEES)]
        return [lundi for lundi in lundis if self.base.vaut_le(lundi)]

    # --- written ---

    def _semaine(self) -> dict[int, tuple[Plage, ...]]:
        """Day → its plages, for the days typed and those that a night typed runs into."""
        touches = self._jours_touches()
        if not touches:
            return {}
        lues = {jour.numero: p.lire(jour.plages, jour.numero) for jour in self.jours}
        semaine = h.ranger((x for n, plages in lues.items() if n != JOUR_FERIE for x in plages), touches)
        rangees = {n: tuple(x for x in semaine if x.jour == n) for n in NOMS if n != JOUR_FERIE}
        rangees[JOUR_FERIE] = lues[JOUR_FERIE]
        return {n: self._du_jour(n, rangees[n]) for n in NOMS if n in touches or rangees[n] != lues[n]}

    def _du_jour(self, numero: int, saisies: tuple[Plage, ...]) -> tuple[Plage, ...]:
        anciennes = [x for x in self.base.plages if x.jour == numero]
        genre = "01" if {x.type_plage for x in anciennes if p.editable(x)} == {"01"} else None
        return (*(x for x in anciennes if not p.editable(x)), *(replace(x, type_plage=genre) for x in saisies))

    def _entiere(self, heures: dict[int, tuple[Plage, ...]]) -> Periode:
        """The period with all its days, those not typed as they were."""
        jours = (heures.get(n, tuple(x for x in self.base.plages if x.jour == n)) for n in NOMS)
        return replace(self.tete(), plages=tuple(plage for plages in jours for plage in plages))

    def _tete_ecrite(self, sauf: str = "") -> dict:
        """The row of the head with the columns that were typed, the others as they are."""
        if self.ligne is None or not self._tete_touchee():
            return {}
        avant, apres = (h.en_table(Horaires((replace(x, plages=()),)))[self.cle] for x in (self.base, self.tete()))
        touchees = {c for c in {*avant, *apres} - {sauf} if avant.get(c) != apres.get(c)}
        gardees = {c: valeur for c, valeur in self.ligne.items() if c not in touchees}
        return {self.cle: gardees | {c: apres[c] for c in touchees & apres.keys()}} if touchees else {}

    def _relais(self, heures: dict[int, tuple[Plage, ...]], prises: Collection[str]) -> dict:
        """A new period that takes over on the Monday chosen; the present one stays as it is."""
        lundi = date.fromisoformat(self.semaine)
        cle = racine = f"p{lundi:%Y%m%d}"
        suite = 2
        while cle in prises:
            cle, suite = f"{racine}-{suite}", suite + 1
        return h.en_table(Horaires((replace(self._entiere(heures), cle=cle, du=lundi),)))

    def _lundi(self) -> date | None:
        return next((lundi for lundi in self._lundis() if lundi.isoformat() == self.semaine), None)

    # --- faults ---

    def _date(self, texte: str, sinon: date | None) -> date | None:
        try:
            return date.fromisoformat(texte) if texte else None
        except ValueError:
            return sinon

    def _rythme(self) -> int | None:
        correct = self.toutes_les in {str(n) for n in (*range(1, RYTHME_MAX + 1), self.base.toutes_les)}
        return int(self.toutes_les) if correct else None

    def _nommer(self, faute: str) -> str:
        return f"{self.titre}\u00a0: {faute}"

    def _erreur_libelle(self) -> str:
        trop = len(self.libelle) > LIBELLE_MAX and self.libelle != self.base.libelle
        return self._nommer(f"{LIBELLE_MAX} caractères au plus pour l’intitulé.") if trop else ""

    def _erreur_dates(self, autres: Collection[Periode]) -> str:
        if not self._tete_touchee() and not self.origine:
            return ""
        for texte in (self.du, self.au):
            if texte and self._date(texte, None) is None:
                return self._nommer("indiquez les dates comme 06/07/2027.")
        tete = self.tete()
        if tete.du and tete.au and tete.au < tete.du:
            return self._nommer("le dernier jour précède le premier.")
        jumelles = [x for x in autres if (x.du, x.au, x.toutes_les) == (tete.du, tete.au, tete.toutes_les)]
        if not jumelles:
            return ""
        if tete.du or tete.au:
            return self._nommer("une autre période a les mêmes dates. Modifiez-la, ou changez ces dates.")
        return self._nommer("indiquez à partir de quel jour, ou jusqu’à quel jour, cette période vaut.")

    def _erreur_rythme(self) -> str:
        if self._rythme() is None:
            return self._nommer("choisissez dans la liste combien de semaines séparent deux fois.")
        if self._tete_touchee() and self.tete().toutes_les > 1 and not self.tete().du:
            return self._nommer("indiquez la première semaine, pour savoir lesquelles sont concernées.")
        return ""

    def _erreur_feries(self) -> str:
        if self.feries not in FERIES:
            return "Jours fériés\u00a0: choisissez dans la liste."
        saisies, montrees = (p.sans_vides(jours[-1].plages) for jours in (self.jours, self._jours_montres()))
        if (self.feries, saisies) == (self.base.feries.value, montrees):
            return ""
        if self.feries == Feries.OUVERT and not saisies and any(p.sans_vides(jour.plages) for jour in self.jours):
            return "Jours fériés\u00a0: indiquez les heures, ou choisissez «\u00a0Fermé les jours fériés\u00a0»."
        if self.feries != Feries.OUVERT and saisies:
            choix = "«\u00a0à des heures propres\u00a0»"
            return f"Jours fériés\u00a0: des heures sont saisies. Choisissez {choix}, ou effacez-les."
        return ""

    def _erreur_semaine(self, autres: Collection[Periode]) -> str:
        if not self.semaine:
            return ""
        lundi = self._lundi()
        if lundi is None:
            return "À partir de la semaine du\u00a0: choisissez une semaine à venir dans la liste."
        tete = self.tete()
        if tete.au and tete.au < lundi:
            return self._nommer(f"elle finit avant la semaine du {h.dire_date(lundi)}.")
        if any((x.du, x.au, x.toutes_les) == (lundi, tete.au, tete.toutes_les) for x in autres):
            return f"Des horaires commencent déjà la semaine du {h.dire_date(lundi)}\u00a0: modifiez cette période-là."
        return ""
