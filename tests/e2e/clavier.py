"""Hands on a keyboard alone: Tab until something named, letters, arrows. What the focus does wrong fails on the way."""

import re
import unicodedata
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from .navigation import attendre_calme

LIMITE = 150
"""Presses of Tab that nobody would go beyond."""

_FOCUS = """(visees) => {
    const e = document.activeElement;
    if (!e || e === document.body) return { ici: false, dit: "(début de page)", defaut: "" };
    const dit = (e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText || e.title || e.id).trim();
    const trace = (x) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(x);
        return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    };
    const proches = [e, ...(e.labels || []), ...e.children, e.parentElement];
    // a part of a date is shown by the browser itself
    const parties = ["date", "datetime-local", "time", "month"].includes(e.type);
    const montre = parties || proches.some(trace);  // the halo alone has the colour of what is around
    const boites = [...e.getClientRects()].filter((r) => r.width && r.height);
    const dedans = ([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
    const touche = ([x, y]) => {
        const dessus = document.elementFromPoint(x, y);
        return dessus && (e.contains(dessus) || dessus.contains(e) || dessus.closest("label")?.control === e);
    };
    const points = boites.flatMap((r) => [0.1, 0.5, 0.9].flatMap((a) => [0.2, 0.5, 0.8].map(
        (b) => [r.left + r.width * a, r.top + r.height * b])));
    let defaut = "";
    if (!boites.length) defaut = "n’a pas de surface";
    else if (!points.some(dedans)) defaut = "est hors de l’écran";
    else if (!points.filter(dedans).some(touche)) defaut = "est caché par autre chose";
    else if (!montre) defaut = "n’est pas montré";
    e.__pas = e.__pas || Math.random();
    return { ici: visees.includes(e), dit: dit.replace(/\\s+/g, " ").slice(0, 60), defaut, cle: e.__pas };
}"""
"""Where the focus is, and what is wrong with it for the eyes: out of sight, under something, without a mark."""


def sans_accent(texte: str) -> str:
    """The letters alone: a test has no dead keys, and the tree asks for none."""
    return "".join(c for c in unicodedata.normalize("NFD", texte) if not unicodedata.combining(c))


