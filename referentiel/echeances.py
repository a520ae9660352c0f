"""« Modifications à venir »: what is scheduled on the fiches a person may edit, in a list or month by month (B21).

Closings and re-openings announced on the offers are told beside the modifications. Each list is one union read by
pages; what its lines say is read for the page only.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from . import fiches
from .actions.fiches import changements_de
from .champs import champs_de
from .models import Modification, Structure, UniteOperationnelle
from .niveaux import Niveau
from .permissions import Action, filtre
from .recherche import chemins_de

MODIFICATION, FERMETURE, REOUVERTURE = "modification", "fermeture", "reouverture"
ETATS = (Modification.Etat.A_ARBITRER, Modification.Etat.PROGRAMMEE)
PAR_JOUR = 3
"""Lines shown in one day of the calendar."""

Repere = tuple[int, date, str, int]
"""Rank (what is to be settled first), day, kind, key of the modification or of the offer."""


@dataclass(frozen=True, slots=True)
class Echeance:
    """One thing to come.

    Attributes:
        genre: `MODIFICATION`, `FERMETURE` or `REOUVERTURE`.
        jour: when.
        structure: the fiche.
        etablissement: the EG it belongs to, None for an EJ or an EG itself.
        modification: for a modification.
        phrases: what will change.
    """

    genre: str
    jour: date
    structure: Structure
    etablissement: Structure | None
    modification: Modification | None = None
    phrases: list[str] = field(default_factory=list)

    @property
    def a_arbitrer(self) -> bool:
        return self.modification is not None and self.modification.etat == Modification.Etat.A_ARBITRER


@dataclass(frozen=True, slots=True)
class Jour:
    """One day of the calendar: its first lines, and how many more it has."""

    jour: date
    du_mois: bool
    echeances: list[Echeance]
    reste: int


def perimetre(utilisateur, racine: Structure | None = None) -> QuerySet[Structure]:
    """Returns the fiches the person may edit, within `racine` and all that is below it when given."""
    structures = Structure.objects.filter(filtre(utilisateur, Action.MODIFIER))
    if racine is None:
        return structures
    return structures.filter(tree_id=racine.tree_id, lft__gte=racine.lft, lft__lte=racine.rght)


def reperes(
    structures: QuerySet[Structure], *, auteur: int | None = None, du: date | None = None, au: date | None = None
) -> QuerySet:
    """Returns the `Repere` of all that is to come on these fiches, what is to be settled first, then by day.

    Args:
        structures: the fiches.
        auteur: keeps what this person validated; nobody signs a closing announced.
        du, au: keeps these days, both included.
    """
    modifications = _a_venir(structures)
    if auteur is not None:
        modifications = modifications.filter(validee_par=auteur)
    rang = Case(When(etat=Modification.Etat.A_ARBITRER, then=0), default=1, output_field=IntegerField())
    suites = [_reperer(modifications, MODIFICATION, "date_effet", rang, du, au)]
    if auteur is None:
        fermetures, reouvertures = _annonces(structures)
        un = Value(1, output_field=IntegerField())
        suites.append(_reperer(fermetures, FERMETURE, "date_fermeture", un, du, au))
        suites.append(_reperer(reouvertures, REOUVERTURE, "date_reouverture_prevue", un, du, au))
    return suites[0].union(*suites[1:], all=True).order_by("rang", "jour", "genre", "cle")


def charger(trouves: Sequence[Repere]) -> list[Echeance]:
    """Returns what these lines say, in the same order and a constant number of queries."""
    cles = defaultdict(set)
    for _, _, genre, cle in trouves:
        cles[MODIFICATION if genre == MODIFICATION else FERMETURE].add(cle)
    modifications = (
        Modification.objects.select_related("structure", "auteur", "validee_par", "retour_de")
        .prefetch_related("changements")
        .in_bulk(cles[MODIFICATION])
    )
    offres = Structure.objects.in_bulk(cles[FERMETURE])
    chemins = chemins_de([*(m.structure for m in modifications.values()), *offres.values()])
    lots = [(champs_de(m.structure.type_niveau), changements_de(m)) for m in modifications.values()]
    phrases = dict(zip(modifications, fiches.raconter_ensemble(lots), strict=True))
    resultat = []
    for _, jour, genre, cle in trouves:
        modification = modifications.get(cle) if genre == MODIFICATION else None
        structure = modification.structure if modification else offres[cle]
        etablissement = next((s for s in chemins[structure.pk] if s.niveau == Niveau.EG), None)
        dites = phrases[cle] if modification else []
        resultat.append(Echeance(genre, jour, structure, etablissement, modification, dites))
    return resultat


def semaines(trouves: Sequence[Repere], mois: date) -> list[list[Jour]]:
    """Returns the weeks of a month, Monday first, with the first lines of each day.

    Args:
        trouves: all that is to come in the month.
        mois: any of its days.
    """
    par_jour: dict[date, list[Repere]] = defaultdict(list)
    for repere in trouves:
        par_jour[repere[1]].append(repere)
    montres = [r for jour in par_jour.values() for r in jour[:PAR_JOUR]]
    dites: dict[date, list[Echeance]] = defaultdict(list)
    for echeance in charger(montres):
        dites[echeance.jour].append(echeance)
    premier, dernier = bornes_du_mois(mois)
    lundi = premier - timedelta(days=premier.weekday())
    jours = [lundi + timedelta(days=n) for n in range(((dernier - lundi).days // 7 + 1) * 7)]
    cases = [
        Jour(jour, jour.month == mois.month, dites[jour], max(len(par_jour[jour]) - PAR_JOUR, 0)) for jour in jours
    ]
    return [cases[i : i + 7] for i in range(0, len(cases), 7)]


def bornes_du_mois(mois: date) -> tuple[date, date]:
    """Returns the first and the last day of the month."""
    premier = mois.replace(day=1)
    return premier, (premier + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def etablissements_concernes(structures: QuerySet[Structure]) -> QuerySet[Structure]:
    """Returns the EG that have something to come among these fiches."""
    fermetures, reouvertures = _annonces(structures)
    return Structure.objects.filter(
        Exists(_a_venir(structures).filter(_sous("structure")))
        | Exists(fermetures.filter(_sous("structure")))
        | Exists(reouvertures.filter(_sous("structure"))),
        niveau=Niveau.EG,
    ).order_by("nom_recherche", "pk")


def auteurs_concernes(structures: QuerySet[Structure]) -> list[tuple[int, str, str]]:
    """Returns (key, first name, name) of those who validated what is to come on these fiches."""
    lignes = _a_venir(structures).order_by("validee_par__nom", "validee_par__prenom", "validee_par_id")
    return list(lignes.values_list("validee_par_id", "validee_par__prenom", "validee_par__nom").distinct())


def _a_venir(structures: QuerySet[Structure]) -> QuerySet[Modification]:
    return Modification.objects.filter(structure__in=structures, etat__in=ETATS)


def _annonces(structures: QuerySet[Structure]) -> tuple[QuerySet, QuerySet]:
    """Offers whose closing, whose re-opening is announced."""
    offres, jour = UniteOperationnelle.objects.filter(structure__in=structures), timezone.localdate()
    return offres.filter(date_fermeture__gt=jour), offres.filter(date_reouverture_prevue__gte=jour)


def _sous(relation: str) -> Q:
    return Q(
        **{
            f"{relation}__tree_id": OuterRef("tree_id"),
            f"{relation}__lft__gte": OuterRef("lft"),
            f"{relation}__lft__lte": OuterRef("rght"),
        }
    )


def _reperer(lignes: QuerySet, genre: str, colonne: str, rang, du: date | None, au: date | None) -> QuerySet:
    if du:
        lignes = lignes.filter(**{f"{colonne}__gte": du})
    if au:
        lignes = lignes.filter(**{f"{colonne}__lte": au})
    return (
        lignes.annotate(rang=rang, jour=F(colonne), genre=Value(genre, output_field=CharField()), cle=F("pk"))
        .order_by()
        .values_list("rang", "jour", "genre", "cle")
    )
