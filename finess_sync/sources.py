"""Where the files come from: this machine, or the data.gouv.fr catalogue with resumable downloads (FINESS.md §1.2)."""

import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from ror.commun.erreurs import ErreurMetier
from ror.commun.services_locaux import dossier_etat

_TITRE = re.compile(r"^finess-structures-journalier-(\d{8})\.json\.gz$")
_DELAI = 60  # seconds without an answer
_BLOC = 1 << 20
_ESSAIS = 5
_AGENT = "portail-ror"

Progres = Callable[[int, int], None]
"""Told of the bytes received, on how many."""


class SourceIndisponible(ErreurMetier):
    """The source does not answer, or gives a damaged file: worth trying again later (502)."""

    statut = 502


class SourceInconnue(ErreurMetier):
    """The file named does not exist: trying again would not help."""


class Source(Protocol):
    """Something that gives the files of one run; `str` of it is what the screens show."""

    def obtenir(self, progres: Progres) -> list[Path]:
        """Returns the local files to read."""
        ...


@dataclass(frozen=True)
class SourceLocale:
    """Files of this machine."""

    chemins: Sequence[Path]

    def __str__(self) -> str:
        return ", ".join(chemin.name for chemin in self.chemins)

    def obtenir(self, progres: Progres) -> list[Path]:
        """Returns the files; raises `SourceInconnue` for one that is missing."""
        for chemin in self.chemins:
            if not chemin.is_file():
                raise SourceInconnue(f"Fichier introuvable : {chemin}")
        return list(self.chemins)


@dataclass(frozen=True)
class Ressource:
    """One file of the catalogue."""

    titre: str
    url: str
    taille: int | None
    sha1: str | None


@dataclass(frozen=True)
class SourceCatalogue:
    """The newest daily file of the data.gouv.fr dataset.

    Attributes:
        adresse: API address of the dataset.
        dossier: where files are kept; a partial one is resumed.
    """

    adresse: str
    dossier: Path

    def __str__(self) -> str:
        return self.adresse

    def obtenir(self, progres: Progres) -> list[Path]:
        """Returns the newest file, downloaded unless it is already there whole; older ones are removed."""
        ressource = plus_recente(self._catalogue())
        self.dossier.mkdir(parents=True, exist_ok=True)
        cible = self.dossier / ressource.titre
        if not (cible.is_file() and _conforme(cible, ressource)):
            telecharger(ressource, cible, progres)
        for ancien in self.dossier.glob("finess-structures-*"):
            if ancien != cible:
                ancien.unlink()
        return [cible]

    def _catalogue(self) -> dict:
        try:
            with urllib.request.urlopen(_requete(self.adresse), timeout=_DELAI) as reponse:
                return json.load(reponse)
        except (OSError, ValueError) as erreur:
            raise SourceIndisponible(f"Le catalogue data.gouv.fr ne répond pas : {_dire(erreur)}.") from erreur


def source_par_defaut() -> Source:
    """The source of the nightly run: FINESS_SOURCE when it names a file, else the catalogue."""
    if settings.FINESS_SOURCE:
        return SourceLocale([Path(nom) for nom in settings.FINESS_SOURCE.split(",")])
    return SourceCatalogue(settings.FINESS_CATALOGUE, dossier_etat() / "finess")


def plus_recente(catalogue: dict) -> Ressource:
    """The daily resource of the latest date, told by its title.

    Raises:
        SourceIndisponible: the catalogue has none.
    """
    trouvees = []
    for ressource in catalogue.get("resources") or ():
        titre = _TITRE.match(ressource.get("title") or "")
        if titre and ressource.get("url"):
            somme = ressource.get("checksum") or {}
            sha1 = somme.get("value") if somme.get("type") == "sha1" else None
            trouvees.append((titre[1], Ressource(titre[0], ressource["url"], ressource.get("filesize"), sha1)))
    if not trouvees:
        raise SourceIndisponible("Le catalogue data.gouv.fr n’a aucun fichier « finess-structures-journalier ».")
    return max(trouvees, key=lambda paire: paire[0])[1]


def telecharger(ressource: Ressource, cible: Path, progres: Progres) -> None:
    """Downloads a file beside its final name, resuming what a former try received, then checks and renames it.

    Raises:
        SourceIndisponible: no answer after several tries, or a file that is not the one announced.
    """
    partiel = cible.with_name(cible.name + ".partiel")
    for essai in range(1, _ESSAIS + 1):
        try:
            _recevoir(ressource, partiel, progres)
            break
        except OSError as erreur:
            definitive = isinstance(erreur, urllib.error.HTTPError) and erreur.code < 500 and erreur.code != 416
            if isinstance(erreur, urllib.error.HTTPError) and erreur.code == 416:
                partiel.unlink(missing_ok=True)  # what was kept is longer than the file offered
            if definitive or essai == _ESSAIS:
                raise SourceIndisponible(f"Téléchargement interrompu : {_dire(erreur)}.") from erreur
    if not _conforme(partiel, ressource):
        partiel.unlink()
        raise SourceIndisponible(
            f"Le fichier reçu « {ressource.titre} » n’a pas la taille ou l’empreinte annoncée par data.gouv.fr."
        )
    partiel.rename(cible)


def _recevoir(ressource: Ressource, partiel: Path, progres: Progres) -> None:
    deja = partiel.stat().st_size if partiel.exists() else 0
    if deja and ressource.taille and deja >= ressource.taille:
        return
    requete = _requete(ressource.url)
    if deja:
        requete.add_header("Range", f"bytes={deja}-")
    with urllib.request.urlopen(requete, timeout=_DELAI) as reponse:
        suite = reponse.status == 206
        attendus = int(reponse.headers.get("Content-Length") or 0) + (deja if suite else 0)
        recus = deja if suite else 0
        with partiel.open("ab" if suite else "wb") as fichier:
            while bloc := reponse.read(_BLOC):
                fichier.write(bloc)
                recus += len(bloc)
                progres(recus, attendus)
    if attendus and recus < attendus:
        raise ConnectionError(f"{recus} octets reçus sur {attendus}")


def _conforme(fichier: Path, ressource: Ressource) -> bool:
    if ressource.taille and fichier.stat().st_size != ressource.taille:
        return False
    if not ressource.sha1:
        return True
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha1").hexdigest() == ressource.sha1.lower()


def _requete(adresse: str) -> urllib.request.Request:
    if not adresse.startswith(("https://", "http://")):
        raise SourceIndisponible(f"Adresse refusée : {adresse}")
    return urllib.request.Request(adresse, headers={"User-Agent": _AGENT})


def _dire(erreur: BaseException) -> str:
    if isinstance(erreur, urllib.error.HTTPError):
        return f"réponse {erreur.code}"
    if isinstance(erreur, TimeoutError):
        return f"aucune réponse en {_DELAI} secondes"
    return str(getattr(erreur, "reason", "") or erreur) or type(erreur).__name__
