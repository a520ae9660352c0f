"""A real Chromium on the live server: `page` fails its test on any console error, failed or foreign request."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from outils.navigateur import trouver
from tests.e2e import demonstration as region_fictive
from tests.e2e.navigation import ouvrir_contexte

expect.set_options(timeout=20_000)  # the machine may be busy; what is there already is not waited for


@dataclass
class Anomalies:
    """What went wrong in a page. A test that provokes a refused request (409…) adds its status to `statuts_admis`."""

    hote: str
    vues: list[str] = field(default_factory=list)
    statuts_admis: set[int] = field(default_factory=set)

    def console(self, message: ConsoleMessage) -> None:
        """Note the errors of scripts, styles and CSP; refused requests are judged by `reponse`, with their status."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.vues.append(f"console : {message.text}")

    def requete(self, requete: Request) -> None:
        """Note a request outside the portal."""
        adresse = urlsplit(requete.url)
        if adresse.scheme in ("http", "https", "ws", "wss") and adresse.netloc != self.hote:
            self.vues.append(f"requête hors du portail : {requete.url}")

    def echec(self, requete: Request) -> None:
        """Note a request without answer, except one the page itself gave up."""
        if requete.failure != "net::ERR_ABORTED":
            self.vues.append(f"requête sans réponse : {requete.url} ({requete.failure})")

    def reponse(self, reponse: Response) -> None:
        """Note a refused request; the status of a page someone goes to is the test's own business, but for a 5xx."""
        visitee = reponse.request.is_navigation_request() and reponse.status < 500
        if reponse.status >= 400 and not visitee and reponse.status not in self.statuts_admis:
            self.vues.append(f"réponse {reponse.status} : {reponse.url}")


@pytest.fixture(scope="session")
def navigateur() -> Iterator[Browser]:
    """The Chromium of the session."""
    chemin = trouver()
    if chemin is None:
        pytest.fail("Aucun Chromium : lancez « make test », qui en installe un.")
    options = ["--disable-background-networking", "--disable-component-update", "--disable-gpu"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        # Playwright's synchronous API keeps an event loop in this thread; Django would then refuse every ORM call of
        # the test, although none runs inside a coroutine.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        navigateur = playwright.chromium.launch(executable_path=chemin, args=options)
        yield navigateur
        navigateur.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def anomalies(live_server: LiveServer) -> Anomalies:
    """What `page` observes; checked at the end of the test."""
    return Anomalies(urlsplit(live_server.url).netloc)


@pytest.fixture
def page(navigateur: Browser, live_server: LiveServer, anomalies: Anomalies) -> Iterator[Page]:
    """A page of 1280 × 800 in a context of its own, in French, whose relative addresses are the live server's."""
    contexte = ouvrir_contexte(navigateur, live_server.url, viewport={"width": 1280, "height": 800})
    contexte.on("console", anomalies.console)
    contexte.on("weberror", lambda erreur: anomalies.vues.append(f"script : {erreur.error}"))
    contexte.on("request", anomalies.requete)
    contexte.on("requestfailed", anomalies.echec)
    contexte.on("response", anomalies.reponse)
    yield contexte.new_page()
    contexte.close()
    if anomalies.vues:
        pytest.fail("\n".join(anomalies.vues))


@pytest.fixture(scope="session")
def copie_de_la_demonstration(django_db_setup, django_db_blocker) -> region_fictive.Copie:
    """The rows of the demonstration, made once."""
    with django_db_blocker.unblock():
        return region_fictive.copier()


@pytest.fixture
def demonstration(copie_de_la_demonstration: region_fictive.Copie, transactional_db) -> Iterator[None]:
    """The demonstration, as on its first day."""
    cache.clear()
    region_fictive.restaurer(copie_de_la_demonstration)
    yield
    region_fictive.vider(copie_de_la_demonstration)
