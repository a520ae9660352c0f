"""HTML of the rows of the tree. A branch may hold thousands of rows, all in the page: written here, not by templates.

The contract of the markup is at the head of static/js/arbre.js. Every text that comes from data is escaped.
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
_ETATS = {Etat.FERMEE_PROVISOIREMENT.value: "Fermée provisoirement", Etat.FERMEE.value: "Fermée"}


class Rendu:
    """Renders the branches of one page.

    Args:
        par: how the tree is displayed, kept in every link.
        choisi: key of the node whose fiche is open.
        ouvertes: key → nodes of the branches already unrolled.
    """

    def __init__(self, par: str, choisi: str = "", ouvertes: Mapping[str, Sequence[Noeud]] | None = None) -> None:
        self.par, self.choisi, self.ouvertes = par, choisi, ouvertes or {}
        self.page = reverse("repertoire")
        self.branche = reverse("repertoire-branche", args=["CLE"])
        self.actions = reverse("fiche-actions", args=[0])
        sprite = static("icones.svg")
        self.icones = {
            nom: f'<svg class="bi" aria-hidden="true" focusable="false"><use href="{sprite}#{nom}"></use></svg>'
            for nom in ("caret-down-fill", "lock", "hourglass-split", "eye-slash")
        }

    def lignes(self, noeuds: Collection[Noeud]) -> SafeString:
        """Returns the `<li>` of these nodes, with the branches unrolled below them."""
        return SafeString("".join(map(self._ligne, noeuds)))

    def _ligne(self, noeud: Noeud) -> str:
        ouverte = noeud.cle in self.ouvertes
        charge = noeud.depliable and not ouverte
        adresse = self.branche.replace("CLE", noeud.cle)
        return (
            f'<li><div class="noeud" id="{noeud.cle}" data-niveau="{noeud.niveau}" data-dit="{_dit(noeud)}"'
            + (f' data-charge="{adresse}?par={self.par}"' if charge else "")
            + f">{self._actions(noeud)}{self._pli(noeud)}{_puce(noeud.niveau)}{self._nom(noeud)}{self._marques(noeud)}"
            + (f'<span class="nb">{noeud.nombre}\u00a0{noeud.compte}</span>' if noeud.nombre else "")
            + "</div>"
            + (f"<ul>{self.lignes(self.ouvertes[noeud.cle])}</ul>" if ouverte else "")
            + "</li>"
        )

    def _actions(self, noeud: Noeud) -> str:
        if noeud.fiche is None:
            return ""
        adresse = self.actions.replace("/0/", f"/{noeud.fiche}/")
        return (
            f'<a class="act" href="{adresse}">{self.icones["caret-down-fill"]}'
            f'<span class="visually-hidden">Actions : {escape(noeud.nom)}</span></a>'
        )

    def _pli(self, noeud: Noeud) -> str:
        if not noeud.depliable:
            return '<span class="plie"></span>'
        adresse = f"{self.page}?{urlencode({'par': self.par, 'ouvert': noeud.cle})}"
        return f'<a class="plie" href="{escape(adresse)}" aria-label="Déplier {escape(noeud.nom)}"></a>'

    def _nom(self, noeud: Noeud) -> str:
        if noeud.fiche is None:
            return f'<span class="lib">{escape(noeud.nom)}</span>'
        requete = {"par": self.par, "fiche": noeud.fiche}
        if noeud.cle.startswith("df-"):
            requete["ouvert"] = noeud.cle
        courant = ' aria-current="page"' if noeud.cle == self.choisi else ""
        return f'<a class="lib" href="{self.page}?{escape(urlencode(requete))}"{courant}>{escape(noeud.nom)}</a>'

    def _marques(self, noeud: Noeud) -> str:
        marques = ""
        if mot := _ETATS.get(noeud.etat):
            marques += f'<span class="etat etat-fermee">{self.icones["lock"]}{mot}</span>'
        if noeud.provisoire:
            marques += f'<span class="etat etat-attente">{self.icones["hourglass-split"]}Provisoire</span>'
        if noeud.masque:
            marques += f'<span class="etat etat-info">{self.icones["eye-slash"]}{escape(noeud.masque)} décochée</span>'
        return marques


def _puce(niveau: str) -> str:
    return f'<span class="niv niv-{niveau.lower()}" title="{_NOMS[niveau]}" aria-hidden="true">{niveau}</span>'


def _dit(noeud: Noeud) -> str:
    """What screen readers say after the name: level, state, count."""
    mots = [_NOMS[noeud.niveau].lower(), _ETATS.get(noeud.etat, "").lower(), "provisoire" if noeud.provisoire else ""]
    mots.append(f"{escape(noeud.masque)} décochée" if noeud.masque else "")
    mots.append(f"{noeud.nombre} {noeud.compte}" if noeud.nombre else "")
    return ", ".join(filter(None, mots))
