"""A Chromium without server: the test answers every request itself, with the templates and scripts of the portal."""

import mimetypes
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import django_htmx
import pytest
from django import forms
from django.conf import settings
from django.template import engines
from playwright.sync_api import Browser, Page, Route

from ror.commun.composants import Noeud
from tests.e2e.navigation import ouvrir_contexte

HOTE = "http://ecran.test"
ICI = Path(__file__).parent
DOSSIERS = (Path(settings.RACINE) / "static", Path(django_htmx.__file__).parent / "static")
CSP = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; form-action 'self'"


class Formulaire(forms.Form):
    nom = forms.CharField(label="Nom", help_text="Tel que les usagers le connaissent.")
    genre = forms.ChoiceField(label="Genre", choices=[("m", "mixte"), ("f", "femmes")], widget=forms.RadioSelect)
    modalites = forms.CharField(label="Modalités", widget=forms.Textarea, required=False)


def rendre(source: str, **contexte) -> str:
    """`source` with what every page receives."""
    region = SimpleNamespace(
        nom="Île-de-France",
        nom_application="ROR-IF",
        logo_url="",
        pied_courriel="ror.support@example.org",
        support_telephone="0183763031",
        support_horaires="du lundi au vendredi de 8h à 20h",
    )
    donnees = {
        "region": region,
        "version": "26.11.01",
        "user": SimpleNamespace(pk=1, nom_complet="Camille Démo", is_authenticated=False),
        "menu": [{"url": "/ror/accueil/", "libelle": "Mes accès rapides", "icone": "house", "courant": True}],
        "onglet": "repertoire",
        "messages": [],
        "csrf_token": "jeton",
        "jour": date(2026, 11, 12),
    }
    return engines["django"].from_string(source).render(donnees | contexte)


def lire(nom: str) -> str:
    """Source of a page of this folder."""
    return (ICI / nom).read_text()


def noeud(id: str, niveau: str, nom: str, rang: int = 1, taille: int = 1, **suite) -> Noeud:
    feuille = niveau == "UO"
    adresses = {
        "url": f"/ror/fiche/{id}",
        "actions": f"/ror/actions/{id}",
        "charge": "" if feuille or "enfants" in suite else f"/ror/branche/{id}",
        "deplie": "" if feuille else f"/ror/repertoire/?ouvert={id}",
    }
    return Noeud(id=f"n-{id}", niveau=niveau, nom=nom, rang=rang, taille=taille, **(adresses | suite))


class Reponses:
    """What the pretended server answers: path → function of the query, giving HTML or (status, HTML, headers)."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[dict], str | tuple[int, str, dict]]] = {}
        self.demandes: list[str] = []

    def __call__(self, route: Route) -> None:
        adresse = urlsplit(route.request.url)
        self.demandes.append(f"{route.request.method} {adresse.path}")
        if adresse.path.startswith(settings.STATIC_URL):
            nom = adresse.path.removeprefix(settings.STATIC_URL)
            fichier = next(d / nom for d in DOSSIERS if (d / nom).is_file())
            return route.fulfill(body=fichier.read_bytes(), content_type=mimetypes.guess_type(nom)[0])
        reponse = self.pages[adresse.path](parse_qs(adresse.query))
        statut, html, entetes = reponse if isinstance(reponse, tuple) else (200, reponse, {})
        entetes = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CSP} | entetes
        return route.fulfill(status=statut, body=html, headers=entetes)


@pytest.fixture
def reponses() -> Reponses:
    serveur = Reponses()
    etages = [noeud("u1", "UO", "Unité de cardiologie", 1, 2), noeud("u2", "UO", "Unité d’Épinay", 2, 2)]
    ouvert = noeud("eg1", "EG", "CH de Valmont", 1, 2, enfants=etages, courant=True)
    racines = [
        noeud("ej1", "EJ", "Association Les Horizons", 1, 214),
        noeud("ej2", "EJ", "Centre hospitalier", 2, 214, enfants=[ouvert, noeud("eg2", "EG", "Étampes", 2, 2)]),
    ]
    serveur.pages |= {
        "/ror/galerie": lambda q: rendre(lire("galerie.html"), f=Formulaire(), jalons=[{"titre": "A"}]),
        "/ror/repertoire/": lambda q: rendre(lire("arbre.html"), noeuds=racines),
        "/ror/branche/ej1": lambda q: rendre(
            "<ul>{% branche n %}</ul>", n=[noeud("eg3", "EG", "EHPAD TEST", 1, 2), noeud("eg4", "EG", "IME", 2, 2)]
        ),
        "/ror/branche/eg2": lambda q: "<ul></ul>",
        "/ror/fiche/u1": lambda q: '<article id="v-fiche"><h2 data-focus>Fiche u1</h2></article>',
        "/ror/dialogue": lambda q: rendre(
            '{% dialogue "Renommer" retour="/ror/galerie" %}'
            '<form method="post" novalidate hx-post="/ror/renommer" hx-target="#dialogue">'
            '{% champ f.nom %}<button class="btn btn-primary">Enregistrer</button></form>{% enddialogue %}',
            f=Formulaire(prefix="d"),
        ),
    }
    return serveur


@pytest.fixture
def ecran(navigateur: Browser, reponses: Reponses) -> Iterator[Page]:
    """A page of the pretended server; errors of scripts or of the CSP fail the test."""
    contexte = ouvrir_contexte(navigateur, HOTE, viewport={"width": 1280, "height": 900})
    erreurs: list[str] = []
    contexte.on("weberror", lambda e: erreurs.append(str(e.error)))
    contexte.on(
        "console",
        lambda m: erreurs.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None,
    )
    contexte.route("**/*", reponses)
    yield contexte.new_page()
    contexte.close()
    assert erreurs == []
