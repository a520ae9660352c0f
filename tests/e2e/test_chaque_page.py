"""Every page of the portal in a real Chromium: accessible, within the screen, light, and nothing leaves the host (B57).

`page` fails its test on any console error, among them those of the CSP, and on any request to another host.
"""

import gzip
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Response
from pytest_django.live_server_helper import LiveServer

from ror.comptes.middleware import PUBLIQUES

from .accessibilite import violations_axe
from .demonstration import personne
from .navigation import attendre_calme
from .portes import adresses, pages_ouvertes, peupler

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
BUDGET = 200_000
"""Bytes of a first load, compressed, nothing in the cache."""
LARGEURS = (1280, 390)
PAR_PERSONNE = {
    "andreaadmin": None,
    "": sorted(PUBLIQUES),
    "camilledemo": ["accueil", "fiche", "a-relire", "relecture", "dossier"],
    "dominiqueregion": ["accueil", "a-valider", "dossier-relecture", "dossier-suivi", "avis", "finess"],
    "loulecture": ["accueil", "fiche", "repertoire", "recherche", "dossiers", "mes-recherches"],
}
"""Person (nobody is « ») → the names of the pages she opens; all of them: None."""
AU_MOINS = {"andreaadmin": 115, "": 8, "camilledemo": 11, "dominiqueregion": 7, "loulecture": 11}
"""Fewer pages than that: the walk has lost its way."""

_ETAT = """() => ({
    titre: document.title,
    langue: document.documentElement.lang,
    h1: document.querySelectorAll("h1").length,
    depasse: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


class Poids:
    """What each page brings at its first load, as the portal sends it: files are kept compressed beside themselves."""

    def __init__(self, page: Page) -> None:
        self.recues: list[Response] = []
        page.on("response", lambda reponse: self.recues.append(reponse))  # a builtin cannot be wrapped
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})

    def total(self) -> int:
        return sum(map(self._octets, self.recues))

    def _octets(self, reponse: Response) -> int:
        chemin = urlsplit(reponse.url).path
        if chemin.startswith(settings.STATIC_URL):
            return _compresse(chemin.removeprefix(settings.STATIC_URL))
        return reponse.request.sizes()["responseBodySize"]


@cache
def _compresse(nom: str) -> int:
    contenu = Path(finders.find(nom)).read_bytes()
    return min(len(contenu), len(gzip.compress(contenu, 9, mtime=0)))


def connecter(page: Page, base: str, identifiant: str) -> Client:
    """Signs in, and returns a client of the same person."""
    client = Client()
    if identifiant:
        client.force_login(personne(identifiant))
        valeur = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": valeur, "url": base}])
    return client


def defauts(page: Page) -> list[str]:
    """What is wrong with the page as it is, at its present width."""
    vus = violations_axe(page)
    etat = page.evaluate(_ETAT)
    if etat["depasse"] > 0:
        vus.append(f"dépasse de {etat['depasse']} px")
    if etat["h1"] != 1:
        vus.append(f"{etat['h1']} titres h1")
    if etat["langue"] != "fr" or not etat["titre"].strip():
        vus.append(f"langue « {etat['langue']} », titre « {etat['titre']} »")
    return vus


@pytest.mark.exigence("B57")
@pytest.mark.parametrize("identifiant", PAR_PERSONNE)
def test_chaque_page(page: Page, live_server: LiveServer, demonstration, identifiant: str):
    client = connecter(page, live_server.url, identifiant)
    noms = PAR_PERSONNE[identifiant]
    toutes = adresses(peupler())
    candidates = [a for nom, liste in toutes.items() if noms is None or nom in noms for a in liste]
    pages = pages_ouvertes(client, candidates)
    assert len(pages) >= AU_MOINS[identifiant], pages
    poids = Poids(page)
    vus: list[str] = []
    for adresse in pages:
        poids.recues.clear()
        for largeur in LARGEURS:
            page.set_viewport_size({"width": largeur, "height": 800})
            if largeur == LARGEURS[0]:
                page.goto(adresse)
                attendre_calme(page)
                if poids.total() > BUDGET:
                    vus.append(f"{adresse} : {poids.total()} octets")
            vus += [f"{adresse} à {largeur} px : {defaut}" for defaut in defauts(page)]
    assert vus == []
