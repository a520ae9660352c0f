"""The Chromium that drives the browser tests: `python -m outils.navigateur` finds one, or installs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NOMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def trouver() -> str | None:
    """Path of a Chromium: variable CHROMIUM, else one on the PATH, else Playwright's own. None when there is none."""
    if choisi := os.environ.get("CHROMIUM"):
        return shutil.which(choisi)
    for nom in NOMS:
        if chemin := shutil.which(nom):
            return chemin
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chemin = playwright.chromium.executable_path
    return chemin if Path(chemin).exists() else None


def installer() -> None:
    """Install Playwright's Chromium, else Debian's when root; a failure of one is no error while the other works."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if trouver() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-q"], check=False)
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", "chromium"], check=False)


def main() -> int:
    """Say which browser the tests use, installing one if needed. Returns the exit code."""
    if trouver() is None and not os.environ.get("CHROMIUM"):
        installer()
    chemin = trouver()
    if chemin is None:
        sys.stderr.write(
            "Aucun navigateur Chromium : installez-en un (sous Debian : apt-get install chromium) ou indiquez-le par "
            "CHROMIUM=/chemin/de/chromium.\n"
        )
        return 1
    sys.stdout.write(f"Navigateur des tests : {chemin}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
