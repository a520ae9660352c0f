"""Forms as a browser without script reads and sends them, for the tests of pages."""

from html.parser import HTMLParser
from typing import Any


class _Lecteur(HTMLParser):
    """Collects the controls of the forms of a page: name → values that would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.formulaires: list[tuple[str, dict[str, list[str]]]] = []
        self.boutons: list[tuple[str, str]] = []
        self.courant: dict[str, list[str]] | None = None
        self.texte: str | None = None
        self.choix: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, balise: str, attributs: list) -> None:
        a = dict(attributs)
        if balise == "form":
            self.courant = {}
            self.formulaires.append((a.get("action") or "", self.courant))
        if self.courant is None:
            return
        nom = a.get("name")
        if balise == "button" and nom:
            self.boutons.append((nom, a.get("value") or ""))
        elif balise == "input" and nom:
            case = a.get("type") in ("checkbox", "radio")
            if (not case or "checked" in a) and a.get("type") != "submit":
                sans_valeur = case and "value" not in a  # a browser then sends « on »
                self.courant.setdefault(nom, []).append("on" if sans_valeur else a.get("value") or "")
        elif balise == "textarea" and nom:
            self.courant.setdefault(nom, []).append("")
            self.texte = nom
        elif balise == "select" and nom:
            self.choix = (nom, [])
        elif balise == "option" and self.choix:
            self.choix[1].append((a.get("value") or "", "selected" in a))

    def handle_data(self, donnees: str) -> None:
        if self.texte and self.courant is not None:
            self.courant[self.texte][-1] += donnees

    def handle_endtag(self, balise: str) -> None:
        if balise == "textarea" and self.texte and self.courant is not None:
            # A browser drops the first line break of the markup, and sends CRLF.
            valeur = self.courant[self.texte][-1].removeprefix("\n").replace("\n", "\r\n")
            self.courant[self.texte][-1] = valeur
            self.texte = None
        elif balise == "select" and self.choix and self.courant is not None:
            nom, options = self.choix
            choisies = [valeur for valeur, choisie in options if choisie] or [v for v, _ in options[:1]]
            self.courant.setdefault(nom, []).extend(choisies)
            self.choix = None
        elif balise == "form":
            self.courant = None


def lire_formulaire(html: str, action: str) -> dict[str, Any]:
    """Returns what would be sent by the form posted to `action` if nothing were typed: name → list of values.

    Raises:
        AssertionError: no such form in the page.
    """
    lecteur = _Lecteur()
    lecteur.feed(html)
    for adresse, champs in lecteur.formulaires:
        if adresse == action:
            return {nom: list(valeurs) for nom, valeurs in champs.items()}
    raise AssertionError(f"No form posted to {action} among {[a for a, _ in lecteur.formulaires]}")
