"""axe-core in the page: the library carries its script (no network), the debugger evaluates it (despite the CSP)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.navigation import attendre_calme


def violations_axe(page: Page, *, dans: str | None = None) -> list[str]:
    """Violations of axe's rules in the page, or inside a CSS selector: « rule: help → elements »."""
    attendre_calme(page)  # what is on its way is not judged half drawn
    resultats = Axe().run(page, context=dans)
    return [
        f"{violation['id']} ({violation['impact']}) : {violation['help']} → "
        + ", ".join(" ".join(map(str, noeud["target"])) for noeud in violation["nodes"])
        for violation in resultats.response["violations"]
    ]
