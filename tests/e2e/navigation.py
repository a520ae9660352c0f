"""How the tests hold a browser: a context like a reader's in France, and when a page is at rest."""

from playwright.sync_api import Browser, BrowserContext, Page

_AU_REPOS = """() => {
    const racine = document.documentElement;
    if (!racine || document.readyState !== "complete") return false;
    const attente = racine.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added");
    const place = [scrollX, scrollY, racine.scrollWidth, racine.scrollHeight, innerWidth, innerHeight].join();
    const calme = !attente && place === window.__placeVue
        && document.getAnimations().every((a) => a.playState !== "running");
    window.__imagesCalmes = calme ? (window.__imagesCalmes || 0) + 1 : 0;
    window.__placeVue = place;
    return window.__imagesCalmes >= 2;
}"""
"""Asked at each frame: true once two frames in a row were alike, nothing being asked of the server.

A document that has just begun has no root element yet: it is asked again at the next frame.
"""


def ouvrir_contexte(navigateur: Browser, base: str, **options) -> BrowserContext:
    """A browser of its own, in French.

    Without animation: Bootstrap scrolls smoothly, and a place measured on the way is not the place pressed.
    """
    communs = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "reduced_motion": "reduce"}
    return navigateur.new_context(base_url=base, **{**communs, **options})


def attendre_calme(page: Page) -> None:
    """Waits until the page is whole, asks nothing of the server, and neither moves nor scrolls."""
    page.wait_for_function(_AU_REPOS)
