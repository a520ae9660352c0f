"""What a person asks of « Recherche », read from an address and written back to one (pure).

The address is the whole state (B23): it can be kept, sent, exported. What is unreadable in it is left out, never an
error: `illisibles` says what. Values that no list knows find nothing; the page leaves them out (`ecartes`).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

LONGUEUR_MAX = 200
PAGES_MAX = 400
VALEURS_MAX = 40
RAYONS_KM = (5, 10, 20, 50, 100)
RAYON_MAX_KM = 500
MAINTENANT = "maintenant"

_VALEUR = re.compile(r"[0-9A-Za-z_-]{1,20}")
_AUTRES = ("q", "exact", "fermees", "page", "ou")
"""Parameters that are read whatever they hold."""
_INSEE = re.compile(r"\d[\dAB]\d{3}")


class Parametres(Protocol):
    """What is read of Django's `QueryDict`."""

    def get(self, cle: str, /) -> str | None: ...

    def getlist(self, cle: str, /) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[str]: ...


class Cible(StrEnum):
    """What « Recherche » looks for (S46)."""

    OFFRE = "offre"
    COMPETENCE = "competence"
    PROFESSIONNEL = "professionnel"

    @property
    def libelle(self) -> str:
        """« Offre ou structure », « Compétence », « Professionnel »."""
        return {"offre": "Offre ou structure", "competence": "Compétence", "professionnel": "Professionnel"}[self]


class Facette(StrEnum):
    """A filter by the values of one property: several values of one facet are « or », several facets are « and »."""

    GROUPE = "groupe"
    NIVEAU = "niveau"
    CATEGORIE = "categorie"
    TYPE = "type"
    PUBLIC = "public"
    MODE = "mode"
    DEPARTEMENT = "departement"
    ETAT = "etat"
    FRAICHEUR = "fraicheur"

    @property
    def libelle(self) -> str:
        """The heading of the filter."""
        return _LIBELLES[self]


_LIBELLES = {
    Facette.GROUPE: "Afficher les structures",
    Facette.NIVEAU: "Niveau",
    Facette.CATEGORIE: "Catégorie d’établissement",
    Facette.TYPE: "Type d’UO",
    Facette.PUBLIC: "Public pris en charge",
    Facette.MODE: "Mode de prise en charge",
    Facette.DEPARTEMENT: "Département",
    Facette.ETAT: "État",
    Facette.FRAICHEUR: "Fraîcheur",
}


class Fraicheur(StrEnum):
    """When an offer was last re-read (B30)."""

    RECENTE = "recente"
    ANCIENNE = "ancienne"
    JAMAIS = "jamais"

    @property
    def libelle(self) -> str:
        """« Vérifiée depuis moins d’un an »…"""
        return {
            "recente": "Vérifiée depuis moins d’un an",
            "ancienne": "Non vérifiée depuis plus d’un an",
            "jamais": "Jamais vérifiée",
        }[self]


class Tri(StrEnum):
    PERTINENCE = "pertinence"
    NOM = "nom"
    DISTANCE = "distance"
    FRAICHEUR = "fraicheur"

    @property
    def libelle(self) -> str:
        """« Pertinence », « Distance »…"""
        return {"pertinence": "Pertinence", "nom": "Nom", "distance": "Distance", "fraicheur": "Fraîcheur"}[self]


@dataclass(frozen=True, slots=True)
class Autour:
    """A place: a point and how far around it, in kilometres."""

    latitude: float
    longitude: float
    rayon_km: int


