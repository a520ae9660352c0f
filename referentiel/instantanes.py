"""The states of a fiche that may be read or compared: a version, what is broadcast, what waits, a day to come.

Each has a key that an address holds: « version-12 », « diffusee », « attente », « modification-7 », « le-2026-12-01 ».
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Min, Q
from django.utils import timezone

from ror.commun.francais import date_fr

from . import fiches
from .actions.fiches import changements_de, modification_en_attente
from .changements import Changement, Fiche, comparer, poser
from .confidentialite import TABLES, Reserve, champ_lisible, lignes_lisibles
from .models import EntreeJournal, Modification, Structure
from .versions import valeurs_a_la_version

DIFFUSEE = "diffusee"
ATTENTE = "attente"
VERSION = "version-"
MODIFICATION = "modification-"
JOUR = "le-"
VERSIONS_PROPOSEES = 200
"""Versions offered by the picker, the latest ones; any other is reached by its address."""


class InstantaneInconnu(LookupError):
    """No such state of this fiche, or not for this person."""


@dataclass(frozen=True, slots=True)
class Instantane:
    """One state of a fiche.

    Attributes:
        cle: its key.
        titre: « Version 12 », « Diffusée aujourd’hui ».
        detail: since when, by whom.
        valeurs: the values of the fiche.
    """

    cle: str
    titre: str
    detail: str
    valeurs: Fiche


def instantane(structure: Structure, cle: str, *, editeur: bool) -> Instantane:
    """Returns a state of a fiche.

    Args:
        structure: the fiche.
        cle: which state.
        editeur: the person may edit the fiche, so that she reads what is not broadcast yet.

    Raises:
        InstantaneInconnu: the key means nothing here.
    """
    if cle == DIFFUSEE:
        return Instantane(cle, "Diffusée aujourd’hui", f"version {structure.version}", fiches.lire(structure))
    if cle.startswith(VERSION):
        return _version(structure, cle)
    if not editeur:
        raise InstantaneInconnu(cle)
    if cle == ATTENTE:
        modification = modification_en_attente(structure)
        if modification is None:
            raise InstantaneInconnu(cle)
        return Instantane(cle, "En attente", "saisie non diffusée", _poser(structure, [modification]))
    if cle.startswith(MODIFICATION):
        return _programmee(structure, cle)
    if cle.startswith(JOUR):
        return _au_jour(structure, cle)
    raise InstantaneInconnu(cle)


def cle_du_jour(structure: Structure, jour: date) -> str:
    """Returns the key of the state that a fiche had, or will have, at the end of a day.

    Raises:
        InstantaneInconnu: the fiche did not exist yet.
    """
    aujourdhui = timezone.localdate()
    if jour == aujourdhui:
        return DIFFUSEE
    if jour > aujourdhui:
        return f"{JOUR}{jour.isoformat()}"
    lendemain = timezone.make_aware(datetime.combine(jour + timedelta(days=1), time.min))
    entrees = EntreeJournal.objects.filter(structure=structure)
    derniere = entrees.filter(le__lt=lendemain).order_by("-version", "-pk").values_list("version", flat=True).first()
    if derniere is None and structure.cree_le >= lendemain:
        raise InstantaneInconnu(jour.isoformat())
    return f"{VERSION}{derniere or 1}"


def choix_d_instantanes(structure: Structure, *, editeur: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns the options of the picker in groups: now and to come, then the versions, the latest first."""
    actuels = [(DIFFUSEE, f"Diffusée aujourd’hui (version {structure.version})")]
    if editeur:
        en_cours = Modification.objects.filter(structure=structure).order_by("date_effet", "pk")
        for modification in en_cours.filter(etat__in=_A_VENIR):
            mot = "À arbitrer" if modification.etat == Modification.Etat.A_ARBITRER else "Programmée"
            actuels.append((f"{MODIFICATION}{modification.pk}", f"{mot}, effet le {date_fr(modification.date_effet)}"))
        if en_cours.filter(etat=Modification.Etat.EN_ATTENTE).exists():
            actuels.append((ATTENTE, "En attente, non diffusée"))
    return [("Maintenant et à venir", actuels), ("Versions", _versions(structure))]


