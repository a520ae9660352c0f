"""The history of a fiche as it is read: filtered, told within what the reader may see, exported (B15)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.models import BooleanField, Func, Prefetch, Q, QuerySet, Value
from django.utils import timezone

from . import fiches
from .actions.lieux import PREFIXE_LIEU
from .champs import SECTIONS, champs_de, sections_de
from .changements import Changement
from .comparaison import differences_par_changement
from .confidentialite import TABLES, TOUS, Reserve, changement_lisible, reserve_de
from .instantanes import VERSION
from .models import EntreeJournal, Structure

RESERVE = "Modification réservée à la régulation et à la gestion de crise."
LIEUX = "lieux"
"""Value of the filter « quoi » for what was done to the lieux of an establishment."""

PREFIXE_SECTION = "section:"
COLONNES_CSV = (
    "Date",
    "Heure",
    "Version",
    "Auteur",
    "Origine",
    "Motif",
    "Rubrique",
    "Champ",
    "Avant",
    "Après",
    "Précision",
)


@dataclass(frozen=True, slots=True)
class LigneJournal:
    """One entry of the history.

    Attributes:
        entree: the entry, with its author, what it undoes and what undid it.
        phrases: what was done, without what the reader may not know.
        change: it changed values, so that there is a before, an after, and something to undo.
        fiche: the values are those of the fiche, not of a lieu.
        finess: it touched values that FINESS owns.
    """

    entree: EntreeJournal
    phrases: list[str]
    change: bool
    fiche: bool
    finess: bool

    @property
    def apres(self) -> str:
        """Key of the state of the fiche after it (`instantanes`)."""
        return f"{VERSION}{self.entree.version}"

    @property
    def avant(self) -> str:
        """Key of the state before it, empty when there is none."""
        return f"{VERSION}{self.entree.version - 1}" if self.fiche and self.entree.version > 1 else ""


def entrees_de(structure: Structure) -> QuerySet[EntreeJournal]:
    """Returns the entries of a fiche, the latest first, with all that their lines need."""
    retours = EntreeJournal.objects.select_related("auteur").order_by("le", "pk")
    return (
        EntreeJournal.objects.filter(structure=structure)
        .select_related("auteur", "retour_de")
        .prefetch_related(Prefetch("retours", retours))
    )


def filtrer(entrees: QuerySet[EntreeJournal], structure: Structure, **criteres: Any) -> QuerySet[EntreeJournal]:
    """Keeps the entries that match.

    Args:
        entrees: those of the fiche.
        structure: the fiche.
        **criteres: `quoi` (name of a field, « section:conditions » or « lieux »), `auteur` (key), `origine`, `du` and
            `au` (days, included). An absent or empty one keeps everything.
    """
    condition = Q()
    if criteres.get("auteur"):
        condition &= Q(auteur=criteres["auteur"])
    if criteres.get("origine"):
        condition &= Q(origine=criteres["origine"])
    if criteres.get("du"):
        condition &= Q(le__gte=_debut(criteres["du"]))
    if criteres.get("au"):
        condition &= Q(le__lt=_debut(min(criteres["au"], date.max - timedelta(days=1)) + timedelta(days=1)))
    quoi = criteres.get("quoi") or ""
    if quoi == LIEUX:
        entrees = entrees.annotate(de_lieu=_touche_un_lieu()).filter(de_lieu=True)
    elif quoi:
        condition &= _touche(_champs_de(structure, quoi))
    return entrees.filter(condition)


def choix_de_champs(structure: Structure) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns the options of the filter « quoi », section by section."""
    groupes = []
    for cle, champs in sections_de(structure.type_niveau).items():
        toute = [(PREFIXE_SECTION + cle, f"{SECTIONS[cle]}, tout")] if len(champs) > 1 else []
        groupes.append((SECTIONS[cle], [*toute, *((champ.nom, champ.libelle) for champ in champs)]))
    if structure.lieux.exists():
        groupes.append(("Lieux", [(LIEUX, "Lieux de l’établissement")]))
    return groupes


def lignes_de(
    structure: Structure, entrees: Iterable[EntreeJournal], lisibles: Collection[str], reserve: Reserve
) -> list[LigneJournal]:
    """Returns the lines of these entries; the labels needed are read in one query."""
    entrees, champs = list(entrees), champs_de(structure.type_niveau)
    lus = {e.pk: _lire(e, lisibles, reserve) for e in entrees}
    refaites = [e for e in entrees if lus[e.pk][1]]
    lots = [[c for c in lus[e.pk][0] if c.champ in champs] for e in refaites]
    phrases = dict(zip((e.pk for e in refaites), fiches.phrases_par_lot(structure, lots), strict=True))
    return [
        LigneJournal(
            entree=e,
            phrases=[*phrases[e.pk], RESERVE] if e.pk in phrases else _sans_reserve(e.phrases, reserve),
            change=bool(e.changements),
            fiche=any(c["champ"] in champs for c in e.changements),
            finess=any(c["champ"] in champs and champs[c["champ"]].finess for c in e.changements),
        )
        for e in entrees
    ]


