"""Warnings about hours that are legal but doubtful; they never forbid saving."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise

from .modele import JOUR_FERIE, JOURS, MINUTES_PAR_JOUR, Exception_, Horaires, Periode, Plage
from .saisie import INSECABLE, dire_heure, dire_plage

DUREE_SUSPECTE = 14 * 60  # minutes of one plage
DUREE_COURTE = 30
PAUSE_SUSPECTE = 30  # minutes between two plages
PETIT_MATIN = 7 * 60  # hours typed « 2 » to « 6 » may well be those of the afternoon


@dataclass(frozen=True, slots=True)
class Avis:
    """A warning in French; `cle` is the row of the table it is about (« p1 », « p1/2 », « x:… »)."""

    code: str
    message: str
    cle: str


def verifier(horaires: Horaires) -> list[Avis]:
    """What deserves a second look: doubtful plages, periods and exceptions that overlap, days left without hours."""
    avis: list[Avis] = []
    for periode in horaires.periodes:
        avis += _dates(periode)
        avis += _semaine(periode)
    for exception in horaires.exceptions:
        avis += _ordre(exception, "L’exception")
    avis += _recouvrements(horaires)
    avis += _trous(horaires)
    avis += _alternances(horaires)
    avis += [
        Avis("incompris", "Une partie des horaires ne peut pas être affichée ici. Elle est conservée.", cle)
        for cle in horaires.autres
    ]
    return avis


def _dates(periode: Periode) -> Iterator[Avis]:
    yield from _ordre(periode, "La période")
    if periode.toutes_les > 1 and periode.du is None:
        message = f"Indiquez la première semaine, pour savoir laquelle sur {periode.toutes_les} est concernée."
        yield Avis("rythme", message, periode.cle)


def _ordre(objet: Periode | Exception_, nom: str) -> Iterator[Avis]:
    if objet.du and objet.au and objet.au < objet.du:
        yield Avis("dates", f"{nom} finit avant de commencer{INSECABLE}: elle ne s’applique jamais.", objet.cle)


def _semaine(periode: Periode) -> Iterator[Avis]:
    for jour in sorted({plage.jour for plage in periode.plages}):
        plages = sorted((p for p in periode.plages if p.jour == jour), key=lambda p: (p.debut, p.fin))
        nom = "jours fériés" if jour == JOUR_FERIE else JOURS[jour - 1]
        for message, code in (*_longues(plages), *_courtes(plages), *_pauses(plages)):
            yield Avis(code, f"{nom.capitalize()}{INSECABLE}: {message}", f"{periode.cle}/{jour}")
    yield from _nuits(periode)


def _longues(plages: list[Plage]) -> Iterator[tuple[str, str]]:
    for plage in plages:
        duree = plage.fin - plage.debut
        if duree > DUREE_SUSPECTE and duree != MINUTES_PAR_JOUR:
            jusqu_a = dire_heure(plage.fin)
            fin = f" (ouvert la nuit, jusqu’à {jusqu_a} le lendemain)" if plage.finit_le_lendemain else ""
            yield f"plage de {_duree(duree)}{fin}, est-ce voulu{INSECABLE}?", "longue"


def _courtes(plages: list[Plage]) -> Iterator[tuple[str, str]]:
    for plage in plages:
        if plage.fin - plage.debut < DUREE_COURTE:
            yield f"plage de {_duree(plage.fin - plage.debut)}, est-ce voulu{INSECABLE}?", "courte"
        elif plage.debut > 0 and plage.fin <= PETIT_MATIN:
            yield f"{dire_plage(plage)}, est-ce bien du matin{INSECABLE}?", "matin"


def _pauses(plages: list[Plage]) -> Iterator[tuple[str, str]]:
    for avant, apres in pairwise(plages):
        if avant.type_plage != apres.type_plage:
            continue
        if apres.debut < avant.fin:
            yield "deux plages se recouvrent.", "recouvrement"
        elif 0 < apres.debut - avant.fin < PAUSE_SUSPECTE:
            yield f"pause de moins de {PAUSE_SUSPECTE}{INSECABLE}minutes.", "pause"


def _nuits(periode: Periode) -> Iterator[Avis]:
    """A night that runs into the plages of the next day."""
    for plage in periode.plages:
        if not (plage.finit_le_lendemain and 1 <= plage.jour <= 7):
            continue
        demain = plage.jour % 7 + 1
        reste = plage.fin - MINUTES_PAR_JOUR
        if any(p.jour == demain and p.type_plage == plage.type_plage and p.debut < reste for p in periode.plages):
            message = f"La nuit du {JOURS[plage.jour - 1]} recouvre les heures du {JOURS[demain - 1]}."
            yield Avis("recouvrement", message, f"{periode.cle}/{demain}")


def _recouvrements(horaires: Horaires) -> Iterator[Avis]:
    for une, autre in combinations(horaires.periodes, 2):
        meme_rang = une.precision[:2] == autre.precision[:2]
        ouvertes = une.au is None and une.du != autre.du  # the later one simply takes over
        if meme_rang and not ouvertes and une.toutes_les == 1 and _se_croisent(une, autre):
            gagnante = max(une, autre, key=lambda p: p.precision)
            message = f"Deux périodes se recouvrent{INSECABLE}: {_nom(gagnante)} l’emporte."
            yield Avis("recouvrement", message, min(une, autre, key=lambda p: p.precision).cle)
    for a, b in combinations(horaires.exceptions, 2):
        if a.du <= b.au and b.du <= a.au:
            yield Avis("recouvrement", "Deux exceptions portent sur les mêmes jours.", b.cle)


def _se_croisent(une: Periode, autre: Periode) -> bool:
    debut = max(une.du or date.min, autre.du or date.min)
    return debut <= min(une.au or date.max, autre.au or date.max)


def _nom(periode: Periode) -> str:
    return f"«{INSECABLE}{periode.libelle}{INSECABLE}»" if periode.libelle else "la plus récente"


def _trous(horaires: Horaires) -> Iterator[Avis]:
    """Days between two dated periods that no period covers."""
    datees = sorted((p for p in horaires.periodes if p.toutes_les == 1), key=lambda p: p.du or date.min)
    couvert = None
    for periode in datees:
        fin = periode.au or date.max
        if couvert and couvert < date.max and (periode.du or date.min) > couvert + timedelta(days=1):
            veille = (periode.du or date.min) - timedelta(days=1)
            message = f"Aucun horaire du {couvert + timedelta(days=1):%d/%m/%Y} au {veille:%d/%m/%Y}."
            yield Avis("trou", message, periode.cle)
        couvert = max(couvert or fin, fin)


def _alternances(horaires: Horaires) -> Iterator[Avis]:
    """One week in n, and nothing said of the others."""
    for periode in horaires.periodes:
        if periode.toutes_les > 1 and not any(
            p.toutes_les == 1 and _se_croisent(p, periode) for p in horaires.periodes
        ):
            yield Avis("alternance", "Les autres semaines n’ont pas d’horaires.", periode.cle)


def _duree(minutes: int) -> str:
    heures, reste = divmod(minutes, 60)
    if not heures:
        return f"{reste}{INSECABLE}minutes"
    return f"{heures}{INSECABLE}h" + (f"{INSECABLE}{reste:02d}" if reste else "")
