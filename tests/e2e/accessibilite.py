"""axe-core in the page: the library carries its script (no network), the debugger evaluates it (despite the CSP)."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.e2e.navigation import attendre_calme

_JUGER = """(dans) => axe.run(dans || document, { resultTypes: ["violations"], preload: false }).then((resultat) =>
    resultat.violations.map((v) => `${v.id} (${v.impact}) : ${v.help} → `
        + v.nodes.map((n) => n.target.join(" ")).join(", ")))"""
"""The nodes of violations alone are told: naming all those that pass takes most of the time of a long page."""


def violations_axe(page: Page, *, dans: str | None = None) -> list[str]:
    """Violations of axe's rules in the page, or inside a CSS selector: « rule: help → elements »."""
    attendre_calme(page)  # what is on its way is not judged half drawn
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(_JUGER, dans)
