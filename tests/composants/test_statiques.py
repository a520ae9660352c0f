"""The files served to browsers: those of others unchanged, ours without literal colour, the whole light enough."""

import gzip
import hashlib
import re
from pathlib import Path

import django_htmx
import pytest

from ror.commun.marques import SPRITE, icones_connues

RACINE = Path(__file__).resolve().parents[2]
STATIQUES = RACINE / "static"
VENDOR = STATIQUES / "vendor"
FEUILLES = sorted((STATIQUES / "css").glob("*.css"))


def test_fichiers_d_autrui_inchanges():
    lignes = (VENDOR / "SHA256SUMS").read_text().splitlines()
    sommes = {nom: somme for somme, nom in (ligne.split("  ") for ligne in lignes)}
    presents = {f.relative_to(VENDOR).as_posix(): f for f in VENDOR.rglob("*") if f.is_file()}
    del presents["SHA256SUMS"]
    assert {nom: hashlib.sha256(f.read_bytes()).hexdigest() for nom, f in presents.items()} == sommes


@pytest.mark.parametrize("feuille", [f for f in FEUILLES if f.name != "jetons.css"], ids=lambda f: f.name)
def test_aucune_couleur_hors_des_jetons(feuille):
    assert re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", feuille.read_text()) == []


@pytest.mark.parametrize("feuille", FEUILLES, ids=lambda f: f.name)
def test_jetons_employes_definis(feuille):
    definis = set(re.findall(r"(--[\w-]+):", "".join(f.read_text() for f in FEUILLES)))
    employes = set(re.findall(r"var\((--(?:ror-|e\d)[\w-]*)", feuille.read_text()))
    assert employes <= definis


def test_sprite_sans_doublon_ni_script():
    noms = re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text())
    assert len(noms) == len(set(noms)) == len(icones_connues())
    assert "<script" not in SPRITE.read_text()


def test_premiere_visite_legere():
    """What every page loads, with the tree, is far below the 200 KB of ARCHITECTURE §9: 50 KB stay for its HTML."""
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    fichiers = [
        VENDOR / "bootstrap" / "bootstrap.min.css",
        VENDOR / "bootstrap" / "bootstrap.bundle.min.js",
        htmx,
        SPRITE,
        STATIQUES / "marque.svg",
        *FEUILLES,
        *(STATIQUES / "js").glob("*.js"),
    ]
    assert sum(len(gzip.compress(f.read_bytes())) for f in fichiers) < 150_000
