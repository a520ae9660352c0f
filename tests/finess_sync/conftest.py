"""Files of a few fictional establishments, in the official layouts, changed at will."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from finess_sync import regles
from finess_sync.application import synchroniser
from finess_sync.lecture.classique import COLONNES_EJ, COLONNES_ET
from finess_sync.models import Execution, Garde, RegleEcart, Temoin
from finess_sync.sources import SourceLocale
from tests.fabriques import RegionFactory
from tests.fabriques.structures import finess


@pytest.fixture(autouse=True)
def _reglages(request):
    """The rules of a new portal; a flush of a transactional test takes away those of the migration."""
    marque = request.node.get_closest_marker("django_db")
    if marque or "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        regles.semer(RegleEcart, Garde, Temoin)
        RegionFactory()


@pytest.fixture
def petit_stock():
    """Lets a stock of a few establishments be a complete one."""
    Garde.objects.filter(pk="lignes_minimum").update(seuil=0)
    Temoin.objects.all().delete()


@dataclass
class Classique:
    """A classic file to be: its rows as column → value, by number."""

    dossier: Path
    jour: str = "2026-10-01"
    eg: dict[str, dict] = field(default_factory=dict)
    ej: dict[str, dict] = field(default_factory=dict)
    positions: dict[str, tuple[float, float, str]] = field(default_factory=dict)
    en_trop: list[str] = field(default_factory=list)
    codage: str = "utf-8"
    tirages: int = 0

    def etablissement(self, rang: int, **valeurs) -> str:
        """Adds an EG; returns its number."""
        numero = finess(910_000 + rang)
        self.eg[numero] = {
            "nofinesset": numero,
            "nofinessej": finess(990_000),
            "rs": f"EHPAD NUMERO {rang}",
            "voie": "DES TILLEULS",
            "numvoie": "12",
            "commune": "288",
            "departement": "77",
            "ligneacheminement": "77000 MELUN",
            "telephone": "0199002700",
            "categetab": "500",
            "siret": f"{77000000000000 + rang}",
            "datemaj": "2026-01-01",
        } | valeurs
        self.positions[numero] = (694300.2, 6832100.5, "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93")
        return numero

    def entite(self, numero: str, **valeurs) -> str:
        """Adds an EJ row."""
        self.ej[numero] = {
            "nofiness": numero,
            "rs": "ASSOCIATION LES HORIZONS",
            "commune": "288",
            "departement": "77",
            "ligneacheminement": "77000 MELUN",
            "siren": "770009018",
            "datecrea": "1985-01-01",
        } | valeurs
        return numero

    def ecrire(self) -> Path:
        """Writes the EG file."""
        lignes = [_ligne("structureet", COLONNES_ET, eg) for eg in self.eg.values()]
        lignes += [
            f"geolocalisation;{numero};{x};{y};{source};2020-01-01"
            for numero, (x, y, source) in self.positions.items()
            if numero in self.eg
        ]
        return self._fichier("507", lignes + self.en_trop)

    def ecrire_ej(self) -> Path:
        """Writes the EJ file."""
        return self._fichier("501", [_ligne("structureej", COLONNES_EJ, ej) for ej in self.ej.values()])

    def _fichier(self, code: str, lignes: list[str]) -> Path:
        self.tirages += 1
        chemin = self.dossier / f"etalab-cs1100{code}-{self.tirages}.csv"
        chemin.write_bytes("\n".join([f"finess;etalab;{self.tirages};{self.jour}", *lignes, ""]).encode(self.codage))
        return chemin


def _ligne(section: str, colonnes: tuple[str, ...], valeurs: dict) -> str:
    textes = [section, *(str(valeurs.get(colonne, "")) for colonne in colonnes[1:])]
    return ";".join('"' + t.replace('"', '""') + '"' if '"' in t else t for t in textes)


@pytest.fixture
def classique(tmp_path) -> Classique:
    """Ten establishments of one EJ."""
    fichier = Classique(tmp_path)
    for rang in range(10):
        fichier.etablissement(rang)
    return fichier


@pytest.fixture
def lancer() -> Callable[..., Execution]:
    """Runs a synchronisation for real on the given files."""

    def acte(*chemins: Path, **options) -> Execution:
        options = {"simulation": False, "declenchee_par": "Test"} | options
        return synchroniser(source=SourceLocale(chemins), **options)

    return acte


@pytest.fixture
def finessplus(tmp_path) -> Callable[..., Path]:
    """Writes a FINESS+ file from its PMEJ."""

    def ecrire(pmej: list[dict], *, version: str = "v1.0.0", jour: str = "2026-11-19", brut: bool = False) -> Path:
        document = {"schemaVersion": version, "generatedAt": f"{jour}T02:10:00Z", "gcc": [], "pmej": pmej}
        nom = f"finess-structures-journalier-{jour.replace('-', '')}.json"
        texte = json.dumps(document, ensure_ascii=False).encode()
        chemin = tmp_path / (nom if brut else nom + ".gz")
        chemin.write_bytes(texte if brut else gzip.compress(texte))
        return chemin

    return ecrire
