"""What both readers share: what they yield, and the tolerant reading of texts, dates and numbers."""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter, gt
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from referentiel.champs import CHAMPS
from referentiel.identifiants import finess_valide
from referentiel.niveaux import Niveau
from ror.commun.erreurs import ErreurMetier

from ..rapprochement import Fiche
from .modele import FicheEG, FicheEJ

_LONGUEURS = {
    "siret": 14,
    "siren": 9,
    "ape": 6,
    "categorie": 4,
    "mft": 2,
    "numero_uai": 8,
    "statut_juridique": 4,
    "code_postal": 5,
    "commune_cog": 5,
    "departement": 3,
    "numero_voie": 10,
    "complement_voie": 10,
    "type_voie": 40,
    "telephone": 40,
    "telecopie": 40,
    "libelle_voie": 120,
    "complement_adresse": 80,
    "lieu_dit": 80,
    "localite": 80,
    "nom_court": 80,
    "courriel": 254,
}
"""Characters each field can hold in the ROR; 255 for the others."""

_LIBELLES = {champ.nom: champ.libelle for niveau in (Niveau.EJ, Niveau.EG) for champ in CHAMPS[niveau]}


def _textes(type_fiche: type) -> tuple[tuple[str, ...], Callable, tuple[int, ...]]:
    """The text fields of a record: their names, what reads them all, their longest lengths."""
    noms = tuple(champ.name for champ in fields(type_fiche) if champ.type is str)
    return noms, attrgetter(*noms), tuple(_LONGUEURS.get(nom, 255) for nom in noms)


_TEXTES = {type_fiche: _textes(type_fiche) for type_fiche in (FicheEJ, FicheEG)}
_DATES_PAR_DEFAUT = frozenset({date(1900, 1, 1), date(1901, 1, 1)})
_NUMERO = re.compile(r"[0-9][0-9A-Z][0-9]{7}")
_ANNEES = range(1500, 2101)


class MiseEnPageInconnue(ErreurMetier):
    """The file is not laid out as expected: nothing of it can be trusted."""


class LigneInvalide(Exception):
    """One record cannot be taken; the text is the French reason of its rejection."""


class Recue(NamedTuple):
    """One record of a file; `fiche` is None when it is the one already dealt with (same digest)."""

    niveau: Niveau
    finess: str
    empreinte: int
    fiche: Fiche | None
    ligne: int


class Rejetee(NamedTuple):
    """One line left out, or taken with a remark (`retenue`)."""

    ligne: int
    finess: str
    contenu: str
    raison: str
    retenue: bool = False


class Lecteur(Protocol):
    """One file, its layout recognised.

    `champs` gives by level the fields this layout provides: any other is unknown, never erased.
    """

    format: str
    date_donnees: date | None
    champs: Mapping[Niveau, frozenset[str]]

    def lire(self, connues: Mapping[str, int]) -> Iterator[Recue | Rejetee]:
        """Yields every record. `connues`: number → digest of the records already dealt with."""
        ...


def ouvrir_binaire(chemin: Path) -> BinaryIO:
    """The bytes of a file, decompressed when it is a gzip one whatever its name."""
    with chemin.open("rb") as flux:
        compresse = flux.read(2) == b"\x1f\x8b"
    return gzip.open(chemin) if compresse else chemin.open("rb")  # type: ignore[return-value]


def empreinte(contenu: bytes) -> int:
    """The 64-bit digest of a record, as a PostgreSQL bigint."""
    return int.from_bytes(hashlib.blake2b(contenu, digest_size=8).digest(), "big", signed=True)


def date_tolerante(texte: str | None) -> date | None:
    """The date at the start of `texte`; None when absent, default (1900-01-01) or corrupt (0201-…)."""
    try:
        jour = date.fromisoformat((texte or "").strip()[:10])
    except ValueError:
        return None
    return jour if jour.year in _ANNEES and jour not in _DATES_PAR_DEFAUT else None


def controler_numero(numero: str, nom: str = "Numéro FINESS") -> str:
    """Returns the number; raises `LigneInvalide` when its shape is wrong (a wrong key is a remark, not a refusal)."""
    if not numero:
        raise LigneInvalide(f"{nom} absent.")
    if not _NUMERO.fullmatch(numero):
        indice = " Le fichier a-t-il été enregistré par un tableur ?" if len(numero) < 9 else ""
        raise LigneInvalide(f"{nom} « {numero[:20]} » : neuf caractères sont attendus.{indice}")
    return numero


def controler_fiche(fiche: Fiche) -> None:
    """Raises `LigneInvalide` when the record has no name or holds a value that is not what its field can be."""
    if not fiche.raison_sociale:
        raise LigneInvalide("Raison sociale absente.")
    noms, lire, maxima = _TEXTES[type(fiche)]
    valeurs = lire(fiche)
    if any(map(gt, map(len, valeurs), maxima)):
        nom, valeur, maximum = next(t for t in zip(noms, valeurs, maxima, strict=True) if len(t[1]) > t[2])
        raise LigneInvalide(f"{_LIBELLES.get(nom, nom)} : {len(valeur)} caractères reçus, {maximum} au plus.")
    texte = "".join(valeurs)
    if (not texte.isascii() and "\ufffd" in texte) or "\x00" in texte:
        nom = next(nom for nom, valeur in zip(noms, valeurs, strict=True) if "\ufffd" in valeur or "\x00" in valeur)
        raise LigneInvalide(f"{_LIBELLES.get(nom, nom)} : caractère illisible.")


def remarque(numero: str, ligne: int) -> Rejetee | None:
    """A remark on a number whose key is wrong; the record is taken all the same."""
    if finess_valide(numero):
        return None
    return Rejetee(ligne, numero, numero, "Clé du numéro FINESS inexacte : ligne retenue, à vérifier.", True)
