"""HTML of the rows of the tree. A branch may hold thousands of rows, all in the page: written here, not by templates.

The contract of the markup (ARIA tree, lazy branches) is the one of static/js/arbre.js. Every text is escaped.
"""

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from .models.structure import Etat
from .niveaux import Niveau
from .repertoire import ALPHABET, DEPARTEMENT, Noeud

_NOMS = {n.value: n.nom for n in Niveau} | {DEPARTEMENT: "Département français", ALPHABET: "Ordre alphabétique"}
_ETATS = {Etat.FERMEE_PROVISOIREMENT: "Fermée provisoirement", Etat.FERMEE: "Fermée"}


class Rendu:
    """Renders branches for one page.

    Args:
        adresse: address of the Répertoire page.
        par: how the tree is displayed, kept in every link.
        choisi: key of the node whose fiche is open.
        ouvertes: key → nodes of the branches already unrolled.
    """

    def __init__(
        self, *, adresse: str, par: str, choisi: str = "", ouvertes: Mapping[str, Sequence[Noeud]] | None = None
    ) -> None:
        self.adresse, self.par, self.choisi, self.ouvertes = adresse, par, choisi, ouvertes or {}
        self.icones = static("icones.svg")
        self.branche = reverse("repertoire-branche", args=["CLE"])

    def lignes(self, noeuds: Collection[Noeud], rang: int = 1) -> SafeString:
        """Returns the `<li>` of these nodes, at ARIA level `rang`, with the branches unrolled below them."""
        total = len(noeuds)
        return SafeString("".join(self._ligne(noeud, rang, place, total) for place, noeud in enumerate(noeuds, 1)))

    def groupe(self, noeuds: Collection[Noeud], rang: int, cle: str) -> SafeString:
        """Returns the `<ul role="group">` of a branch: what one unrolling answers."""
        return SafeString(f'<ul role="group" id="{cle}-g">{self.lignes(noeuds, rang)}</ul>')

    def lien(self, noeud: Noeud) -> str:
        """Address of the page that shows this node: its fiche, or its branch unrolled."""
        if noeud.fiche is None:
            return f"{self.adresse}?{urlencode({'par': self.par, 'ouvert': noeud.cle})}"
        requete = {"par": self.par, "fiche": noeud.fiche}
        if noeud.niveau == Niveau.EJ and noeud.cle.startswith("df-"):
            requete["ouvert"] = noeud.cle
        return f"{self.adresse}?{urlencode(requete)}"

    def _ligne(self, noeud: Noeud, rang: int, place: int, total: int) -> str:
        cle, nom, lien = noeud.cle, escape(noeud.nom), escape(self.lien(noeud))
        ouverte = cle in self.ouvertes
        attributs = f'data-niveau="{noeud.niveau}"'
        if noeud.depliable:
            attributs += f' aria-expanded="{"true" if ouverte else "false"}"'
            attributs += (
                f' aria-owns="{cle}-g"'
                if ouverte
                else f' data-charge="{self.branche.replace("CLE", cle)}?par={self.par}&amp;rang={rang + 1}"'
            )
        if noeud.fiche is not None:
            attributs += f' data-fiche="{noeud.fiche}" data-url="{lien}"'
        return (
            f'<li role="none"><div role="treeitem" id="{cle}" class="noeud" aria-level="{rang}" aria-setsize="{total}"'
            f' aria-posinset="{place}" tabindex="-1" aria-labelledby="{cle}-l"'
            f' aria-selected="{"true" if cle == self.choisi else "false"}" {attributs}>'
            f"{self._actions(noeud, nom)}"
            f'<span class="plie" aria-hidden="true">{self._icone("plus-square") if noeud.depliable else ""}</span>'
            f'<span id="{cle}-l" class="nom">{self._puce(noeud)}'
            f'<a class="lib" href="{lien}" tabindex="-1">{nom}</a>{self._etat(noeud)}{_nombre(noeud)}'
            f'<span class="visually-hidden">, {_NOMS[noeud.niveau].lower()}</span></span></div>'
            f"{self.groupe(self.ouvertes[cle], rang + 1, cle) if ouverte else ''}</li>"
        )

    def _actions(self, noeud: Noeud, nom: str) -> str:
        if noeud.fiche is None:
            return '<span class="act" aria-hidden="true"></span>'
        return (
            f'<button type="button" class="act" tabindex="-1" aria-label="Actions : {nom}" aria-haspopup="menu">'
            f"{self._icone('caret-down-fill')}</button>"
        )

    def _icone(self, nom: str) -> str:
        return f'<svg class="bi" aria-hidden="true" focusable="false"><use href="{self.icones}#{nom}"></use></svg>'

    def _puce(self, noeud: Noeud) -> str:
        niveau = noeud.niveau
        return f'<span class="niv niv-{niveau.lower()}" title="{_NOMS[niveau]}" aria-hidden="true">{niveau}</span> '

    def _etat(self, noeud: Noeud) -> str:
        mots = [_ETATS[noeud.etat]] if noeud.etat in _ETATS else []
        marques = [f' <span class="etat etat-fermee">{self._icone("lock")}{mot}</span>' for mot in mots]
        if noeud.provisoire:
            marques.append(f' <span class="etat etat-attente">{self._icone("hourglass-split")}Provisoire</span>')
        return "".join(marques)


def _nombre(noeud: Noeud) -> str:
    return f' <span class="nb">{noeud.nombre}\u00a0{noeud.compte}</span>' if noeud.nombre else ""