@dataclass(frozen=True, slots=True)
class Criteres:
    """One search.

    Attributes:
        cible: what is looked for.
        texte: words or figures as typed.
        exact: look for the words as they are typed, whatever they resemble.
        facettes: the values ticked, by facet; a facet without any is absent.
        fermees: « y compris fermées », those closed for good too.
        ouvert_le: open at this moment, by the clock on the wall there; `maintenant` is another thing.
        maintenant: open now.
        autour: around this point.
        commune: INSEE code of the commune; within it, or around it when there is a `rayon_km`.
        rayon_km: how far around the commune.
        tri: in which order.
        page: which page, from 1.
    """

    cible: Cible = Cible.OFFRE
    texte: str = ""
    exact: bool = False
    facettes: Mapping[Facette, tuple[str, ...]] = field(default_factory=dict)
    fermees: bool = False
    ouvert_le: datetime | None = None
    maintenant: bool = False
    autour: Autour | None = None
    commune: str = ""
    rayon_km: int | None = None
    tri: Tri = Tri.PERTINENCE
    page: int = 1

    @classmethod
    def depuis(cls, parametres: Parametres) -> "Criteres":
        """Reads an address; each part that is not readable is as if absent."""
        autour, rayon = _autour(parametres), _entier(parametres.get("km"), 1, RAYON_MAX_KM)
        commune = (parametres.get("commune") or "").strip().upper()
        maintenant = parametres.get("ouvert") == MAINTENANT
        return cls(
            cible=_choix(Cible, parametres.get("cible"), Cible.OFFRE),
            texte=texte_entier(parametres)[:LONGUEUR_MAX],
            exact=parametres.get("exact") == "1",
            facettes=dict(_facettes(parametres)),
            fermees=parametres.get("fermees") == "1",
            ouvert_le=None if maintenant else _moment((parametres.get("le") or "").strip()),
            maintenant=maintenant,
            autour=autour,
            commune=commune if autour is None and _INSEE.fullmatch(commune) else "",
            rayon_km=rayon if autour is None and _INSEE.fullmatch(commune) else None,
            tri=_choix(Tri, parametres.get("tri"), Tri.PERTINENCE),
            page=_entier(parametres.get("page"), 1, PAGES_MAX) or 1,
        )

    @property
    def vides(self) -> bool:
        """Nothing is asked: there is nothing to look for."""
        return not (self.texte or self.facettes or self.autour or self.commune or self.maintenant or self.ouvert_le)

    @property
    def precisees(self) -> bool:
        """Whether a place, a moment or the closed ones are asked besides the text."""
        return bool(self.situees or self.maintenant or self.ouvert_le or self.fermees)

    @property
    def situees(self) -> bool:
        """Whether distances make sense."""
        return self.autour is not None or bool(self.commune)

    def paires(self) -> Iterator[tuple[str, str]]:
        """The parameters of the address, those at their default left out, always in the same order."""
        if self.texte:
            yield "q", self.texte
        if self.cible is not Cible.OFFRE:
            yield "cible", self.cible.value
        if self.exact:
            yield "exact", "1"
        for facette in Facette:
            for valeur in self.facettes.get(facette, ()):
                yield facette.value, valeur
        if self.fermees:
            yield "fermees", "1"
        if self.maintenant:
            yield "ouvert", MAINTENANT
        elif self.ouvert_le:
            yield "le", self.ouvert_le.isoformat(timespec="minutes")
        if self.autour:
            yield "lat", f"{self.autour.latitude:.3f}"
            yield "lon", f"{self.autour.longitude:.3f}"
            yield "km", str(self.autour.rayon_km)
        elif self.commune:
            yield "commune", self.commune
            if self.rayon_km:
                yield "km", str(self.rayon_km)
        if self.tri is not Tri.PERTINENCE:
            yield "tri", self.tri.value
        if self.page > 1:
            yield "page", str(self.page)

    def adresse(self) -> str:
        """The query string, without its « ? »; empty for an empty search."""
        return urlencode(list(self.paires()))

    def avec(self, **changements) -> "Criteres":
        """The same search changed, back to its first page."""
        return replace(self, **{"page": 1, **changements})

    def sans_valeur(self, facette: Facette, valeur: str) -> "Criteres":
        """The same search without one ticked value."""
        gardees = {f: tuple(v for v in valeurs if (f, v) != (facette, valeur)) for f, valeurs in self.facettes.items()}
        return self.avec(facettes={f: valeurs for f, valeurs in gardees.items() if valeurs})

    def sans_facette(self, facette: Facette) -> "Criteres":
        """The same search without any value of one facet."""
        return self.avec(facettes={f: valeurs for f, valeurs in self.facettes.items() if f is not facette})


def texte_entier(parametres: Parametres) -> str:
    """The text typed, before it is cut."""
    return " ".join((parametres.get("q") or "").replace("\x00", " ").split())


def illisibles(parametres: Parametres) -> Iterator[tuple[str, str]]:
    """(name, value) of what the address asks in a way that `Criteres.depuis` cannot read."""
    lecteurs = {
        "cible": ("Je cherche", lambda v: v in list(Cible)),
        "ouvert": ("Ouvert", lambda v: v == MAINTENANT),
        "le": ("Ouvert le", _moment),
        "km": ("Distance", lambda v: _entier(v, 1, RAYON_MAX_KM)),
        "commune": ("Commune", lambda v: _INSEE.fullmatch(v.upper())),
        "lat": ("Latitude", lambda v: _degres(v, 90) is not None),
        "lon": ("Longitude", lambda v: _degres(v, 180) is not None),
        "tri": ("Trier par", lambda v: v in list(Tri)),
        **{f.value: (f.libelle, _VALEUR.fullmatch) for f in Facette},
    }
    for cle in parametres:
        nom, lire = lecteurs.get(cle, (cle, lambda _, cle=cle: cle in _AUTRES))
        yield from ((nom, v) for v in map(str.strip, parametres.getlist(cle)) if v and not lire(v))


def _choix(enumeration, valeur: str | None, defaut):
    return enumeration(valeur) if valeur in list(enumeration) else defaut


def _facettes(parametres: Parametres) -> Iterator[tuple[Facette, tuple[str, ...]]]:
    for facette in Facette:
        lues = dict.fromkeys(v for v in parametres.getlist(facette.value) if _VALEUR.fullmatch(v))
        if lues:
            yield facette, tuple(sorted(lues)[:VALEURS_MAX])


def _entier(texte: str | None, minimum: int, maximum: int) -> int | None:
    if not texte or not texte.isascii() or not texte.isdecimal() or len(texte) > 6:
        return None
    return min(max(int(texte), minimum), maximum)


def _autour(parametres: Parametres) -> Autour | None:
    """The point, rounded to some hundred metres: an address that is sent does not tell where somebody stands."""
    latitude, longitude = (_degres(parametres.get(nom), borne) for nom, borne in (("lat", 90), ("lon", 180)))
    if latitude is None or longitude is None:
        return None
    return Autour(latitude, longitude, _entier(parametres.get("km"), 1, RAYON_MAX_KM) or RAYONS_KM[2])


def _degres(texte: str | None, borne: int) -> float | None:
    try:
        valeur = float((texte or "").replace(",", "."))
    except ValueError:
        return None
    return round(valeur, 3) if math.isfinite(valeur) and abs(valeur) <= borne else None


def _moment(texte: str) -> datetime | None:
    """A local moment « 2026-11-28T14:00 », as `input type=datetime-local` gives it."""
    try:
        moment = datetime.fromisoformat(texte[:32])
    except ValueError:
        return None
    return moment.replace(second=0, microsecond=0) if moment.tzinfo is None else None