def ecarts(structure: Structure, avant: Fiche, apres: Fiche) -> tuple[Changement, ...]:
    """Returns the changes that lead from one state to another."""
    return comparer(avant, apres, fiches.genres_de(structure.type_niveau))


def lisible(etat: Instantane, lisibles: Collection[str], reserve: Reserve) -> Instantane:
    """Returns the state without what is kept from the reader."""
    valeurs = {nom: valeur for nom, valeur in etat.valeurs.items() if champ_lisible(nom, lisibles)}
    tables = {nom: lignes_lisibles(valeurs[nom], lisibles, reserve) for nom in TABLES & valeurs.keys()}
    return replace(etat, valeurs={**valeurs, **tables})


_A_VENIR = (Modification.Etat.PROGRAMMEE, Modification.Etat.A_ARBITRER)


def _version(structure: Structure, cle: str) -> Instantane:
    numero = _nombre(cle, VERSION)
    if not 1 <= numero <= structure.version:
        raise InstantaneInconnu(cle)
    entrees = EntreeJournal.objects.filter(structure=structure, version__gt=numero).order_by("-version", "-pk")
    ulterieures = [
        [Changement.depuis_json(c) for c in changements]
        for changements in entrees.values_list("changements", flat=True)
    ]
    genres = fiches.genres_de(structure.type_niveau)
    valeurs = valeurs_a_la_version(fiches.lire(structure), ulterieures, genres)
    premiere = EntreeJournal.objects.filter(structure=structure, version=numero).order_by("le", "pk").first()
    le = premiere.le if premiere else structure.cree_le
    return Instantane(cle, f"Version {numero}", f"depuis le {date_fr(timezone.localtime(le))}", valeurs)


def _programmee(structure: Structure, cle: str) -> Instantane:
    modification = (
        Modification.objects.filter(structure=structure, pk=_nombre(cle, MODIFICATION), etat__in=_A_VENIR)
        .prefetch_related("changements")
        .first()
    )
    if modification is None:
        raise InstantaneInconnu(cle)
    titre = f"Programmée le {date_fr(modification.date_effet)}"
    return Instantane(cle, titre, "non diffusée", _poser(structure, [modification]))


def _au_jour(structure: Structure, cle: str) -> Instantane:
    try:
        jour = date.fromisoformat(cle.removeprefix(JOUR))
    except ValueError as erreur:
        raise InstantaneInconnu(cle) from erreur
    prevues = (
        Modification.objects.filter(Q(etat=Modification.Etat.PROGRAMMEE), structure=structure, date_effet__lte=jour)
        .prefetch_related("changements")
        .order_by("date_effet", "validee_le")
    )
    return Instantane(
        cle,
        f"Prévue le {date_fr(jour)}",
        "avec les modifications programmées d’ici là",
        _poser(structure, list(prevues)),
    )


def _poser(structure: Structure, modifications: list[Modification]) -> Fiche:
    genres = fiches.genres_de(structure.type_niveau)
    return poser([c for m in modifications for c in changements_de(m)], fiches.lire(structure), genres)


def _versions(structure: Structure) -> list[tuple[str, str]]:
    entrees = EntreeJournal.objects.filter(structure=structure).order_by()
    depuis = dict(entrees.values_list("version").annotate(le=Min("le")))
    depuis.setdefault(1, structure.cree_le)
    return [
        (f"{VERSION}{numero}", f"Version {numero}, {date_fr(timezone.localtime(depuis[numero]))}")
        for numero in sorted(depuis, reverse=True)[:VERSIONS_PROPOSEES]
        if numero <= structure.version
    ]


def _nombre(cle: str, prefixe: str) -> int:
    chiffres = cle.removeprefix(prefixe)
    if not (chiffres.isascii() and chiffres.isdecimal() and len(chiffres) <= 9):
        raise InstantaneInconnu(cle)
    return int(chiffres)