class Clavier:
    """One person at her keyboard. No method clicks, fills or goes to an address."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # ---------- keys ----------

    def presser(self, *touches: str) -> None:
        for touche in touches:
            self.page.keyboard.press(touche)

    def ecrire(self, texte: str) -> None:
        """Types in place of what the field holds."""
        self.presser("Control+a")
        self.page.keyboard.type(texte)

    # ---------- going to something ----------

    def aller_a(self, role: str, nom: str | re.Pattern, *, arriere: bool = False, rang: int | None = None) -> None:
        """Presses Tab until the focus is on something of that role whose accessible name holds `nom`.

        Args:
            role: as a screen reader says it.
            nom: part of the name, or a pattern.
            arriere: with Shift+Tab.
            rang: which one, when the page has several of that name.
        """
        attendre_calme(self.page)
        visees = self.page.get_by_role(role, name=nom)
        self._tabuler(visees if rang is None else visees.nth(rang), f"{role} « {nom} »", arriere)

    def aller_a_l_element(self, element: Locator) -> None:
        """The same, for something that its name alone does not tell from others."""
        attendre_calme(self.page)
        self._tabuler(element, str(element), False)

    def _tabuler(self, visees: Locator, quoi: str, arriere: bool) -> None:
        rencontres: list[str] = []
        immobile, derniere = 0, None
        for _ in range(LIMITE):
            self.presser("Shift+Tab" if arriere else "Tab")
            focus = visees.evaluate_all(_FOCUS)
            rencontres.append(focus["dit"])
            assert not focus["defaut"], f"Le focus {focus['defaut']} sur « {focus['dit']} » ({self.page.url})"
            if focus["ici"]:
                return
            immobile = immobile + 1 if focus.get("cle") == derniere else 0
            derniere = focus.get("cle")
            assert immobile < 8, f"Tab reste pris dans « {focus['dit']} » ({self.page.url})"
        raise AssertionError(f"Tab ne mène pas à {quoi} sur {self.page.url} ; rencontrés : {rencontres[-60:]}")

    def au_contenu(self) -> None:
        """« Aller au contenu », the first stop of every page."""
        self.aller_a("link", "Aller au contenu")
        self.presser("Enter")

    # ---------- gestures ----------

    def suivre(self, nom: str | re.Pattern, titre: str | re.Pattern, **options) -> None:
        """Follows a link, and waits for the page of that title."""
        self.aller_a("link", nom, **options)
        self.presser("Enter")
        self.titre(titre)

    def activer(self, nom: str | re.Pattern, role: str = "button", **options) -> None:
        self.aller_a(role, nom, **options)
        self.presser("Enter")

    def cocher(self, nom: str | re.Pattern, role: str = "checkbox", **options) -> None:
        """Ticks; for a group of radio buttons the focus is on the one ticked or the first: arrows do the rest."""
        self.aller_a(role, nom, **options)
        self.presser("Space")

    def saisir(self, nom: str | re.Pattern, texte: str, role: str = "textbox", **options) -> None:
        self.aller_a(role, nom, **options)
        self.ecrire(texte)

    def choisir(self, nom: str | re.Pattern, debut: str) -> None:
        """Goes down a list to the first choice that begins so."""
        self.aller_a("combobox", nom)
        self.presser("Home")
        for _ in range(60):
            choix = self.page.evaluate("document.activeElement.selectedOptions[0].text.trim()")
            if choix.startswith(debut):
                return
            self.presser("ArrowDown")
        raise AssertionError(f"Aucun choix de « {nom} » ne commence par « {debut} »")

    def choisir_bouton(self, groupe: str | re.Pattern, nom: str | re.Pattern) -> None:
        """Enters a group of radio buttons, and goes down to one of them."""
        attendre_calme(self.page)
        boutons = self.page.get_by_role("group", name=groupe).get_by_role("radio")
        self._tabuler(boutons, f"groupe « {groupe} »", False)
        voulu = self.page.get_by_role("radio", name=nom)
        if voulu.evaluate("e => e === document.activeElement"):
            self.presser("Space")
        for _ in range(boutons.count()):
            if voulu.is_checked():
                return
            self.presser("ArrowDown")
        raise AssertionError(f"Les flèches ne mènent pas à « {nom} »")

    def dans_le_menu(self, entree: str, titre: str | re.Pattern, *, menu: str = "Menu") -> None:
        """Opens a menu of the banner, goes down to an entry, and follows it."""
        self.activer(menu)
        self._descendre(self.page.get_by_role("link", name=entree), entree)
        self.presser("Enter")
        self.titre(titre)

    def actions_du_noeud(self, entree: str) -> None:
        """« Actions » of the node that has the focus."""
        self.presser("Shift+F10")
        expect(self.page.get_by_role("menuitem").first).to_be_focused()
        voulue = self.page.get_by_role("menuitem", name=entree)
        if not voulue.evaluate("e => e === document.activeElement"):
            self._descendre(voulue, entree)
        self.presser("Enter")

    def _descendre(self, voulue: Locator, nom: str) -> None:
        for _ in range(40):
            self.presser("ArrowDown")
            if voulue.evaluate_all(_FOCUS)["ici"]:
                return
        raise AssertionError(f"Les flèches ne mènent pas à « {nom} »")

    def chercher(self, texte: str) -> None:
        """« / », what is looked for, Enter."""
        attendre_calme(self.page)
        self.presser("/")
        self.page.keyboard.type(texte)
        self.presser("Enter")
        self.titre("Recherche")

    # ---------- the tree ----------

    def noeud(self, nom: str) -> Locator:
        return self.page.get_by_role("treeitem", name=re.compile(rf"^{re.escape(nom)}"))

    def entrer_dans_l_arbre(self) -> None:
        """The tree is one stop of Tab: the focus comes on one of its nodes."""
        attendre_calme(self.page)
        self._tabuler(self.page.get_by_role("treeitem"), "l’arborescence", False)
        self.presser("Home")

    def descendre_a(self, *noms: str) -> None:
        """From the first node, goes down branch after branch by typing names, unrolling all but the last."""
        for rang, nom in enumerate(noms):
            self.presser("Escape")  # what is typed next is another name
            self.page.keyboard.type(sans_accent(nom).split("’")[0])
            for _ in range(20):
                if self.noeud(nom).evaluate_all(_FOCUS)["ici"]:
                    break
                self.presser("ArrowDown")
            expect(self.noeud(nom)).to_be_focused()
            if rang < len(noms) - 1:
                if self.noeud(nom).get_attribute("aria-expanded") != "true":
                    self.presser("ArrowRight")
                expect(self.noeud(nom)).to_have_attribute("aria-expanded", "true")

    # ---------- what is seen ----------

    def titre(self, texte: str | re.Pattern) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(texte)
        attendre_calme(self.page)

    def lu(self, texte: str | re.Pattern) -> None:
        """The page says so, in what it shows."""
        expect(self.page.locator("main").get_by_text(texte).first).to_be_visible()

    @contextmanager
    def fichier(self, nom: str):
        """A file comes down during the gesture; its name holds `nom`."""
        with self.page.expect_download() as recu:
            yield
        assert nom in recu.value.suggested_filename
