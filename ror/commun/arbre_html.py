"""HTML of the lines of a tree, in Python because a branch may hold thousands: 6 times faster than a template.

The contract with the script is at the top of static/js/arbre.js.
"""

from collections.abc import Iterable
from functools import cache
from html import escape

from django.utils.safestring import SafeString

from ror.commun import marques
from ror.commun.composants import Noeud


def branche(noeuds: Iterable[Noeud]) -> SafeString:
    """Returns the `<li>` of `noeuds`, open branches included; an unknown level, icon or state raises."""
    return SafeString("".join(map(_ligne, noeuds)))


@cache
def _puce(niveau: str) -> str:
    return marques.icone("folder-fill", "ic-folder-fill") if niveau == "DC" else marques.niveau(niveau, nu=True)


def _ligne(noeud: Noeud) -> str:
    enfants = "" if noeud.enfants is None else f"<ul>{branche(noeud.enfants)}</ul>"
    return f"<li><div{_attributs(noeud)}>{_liens(noeud)}{_suite(noeud)}</div>{enfants}</li>"


def _attributs(noeud: Noeud) -> str:
    return (
        f' class="noeud{" supprime" if noeud.supprime else ""}" id="{escape(noeud.id)}" data-niveau="{noeud.niveau}"'
        f' data-taille="{noeud.taille}" data-rang="{noeud.rang}"'
        + (f' data-charge="{escape(noeud.charge)}"' if noeud.charge else "")
        + ("" if noeud.enfants is None else " data-ouvert")
    )


def _liens(noeud: Noeud) -> str:
    """The arrow of actions, the « + », the chip and the name."""
    nom = escape(noeud.nom)
    actions = (
        f'<a class="act" href="{escape(noeud.actions)}" aria-label="Actions : {nom}"></a>' if noeud.actions else ""
    )
    plie = '<span class="plie"></span>'
    if noeud.deplie:
        plie = f'<a class="plie" href="{escape(noeud.deplie)}" aria-label="Déplier {nom}"></a>'
    libelle = f'<span class="lib">{nom}</span>'
    if noeud.url:
        courant = ' aria-current="page"' if noeud.courant else ""
        libelle = f'<a class="lib" href="{escape(noeud.url)}"{courant}>{nom}</a>'
    return f"{actions}{plie}{_puce(noeud.niveau)}{libelle}"


def _suite(noeud: Noeud) -> str:
    """Marks, pill and count at the right, then what screen readers say of the line."""
    dessins = "".join(
        f'<span class="signe" title="{escape(mot)}" aria-hidden="true">{marques.icone(picto, f"ic-{picto}")}</span>'
        for picto, mot in noeud.marques
    )
    pastille = marques.etat(*noeud.etat) if noeud.etat else ""
    compte = f'<span class="nb" aria-hidden="true">{escape(noeud.compte)}</span>' if noeud.compte else ""
    dit = [marques.nom_niveau(noeud.niveau), *(escape(mot) for _, mot in noeud.marques)]
    if noeud.precision:
        dit.append(escape(noeud.precision))
        dessins += f'<span class="ou" aria-hidden="true">{dit[-1]}</span>'
    if noeud.compte:
        dit.append(escape(noeud.compte))
    return f'{dessins}{pastille}{compte}<span class="visually-hidden dit">, {", ".join(dit)}</span>'


def redessiner(noeud: Noeud) -> SafeString:
    """Returns the line of `noeud` alone, which replaces out of band the one of the page (its branch stays as it is)."""
    return SafeString(f'<div hx-swap-oob="true"{_attributs(noeud)}>{_liens(noeud)}{_suite(noeud)}</div>')