def reserve_pour(structure: Structure, lisibles: Collection[str]) -> Reserve:
    """Returns what of the contacts and mailboxes of a fiche, present and past, is kept from this reader."""
    if set(lisibles) >= TOUS:
        return Reserve()
    tables = list(fiches.lire(structure, TABLES).values())
    entrees = EntreeJournal.objects.filter(_touche(sorted(TABLES)), structure=structure).order_by("-le", "-pk")
    for changements in entrees.values_list("changements", flat=True).iterator():
        for changement in changements:
            if changement["champ"] in TABLES:
                tables += [changement["propose"], changement["base"]]
    return reserve_de(tables, lisibles)  # type: ignore[arg-type]


def lignes_csv(
    structure: Structure, entrees: QuerySet[EntreeJournal], lisibles: Collection[str], par_lot: int = 500
) -> Iterator[list[str]]:
    """Yields the rows of the export: one per value changed, or per sentence that tells no value."""
    reserve = reserve_pour(structure, lisibles)
    suite = entrees.iterator(chunk_size=par_lot)
    while lot := list(islice(suite, par_lot)):
        yield from _rangees(structure, lot, lisibles, reserve)


def _rangees(
    structure: Structure, entrees: list[EntreeJournal], lisibles: Collection[str], reserve: Reserve
) -> Iterator[list[str]]:
    champs = champs_de(structure.type_niveau)
    lus = {e.pk: [c for c in _lire(e, lisibles, reserve)[0] if c.champ in champs] for e in entrees}
    tous = [c for changements in lus.values() for c in changements]
    valeurs = iter(differences_par_changement(champs, tous))
    for ligne in lignes_de(structure, entrees, lisibles, reserve):
        tete = _tete(ligne.entree)
        trouvees = [d for _ in lus[ligne.entree.pk] for d in next(valeurs)]
        for d in trouvees:
            yield [*tete, SECTIONS[d.champ.section], d.sujet, d.avant, d.apres, ""]
        for phrase in ligne.phrases if not trouvees else [p for p in ligne.phrases if p == RESERVE]:
            yield [*tete, "", "", "", "", phrase]


def _tete(entree: EntreeJournal) -> list[str]:
    le = timezone.localtime(entree.le)
    auteur = entree.auteur.nom_complet if entree.auteur else ""
    return [
        le.strftime("%d/%m/%Y"),
        le.strftime("%H:%M"),
        str(entree.version),
        auteur,
        entree.get_origine_display(),
        entree.motif,
    ]


def _lire(entree: EntreeJournal, lisibles: Collection[str], reserve: Reserve) -> tuple[list[Changement], bool]:
    """The changes of an entry as the reader may know them, and whether something was left out."""
    lus = [changement_lisible(Changement.depuis_json(c), lisibles, reserve) for c in entree.changements]
    return [c for c, _ in lus], any(omis for _, omis in lus)


def _sans_reserve(phrases: list[str], reserve: Reserve) -> list[str]:
    """Sentences kept without their values (« Non retenu… ») that quote a number since reserved are not told."""
    adresses = [adresse for adresse in reserve.adresses if adresse]
    gardees = [p for p in phrases if not any(adresse in p for adresse in adresses)]
    return gardees if len(gardees) == len(phrases) else [*gardees, RESERVE]


def _champs_de(structure: Structure, quoi: str) -> list[str]:
    if not quoi.startswith(PREFIXE_SECTION):
        return [quoi]
    return [champ.nom for champ in sections_de(structure.type_niveau).get(quoi.removeprefix(PREFIXE_SECTION), ())]


def _touche(champs: Iterable[str]) -> Q:
    condition = Q(pk__in=[])
    for champ in champs:
        condition |= Q(changements__contains=[{"champ": champ}])
    return condition


def _touche_un_lieu() -> Func:
    chemin = f'$[*].champ ? (@ starts with "{PREFIXE_LIEU}")'
    return Func(
        "changements",
        Value(chemin),
        function="jsonb_path_exists",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=BooleanField(),
    )


def _debut(jour) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time.min))
